"""The file of the senders, as an operator writes it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from session.errors import SettingsError
from session.hours import Hours
from session.messages import Route
from session.prices import Cost
from session.spending import Budget
from worker.opening import open_senders
from worker.senders import AfterWindow, Sender, Senders, after_window_in
from worker.senders_file import read_senders
from worker.settings import WorkerSettings

USUAL = Sender(assistant=lambda _: None)
FAQ = """[[entry]]
id = "address"
questions.en = ["Where is your office?"]
answer.en = "In Maadi."
"""


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


@pytest.mark.parametrize("text", ["sender = 1", "line = [1]", "[[sender"])
def test_what_is_no_file_of_senders_is_said(tmp_path, text):
    path = tmp_path / "senders.toml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=r"SENDERS_FILE .*senders\.toml: "):
        read_senders(path, USUAL, lambda _: None)
    with pytest.raises(SettingsError, match="SENDERS_FILE "):
        read_senders(tmp_path / "no such file", USUAL, lambda _: None)


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


def test_each_sender_may_let_messages_gather_and_else_its_assistant_decides(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\ngather_seconds = 2.5\n'
        '[[sender]]\nsender = "meta:2"\nassistant = "worker.assistants.llm:assistant"\n'
        '[[sender]]\nsender = "meta:3"\nassistant = "mybot:assistant"\n'
        '[[sender]]\nsender = "meta:4"\n'
    )
    usual = Sender(assistant=lambda _: None, gather=timedelta(seconds=0.6))

    by_assistant = read_senders(path, usual, lambda _: None)
    by_setting = read_senders(path, usual, lambda _: None, gather_seconds=0.2)

    assert [one.gather.total_seconds() for one in by_assistant.named.values()] == [2.5, 1, 0, 0.6]
    assert [one.gather.total_seconds() for one in by_setting.named.values()] == [2.5, 0.2, 0.2, 0.6]


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, 0.6),
        ({"gather_seconds": 0}, 0),
        ({"gather_seconds": 3}, 3),
        ({"assistant": "worker.assistants.echo:assistant"}, 0),
        ({"assistant": "worker.assistants.echo:assistant", "gather_seconds": 1}, 1),
    ],
)
def test_messages_gather_as_the_assistant_likes_it_unless_the_settings_say_otherwise(settings, seconds):
    usual = open_senders(WorkerSettings(_env_file=None, **settings)).usual

    assert usual.gather.total_seconds() == seconds


@pytest.mark.parametrize(
    ("setting", "joined"),
    [
        (None, {"meta:1": True, "meta:9": True, "twilio:+14155238886": False, "telegram:1": False}),
        (False, {"meta:1": True, "meta:9": False, "twilio:+14155238886": False, "telegram:1": False}),
        (True, {"meta:1": True, "meta:9": True, "twilio:+14155238886": False, "telegram:1": True}),
    ],
)
def test_replies_are_joined_where_each_message_is_billed_unless_it_is_set_otherwise(
    tmp_path, setting, joined
):
    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\njoin_replies = true\n\n'
        '[[sender]]\nsender = "twilio:+14155238886"\njoin_replies = false\n'
    )
    settings = WorkerSettings(_env_file=None, senders_file=path, join_replies=setting)

    senders = open_senders(settings, lambda _: None)

    routes = [
        Route(channel=one, sender=name, address="x") for one, name in (key.split(":") for key in joined)
    ]
    assert dict(zip(joined, map(senders.joins_replies, routes), strict=True)) == joined


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


def test_a_sender_says_whether_its_assistant_answers_who_waits_for_a_person(tmp_path):
    class CanAnswer:
        while_waiting = True

        def __call__(self, turn):
            return None

    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\nwhile_waiting = "assist"\n[[sender]]\nsender = "meta:2"\n'
    )

    can = read_senders(path, Sender(assistant=CanAnswer()), lambda _: None)
    cannot = read_senders(path, USUAL, lambda _: None)

    assert {name: one.assists for name, one in can.named.items()} == {"meta:1": True, "meta:2": False}
    assert (can.assist, cannot.assist) == (True, False)


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


def test_a_sender_has_hours_of_its_own_and_else_those_of_the_settings(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\n[sender.hours]\ntime_zone = "Asia/Kolkata"\n'
        'business = { "mon-fri" = "09:00-18:00" }\n'
        '[[sender]]\nsender = "meta:2"\n[sender.hours]\nquiet = ""\n[[sender]]\nsender = "meta:3"\n',
        encoding="utf-8",
    )

    senders = read_senders(path, USUAL, lambda _: None, usual_hours=("Africa/Cairo", "21:00-09:00"))

    hours = {name: sender.hours for name, sender in senders.named.items()}
    assert hours == {
        "meta:1": Hours.of("Asia/Kolkata", quiet="21:00-09:00", business={"mon-fri": "09:00-18:00"}),
        "meta:2": Hours.of("Africa/Cairo"),
        "meta:3": Hours.of("Africa/Cairo", quiet="21:00-09:00"),
    }


def test_hours_that_cannot_be_read_are_named(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text('[[sender]]\nsender = "meta:1"\n[sender.hours]\nquiet = "night"\n', encoding="utf-8")

    with pytest.raises(SettingsError, match=r"senders.toml: sender.hours: night is no period"):
        read_senders(path, USUAL, lambda _: None)


@pytest.mark.parametrize("wrong", [{"time_zone": "Cairo"}, {"quiet_hours": "night"}])
def test_hours_of_the_settings_that_cannot_be_read_are_refused(wrong):
    with pytest.raises(ValueError, match=r"is not a time zone|is no period"):
        WorkerSettings(**wrong)


def test_hours_of_the_settings():
    settings = WorkerSettings(time_zone="Africa/Cairo", quiet_hours="21:00-09:00")

    assert settings.hours == Hours.of("Africa/Cairo", quiet="21:00-09:00")


def test_each_sender_may_have_its_own_template_for_what_comes_too_late(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\n[sender.after_window]\ntemplate = "note"\nlanguage = "ar"\n'
        '[[sender]]\nsender = "meta:2"\n'
    )
    usual = replace(USUAL, after_window=AfterWindow(template="news", language="en"))

    senders = read_senders(path, usual, lambda _: None)

    assert {name: one.after_window.template for name, one in senders.named.items()} == {
        "meta:1": "note",
        "meta:2": "news",
    }


@pytest.mark.parametrize("value", ["note", "note:", ":en", "note:english language", "a b:en"])
def test_a_template_for_what_comes_too_late_has_a_name_and_a_language(value):
    with pytest.raises(ValueError, match="note:en"):
        WorkerSettings(_env_file=None, after_window_template=value)

    assert after_window_in("note:pt_BR") == AfterWindow(template="note", language="pt_BR")


@pytest.mark.parametrize("wrong", ["20", "20 dollars", "-1 USD", "1.2345678 USD", "USD"])
def test_an_amount_that_is_none_is_said_where_it_stands(tmp_path, wrong):
    path = tmp_path / "senders.toml"
    path.write_text(f'[[sender]]\nsender = "meta:1"\nbudget = {{ cost = "{wrong}" }}\n', encoding="utf-8")

    with pytest.raises(SettingsError, match=r"senders\.toml: .*budget\.cost.*amount and its currency"):
        read_senders(path, USUAL, lambda _: None)
    with pytest.raises(ValueError, match="amount and its currency"):
        WorkerSettings(_env_file=None, budget_day_cost=wrong)


def test_what_a_sender_says_nothing_of_in_its_budget_is_as_the_settings_say(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text(
        '[[sender]]\nsender = "meta:1"\nbudget = { messages = 0 }\n[[sender]]\nsender = "meta:2"\n'
        '[[sender]]\nsender = "meta:3"\nbudget = { cost = "12.5 EUR" }\n',
        encoding="utf-8",
    )
    usual = replace(USUAL, budget=Budget(messages=7, cost=Cost.of("20 USD")))

    found = [sender.budget for sender in read_senders(path, usual, lambda _: None).named.values()]

    assert found == [
        Budget(cost=Cost(micros=20_000_000, currency="USD")),
        usual.budget,
        Budget(messages=7, cost=Cost(micros=12_500_000, currency="EUR")),
    ]


def test_each_sender_may_have_its_own_answers_about_the_business(tmp_path):
    (tmp_path / "faq.toml").write_text(FAQ, encoding="utf-8")
    (tmp_path / "own.toml").write_text(FAQ.replace("Maadi", "Dokki"), encoding="utf-8")
    (tmp_path / "senders.toml").write_text(
        f'[[sender]]\nsender = "meta:1"\nfaq = "{tmp_path / "own.toml"}"\n[[sender]]\nsender = "meta:2"\n',
        encoding="utf-8",
    )
    settings = WorkerSettings(
        assistant="worker.assistants.echo:assistant",
        faq_file=tmp_path / "faq.toml",
        senders_file=tmp_path / "senders.toml",
    )
    senders = open_senders(settings)
    answers = [
        senders.of(Route(channel="meta", sender=sender, address="x")).faq.find("where is your office")
        for sender in ("1", "2", "3")
    ]
    assert [one and one.answer("en") for one in answers] == ["In Dokki.", "In Maadi.", "In Maadi."]


def test_a_sender_that_says_nothing_has_the_rates_of_the_settings(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text('[[sender]]\nsender = "meta:1"\n', encoding="utf-8")
    settings = WorkerSettings(
        assistant="worker.assistants.echo:assistant", senders_file=path, exchange_rates="USD=48.5"
    )
    assert open_senders(settings).named["meta:1"].rates.of_one("USD") == 48.5


def test_a_file_of_answers_that_cannot_be_read_stops_the_start(tmp_path):
    path = tmp_path / "senders.toml"
    path.write_text('[[sender]]\nsender = "meta:1"\nfaq = "none.toml"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"faq=none\.toml"):
        open_senders(WorkerSettings(assistant="worker.assistants.echo:assistant", senders_file=path))
