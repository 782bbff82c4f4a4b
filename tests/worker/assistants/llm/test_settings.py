"""The settings of the assistant."""

from datetime import timedelta

import pytest

from session.errors import SettingsError
from worker.assistants.llm.settings import LlmSettings


def test_model_and_redis_have_less_time_than_the_assistant(bench):
    settings = bench(assistant_timeout_seconds=4, llm_timeout_seconds=60).settings
    assert settings.patience + 4 * settings.redis_patience < 4
    assert timedelta(seconds=settings.patience) < timedelta(seconds=4)


def test_invalid_values_are_refused():
    with pytest.raises(ValueError, match="llm_max_retries"):
        LlmSettings(llm_base_url="http://x", llm_model="m", llm_max_retries=2)
    with pytest.raises(ValueError, match="https://"):
        LlmSettings(llm_base_url="x.com", llm_model="m")


def test_a_wrong_setting_is_a_settings_error(monkeypatch):
    monkeypatch.setenv("LLM_MAX_REQUESTS", "0")
    with pytest.raises(SettingsError, match="LLM_MAX_REQUESTS"):
        LlmSettings.load()
