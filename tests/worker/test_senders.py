"""The file of the senders, as an operator writes it."""

import asyncio
from pathlib import Path

import pytest

from session.errors import SettingsError
from session.messages import Route
from worker.senders import Sender, Senders, read_senders
from worker.settings import WorkerSettings

USUAL = Sender(assistant=lambda _: None)


def scope_of(tmp_path, written, *, channel="twilio", sender="+14155238886", country=""):
    """The scope of the sender through which a message came, if the file has a sender that is written like this."""
    path = tmp_path / "senders.toml"
    path.write_text(f'[[sender]]\nsender = "{written}"\nscope = "directory"\n', encoding="utf-8")
    senders = read_senders(path, USUAL, lambda _: None, country=country)
    return senders.of(Route(channel=channel, sender=sender, address="x")).scope


@pytest.mark.parametrize(
    "written",
    [
        "twilio:+14155238886",
        "twilio:+1 415-523-8886",
        "twilio:whatsapp:+14155238886",
        "twilio: 001 (415) 523 8886",
    ],
)
def test_a_number_of_twilio_may_be_written_in_any_way(tmp_path, written):
    assert scope_of(tmp_path, written) == "directory"


def test_one_without_a_country_is_of_the_operator_s(tmp_path):
    assert scope_of(tmp_path, "twilio:(415) 523-8886", country="US") == "directory"
    with pytest.raises(SettingsError, match="DEFAULT_COUNTRY"):
        scope_of(tmp_path, "twilio:(415) 523-8886")


@pytest.mark.parametrize(
    ("written", "channel", "sender"),
    [("meta:106540352242922", "meta", "106540352242922"), ("twilio:MG1234", "twilio", "MG1234")],
)
def test_a_sender_that_is_not_a_number_stays_unchanged(tmp_path, written, channel, sender):
    assert scope_of(tmp_path, written, channel=channel, sender=sender) == "directory"


def test_the_former_names_of_the_file_are_read_as_well(tmp_path):
    path = tmp_path / "lines.toml"
    path.write_text(
        '[[line]]\nline = "meta:1"\nscope = "estate"\n[[sender]]\nsender = "meta:2"\nscope = "clinic"\n',
        encoding="utf-8",
    )

    senders = read_senders(path, USUAL, lambda _: None)

    assert {name: sender.scope for name, sender in senders.named.items()} == {
        "meta:1": "estate",
        "meta:2": "clinic",
    }


def test_an_error_names_the_setting_by_both_names_and_the_file(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text('[[sender]]\nscope = "estate"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"SENDERS_FILE \(or LINES_FILE\)=.*senders.toml: sender: "):
        read_senders(path, USUAL, lambda _: None)


@pytest.mark.parametrize(
    ("environment", "file"),
    [
        ({"SENDERS_FILE": "new.toml"}, "new.toml"),
        ({"LINES_FILE": "old.toml"}, "old.toml"),
        ({"SENDERS_FILE": "", "LINES_FILE": "old.toml"}, "old.toml"),
        ({"SENDERS_FILE": "new.toml", "LINES_FILE": "old.toml"}, "new.toml"),
        ({}, None),
    ],
)
def test_the_former_name_of_the_setting_holds_unless_the_new_one_is_set(monkeypatch, environment, file):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    settings = WorkerSettings.load()

    assert settings.senders_file == (file and Path(file))
    assert ("senders_file" in settings.model_fields_set) is (file is not None)


def test_each_sender_may_meet_new_messages_in_its_own_way(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\non_new_message = "join"\n\n[[sender]]\nsender = "meta:2"\n'
    )

    senders = read_senders(path, Sender(assistant=lambda _: None, on_new_message="restart"), lambda _: None)

    assert {name: one.on_new_message for name, one in senders.named.items()} == {
        "meta:1": "join",
        "meta:2": "restart",
    }


def test_a_way_that_does_not_exist_is_an_error_that_says_which_do(tmp_path, monkeypatch):
    path = tmp_path / "senders.toml"
    path.write_text('[[sender]]\nsender = "meta:1"\non_new_message = "queue"\n')
    with pytest.raises(SettingsError, match=r"on_new_message: .*'after', 'restart' or 'join'"):
        read_senders(path, USUAL, lambda _: None)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ON_NEW_MESSAGE", "queue")
    with pytest.raises(SettingsError, match="ON_NEW_MESSAGE: must be 'after', 'restart' or 'join'"):
        WorkerSettings.load()


def test_what_assistants_have_opened_is_closed_once_each_even_if_one_of_them_fails():
    class Opened:
        def __init__(self, name, error=None):
            self.name, self.error = name, error

        async def __call__(self, turn):
            return None

        async def close(self):
            closed.append(self.name)
            if self.error:
                raise self.error

    closed = []
    one, other = Opened("one", OSError()), Opened("other")
    named = {"meta:1": Sender(assistant=one), "meta:2": Sender(assistant=other)}

    asyncio.run(Senders(usual=Sender(assistant=one), named=named).close())
    asyncio.run(Senders(usual=USUAL, named={}).close())

    assert closed == ["one", "other"]
