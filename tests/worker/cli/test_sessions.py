"""`inturn sessions`, on a real server: a customer is found by whatever a person types."""

import json

import pytest
from click.testing import CliRunner

from session import SessionManager
from session.content_parts import Kind, Role
from session.contents import Attachment, Timer
from session.history import Reacted, entry
from session.keys import Keys
from session.messages import Referral
from session.timers import Planned, record_of
from tests.clocks import START
from tests.stores import Stores
from tests.values import CONVERSATION, CUSTOMER, ROUTE, message
from worker.cli import main

OTHER = "+919840830854"


@pytest.fixture
def inturn(valkey, valkey_socket, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")

    def run(*arguments):
        return CliRunner().invoke(main, ["sessions", *arguments])

    return run


@pytest.fixture
def manager(valkey):
    return SessionManager(valkey)


SPELLINGS = [
    "+201001234567",
    "+20 100 123 4567",
    "0020-100-123-4567",
    "(+20) 100.123.4567",
    "201001234567",
    "whatsapp:+201001234567",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_command_takes_a_customer_in_any_spelling(inturn, manager, typed):
    manager.add_message(CUSTOMER, "user", "hello")

    assert "hello" in inturn("show", typed).output
    assert json.loads(inturn("stats", typed, "--json").output)["messages"] == 1
    assert inturn("close", typed).output == f"{CUSTOMER} is CLOSED\n"
    assert inturn("forget", typed, "--yes").output.endswith(f" of {CUSTOMER} removed\n")
    assert manager.customers() == []


@pytest.mark.parametrize("typed", ["+201001234567", "0100 123 4567"])
def test_one_sender_knows_the_customer_and_its_scope_need_not_be_typed(inturn, manager, monkeypatch, typed):
    monkeypatch.setenv("DEFAULT_COUNTRY", "EG")
    manager.add_message(f"estate:{CUSTOMER}", "user", "hello")

    assert "hello" in inturn("show", typed).output
    assert json.loads(inturn("stats", typed, "--json").output)["messages"] == 1
    assert inturn("close", typed).output == f"estate:{CUSTOMER} is CLOSED\n"


def test_of_several_senders_one_must_be_named(inturn, manager):
    for scope in ("estate", "directory"):
        manager.add_message(f"{scope}:{CUSTOMER}", "user", f"hello {scope}")

    for command in ("show", "stats", "close"):
        refused = inturn(command, CUSTOMER)
        assert refused.exit_code == 1
        assert f"use one of directory:{CUSTOMER}, estate:{CUSTOMER}" in refused.output
    assert "hello estate" in inturn("show", f"estate:{CUSTOMER}").output


def test_of_several_senders_the_one_without_a_scope_can_be_named(inturn, manager):
    for name in (CUSTOMER, f"estate:{CUSTOMER}"):
        manager.add_message(name, "user", f"hello {name}")

    assert f"use one of :{CUSTOMER}, estate:{CUSTOMER}\n" in inturn("show", CUSTOMER).output
    assert f"hello {CUSTOMER}" in inturn("show", f":{CUSTOMER}").output
    assert inturn("close", ":20 100 123 4567").output == f"{CUSTOMER} is CLOSED\n"
    assert inturn("forget", f":{CUSTOMER}", "--yes").output.endswith(f" of {CUSTOMER} removed\n")
    assert manager.customers() == [f"estate:{CUSTOMER}"]


def test_forgetting_goes_over_every_sender_and_names_them_before(inturn, manager):
    for name in (f"estate:{CUSTOMER}", f"directory:{CUSTOMER}", OTHER):
        manager.get_or_create(name)

    asked = inturn("forget", "20 100 123 4567")
    assert f"stored for directory:{CUSTOMER}, estate:{CUSTOMER}?" in asked.output
    assert len(manager.customers()) == 3
    gone = json.loads(inturn("forget", "20 100 123 4567", "--yes", "--json").output)

    assert (gone["removed"], gone["customers"]) == (4, [f"directory:{CUSTOMER}", f"estate:{CUSTOMER}"])
    assert manager.customers() == [OTHER]


def test_it_shows_what_became_of_a_message_who_said_it_and_the_ad(inturn, manager):
    manager.add_message(CUSTOMER, "user", "maadi")
    manager.add_message(CUSTOMER, "agent", "(deleted) hello")
    now = manager.get(CUSTOMER).last_activity
    asked, answered = manager.history(CUSTOMER)
    thanked = Reacted(role=Role.USER, emoji="👍", at=now)
    history = (
        asked.model_copy(update={"edited_at": now, "deleted_at": now, "forwarded": "once"}),
        answered.model_copy(update={"agent": "Mona", "reactions": (thanked,)}),
    )
    ad = Referral(headline="Villas in Maadi")
    manager.update(
        CUSTOMER, lambda session: session.change_context(message_history=history).change(referral=ad)
    )

    shown = inturn("show", CUSTOMER).output
    assert "ad             Villas in Maadi\n" in shown
    assert " user (forwarded, edited, deleted): maadi\n" in shown
    assert " agent (Mona, 👍): (deleted) hello\n" in shown


def test_what_rang_is_said_once(inturn, manager):
    manager.add_message(CUSTOMER, "user", "remind me")
    now = manager.get(CUSTOMER).last_activity
    rang = entry(Role.TIMER, Timer(name="visit", text="Your viewing"), at=now, id="timer:1")
    manager.update(CUSTOMER, lambda session: session.change_context(message_history=(rang,)))

    assert f"{now:%H:%M:%S}     timer: Your viewing\n" in inturn("show", CUSTOMER).output


def test_it_shows_what_is_asked_and_what_was_decided(inturn, manager, valkey):
    was = manager.add_message(CUSTOMER, "user", "refund please").change(route=ROUTE)
    plan = Planned(name="refund", at=START, meant=START, text="Refund?", asks=True)
    valkey.hset(
        f"timers:{CONVERSATION}", "refund", record_of(plan, was, id="timer:t1.0", now=START).to_json()
    )
    valkey.expire(f"timers:{CONVERSATION}", 60)
    decided = Timer(kind=Kind.APPROVAL, name="refund", text="Refund?", by="mona", approved=True)
    said = entry(Role.TIMER, decided, at=was.last_activity, id="timer:1")
    manager.update(CUSTOMER, lambda session: session.change_context(message_history=(said,)))

    shown = inturn("show", CUSTOMER).output

    assert "asked          2100-01-01 12:00 UTC refund: Refund?\n" in shown
    assert " timer (approval): Refund?" in shown
    assert "[approved by mona]" in shown
    (timer,) = json.loads(inturn("show", CUSTOMER, "--json").output)["timers"]
    assert timer["asks"] is True


def test_it_shows_what_is_planned(inturn, manager, valkey):
    was = manager.add_message(CUSTOMER, "user", "remind me").change(route=ROUTE)
    plan = Planned(name="visit", at=START, meant=START, text="Your viewing", data='{"villa":7}')
    valkey.hset(f"timers:{CONVERSATION}", "visit", record_of(plan, was, id="timer:t1.0", now=START).to_json())
    valkey.expire(f"timers:{CONVERSATION}", 60)

    assert "planned        2100-01-01 12:00 UTC visit: Your viewing\n" in inturn("show", CUSTOMER).output
    shown = json.loads(inturn("show", CUSTOMER, "--json").output)
    assert [(one["name"], one["payload"]) for one in shown["timers"]] == [("visit", {"villa": 7})]


def test_every_name_of_a_customer_is_shown_under_each_of_them_also_without_a_session(inturn, valkey):
    names = [CUSTOMER, "US.77ab"]
    Stores.on(valkey).identities.join(message(also=("US.77ab",)))

    for typed in names:
        assert inturn("names", typed).output == f"{CUSTOMER}\nUS.77ab\n"
        assert json.loads(inturn("names", typed, "--json").output) == names


def test_the_names_that_each_sender_knows_are_shown_with_its_scope(inturn, manager, valkey):
    for scope, id_ in (("estate", "US.77ab"), ("directory", "US.88cd")):
        Stores.on(valkey).identities.join(message(scope=scope, also=(id_,)))
        manager.get_or_create(f"{scope}:{CUSTOMER}")

    every = [f"directory:{CUSTOMER}", "directory:US.88cd", f"estate:{CUSTOMER}", "estate:US.77ab"]
    assert inturn("names", CUSTOMER).output.split() == every
    assert inturn("names", f"estate:{CUSTOMER}").output.split() == every[2:]


def test_it_shows_what_is_more_than_a_text_and_what_did_not_reach_the_customer(inturn, manager, valkey):
    manager.add_message(CUSTOMER, "user", "my flat")
    manager.add_message(CUSTOMER, "assistant", "It is nice.", "t1.0")
    asked, answered = manager.history(CUSTOMER)
    photo = asked.model_copy(update={"full": Attachment(kind="image", text="my flat")})
    manager.update(CUSTOMER, lambda session: session.change_context(message_history=(photo, answered)))
    states = Keys(1).of(f"whatsapp:{CUSTOMER}").deliveries
    valkey.hset(states, "t1.0", "failed")
    valkey.expire(states, 60)

    shown = inturn("show", CUSTOMER).output
    assert " user (image): my flat\n" in shown
    assert " assistant (failed): It is nice.\n" in shown
    told = json.loads(inturn("show", CUSTOMER, "--json").output)["context"]["messageHistory"]
    assert [one.get("state") for one in told] == [None, "failed"]


def test_missing_data_is_reported(inturn):
    assert inturn("forget", CUSTOMER, "--yes").output == f"nothing is stored for {CUSTOMER}\n"
    for command in ("show", "stats", "close"):
        nothing = inturn(command, CUSTOMER)
        assert (nothing.exit_code, nothing.output) == (1, f"Error: there is no session of {CUSTOMER}\n")


@pytest.mark.parametrize(
    ("typed", "why"), [("0100 123 4567", "DEFAULT_COUNTRY"), ("Alia", "not a phone number")]
)
def test_an_invalid_customer_is_reported_with_the_reason(inturn, typed, why):
    for command in (("show",), ("names",), ("stats",), ("close",), ("forget", "--yes")):
        refused = inturn(*command, typed)
        assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
        assert why in refused.output


def test_one_item_is_counted_in_the_singular(inturn, manager):
    manager.add_message(CUSTOMER, "user", "hello")
    manager.add_search(CUSTOMER, "villa")

    assert "1 message " in inturn("list").output
    assert "1 search\n" in inturn("list").output


@pytest.mark.parametrize(
    "command", [["sessions", "list"], ["dead", "list"], ["channels", "list"], ["events"]]
)
def test_an_unavailable_redis_is_reported_with_its_name(command):
    told = CliRunner().invoke(main, command, env={"REDIS_URL": "redis://127.0.0.1:1/0"})

    assert told.exit_code == 1
    assert told.output.startswith("Error: Redis cannot do what was asked (")
    assert "`inturn doctor`" in told.output
