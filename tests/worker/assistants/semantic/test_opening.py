"""The model that the setting names."""

import pytest

from session.errors import SettingsError
from worker.opening import open_meaning
from worker.settings import WorkerSettings


def opened(embedder: str):
    return open_meaning(WorkerSettings(_env_file=None, embedder=embedder))


def gone() -> None:
    raise FileNotFoundError("models/potion")


def test_without_the_setting_there_is_none():
    assert opened("") is None


def test_a_class_or_a_function_makes_the_model():
    meaning = opened("tests.worker.assistants.semantic.concepts:Concepts")

    assert meaning is not None
    assert meaning.name == "concepts/16"


@pytest.mark.parametrize(
    ("embedder", "words"),
    [
        ("no.such.module:Model", "there is no module no.such.module"),
        ("tests.worker.assistants.semantic.test_opening:gone", "FileNotFoundError: models/potion"),
    ],
)
def test_a_wrong_one_stops_the_start_with_its_reason(embedder, words):
    with pytest.raises(SettingsError, match=words):
        opened(embedder)
