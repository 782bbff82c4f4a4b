"""`inturn` on records that nobody can read: they can be listed, shown, closed and forgotten, and no command ends in a traceback."""

import json

import pytest
from click.testing import CliRunner

from tests.clocks import START
from tests.stores import Stores
from tests.values import CUSTOMER, OTHER, ROUTE, session
from worker.cli import main

RECORDS = ["{", "\x1b[31m red \x1b]0;title\x07", b"\xff\xfe", '{"id":7}', "null"]


@pytest.fixture
def inturn(valkey, valkey_socket, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")

    def run(*arguments, code=0):
        ended = CliRunner().invoke(main, list(arguments))
        assert ended.exception is None or isinstance(ended.exception, SystemExit)
        assert ended.exit_code == code, ended.output
        assert "\x1b" not in ended.output
        return ended.output

    return run


@pytest.fixture(params=RECORDS)
def kept(request, valkey):
    """One session that cannot be read, and one that can."""
    readable = session("+919840930854", now=START, route=ROUTE)
    Stores.on(valkey).sessions.update(readable, was="", now=START)
    valkey.set(f"session:whatsapp:{CUSTOMER}", request.param)
    yield valkey
    valkey.delete(f"session:whatsapp:{CUSTOMER}")


def test_an_unreadable_session_is_listed_with_the_readable_ones(inturn, kept):
    listed = inturn("sessions", "list")

    assert f"{CUSTOMER:<20} cannot be read" in listed
    assert OTHER.removeprefix("whatsapp:") in listed
    assert [row["customerId"] for row in json.loads(inturn("sessions", "list", "--json"))][-1] == CUSTOMER


def test_it_is_shown_as_it_stands(inturn, kept):
    assert "cannot be read" in inturn("sessions", "show", CUSTOMER)
    assert json.loads(inturn("sessions", "show", CUSTOMER, "--json"))["unreadable"]
    assert "cannot be read" in inturn("sessions", "stats", CUSTOMER, code=1)


def test_closing_an_unreadable_session_moves_it_to_the_dead_letters(inturn, kept):
    assert "the next message begins a new session" in inturn("sessions", "close", CUSTOMER)

    assert not kept.exists(f"session:whatsapp:{CUSTOMER}")
    [letter] = kept.xrange("dead")
    assert inturn("dead", "list").startswith(f"0:{letter[0]}")
    assert json.loads(inturn("dead", "show", f"0:{letter[0]}"))["raw"] == letter[1]["raw"]
    assert "holds nothing that could be put back" in inturn("dead", "retry", f"0:{letter[0]}", code=1)


def test_it_is_forgotten_with_its_dead_letter(inturn, kept):
    inturn("sessions", "close", CUSTOMER)
    kept.set(f"session:whatsapp:{CUSTOMER}", "{")
    kept.rpush(f"mailbox:whatsapp:{CUSTOMER}", "{", "[]", "7", '{"receivedAt":{}}')
    kept.rpush(f"outbox:whatsapp:{CUSTOMER}", "x")

    inturn("sessions", "forget", CUSTOMER, "--yes")

    assert [key for key in kept.scan_iter() if CUSTOMER in key] == []
    assert kept.xrange("dead") == []


@pytest.mark.parametrize("at", ["soon", "", "-1", "9" * 40, "9" * 15])
def test_a_dead_letter_of_no_time_is_listed(inturn, valkey, at):
    valkey.xadd("dead", {"kind": "message", "at": at, "raw": "{", "conversation": OTHER})
    valkey.xadd("dead", {"strange": "x"})

    assert len(inturn("dead", "list").splitlines()) == 2
    [first, _] = json.loads(inturn("dead", "list", "--json"))
    assert "cannot be read" in inturn("dead", "retry", first["id"], code=1)


def test_a_pause_that_cannot_be_read_can_be_resumed(inturn, valkey):
    valkey.hset("paused", "meta:1", "garbage")

    inturn("channels", "list")
    assert "meta:1 is resumed" in inturn("channels", "resume", "meta:1")


@pytest.mark.parametrize("at", ["soon", "", "9" * 40])
def test_an_event_of_no_time_is_shown(inturn, valkey, at):
    valkey.xadd("events", {"conversation": OTHER, "at": at, "received": "garbage"})

    assert len(inturn("events").splitlines()) == 1
