"""The simulator signs whatever it is asked to sign, so it does not start with the settings of a real provider."""

import pytest

from webhook.simulator.app import create_app, why_real
from webhook.simulator.registry import PROVIDERS
from webhook.simulator.settings import Settings
from worker.cli.running.simulated import simulated_environment

HERE = "http://127.0.0.1:8001"
ACCOUNT = "AC" + "0123456789abcdef" * 2


def settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"meta_app_secret": "s"}, "META_GRAPH_URL"),
        ({"meta_access_token": "t", "meta_graph_url": "https://graph.facebook.com:443/"}, "META_GRAPH_URL"),
        ({"twilio_auth_token": "s", "meta_graph_url": HERE}, "TWILIO_API_URL"),
        ({"twilio_auth_token": "s", "twilio_api_url": "https://api.dublin.ie1.twilio.com"}, "TWILIO_API_URL"),
        ({"meta_access_token": "EAAG" + "x1" * 60, "meta_graph_url": HERE}, "META_ACCESS_TOKEN"),
        ({"twilio_account_sid": ACCOUNT, "twilio_api_url": HERE}, "TWILIO_ACCOUNT_SID"),
    ],
)
def test_settings_of_a_real_provider_are_named_without_their_values(given, named):
    why = why_real(settings(**given), PROVIDERS)

    assert why is not None
    assert named in why
    assert not any(value in why for name, value in given.items() if "url" not in name and len(value) > 1)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"meta_app_secret": "s", "meta_graph_url": HERE},
        {"meta_app_secret": "s", "meta_graph_url": "http://facebook.com.simulator:8001"},
        {
            name.lower(): value
            for name, value in simulated_environment(
                webhook_url="http://127.0.0.1:8000", simulator_url=HERE
            ).items()
            if name.lower() in Settings.model_fields
        },
    ],
)
def test_the_settings_of_make_run_are_not_real(given):
    assert why_real(settings(**given), PROVIDERS) is None


def test_it_does_not_start_and_says_why(monkeypatch, capsys):
    monkeypatch.setenv("META_APP_SECRET", "hunter2")

    with pytest.raises(SystemExit) as ended:
        create_app()

    assert ended.value.code != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "inturn: the simulator does not start with a real provider's settings: META_GRAPH_URL"
    )
    assert "hunter2" not in line
