"""`inturn events`: the stream as people and programs read it."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
import redis
from click.testing import CliRunner

from session import Turn
from session.events import AnyEvent, UnknownEvent
from session.keys import Keys
from session.store import EventReader, Runner
from tests.conftest import ROOT
from tests.stores import Stores, at_once
from tests.stories.telling import ALIA, OMAR
from tests.valkey import running_server
from tests.values import message
from worker.cli.events import _ARRAYS, _QUIET, events, in_words, new_events


def escalating(turn: Turn) -> str:
    if "person" in turn.text:
        turn.escalate("asked")
    return "You said something."


@pytest.fixture
def story(tell):
    story = tell(escalating)
    story.says("my secret")
    story.says("a person, please", OMAR, "twilio")
    return story


def lines_of(story):
    return [in_words(event) for event in at_once(story.redis, EventReader(Keys())).read()]


def test_a_line_shows_time_customer_and_event(story):
    first, sent, second, _ = lines_of(story)

    assert first.startswith(f"01-01 12:00:00 {ALIA:<18} received wamid~")
    assert "created" in first
    assert "state NEW>ACTIVE" in first
    assert f"{ALIA:<18} delivery " in sent
    assert "sent wamid~" in sent
    assert f"{OMAR:<18} received SM" in second
    assert "escalated asked" in second


def test_no_line_holds_a_text(story):
    assert "secret" not in "".join(lines_of(story))
    assert "something" not in "".join(lines_of(story))


#: Every field that an event may have, by the classes of events.
FIELDS = {"conversation", "at"} | {
    field.alias or name
    for kind in get_args(AnyEvent)
    if kind is not UnknownEvent
    for name, field in kind.model_fields.items()
}


def test_every_field_is_in_the_documentation():
    documented = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")

    assert {name for name in FIELDS if f"`{name}`" not in documented} == set()


def test_the_command_knows_no_other_fields():
    assert _QUIET | _ARRAYS <= FIELDS


@pytest.fixture
def command(monkeypatch):
    """Runs the command on a real server that a story was told to."""
    with running_server() as socket:
        monkeypatch.setenv("REDIS_URL", f"unix://{socket}")
        yield lambda *options: CliRunner().invoke(events, options, catch_exceptions=False).output


@pytest.fixture
def server(command, story):
    """That server, with the events of the story."""
    with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as client:
        for event in story.events():
            client.xadd("events", event)
        yield client


def test_it_prints_the_stored_events(command, server):
    assert len(command().splitlines()) == 4


def test_it_prints_one_customer(command, server):
    printed = command("--customer", OMAR).splitlines()

    assert len(printed) == 2
    assert all(OMAR in line for line in printed)


def test_it_prints_the_events_of_a_customer_under_every_name(command, server):
    Stores.on(server).mailboxes.receive([message("wamid.2", customer=OMAR, also=("US.1111",))])

    assert len(command("--customer", "US.1111").splitlines()) == 2
    assert command("--customer", "US.1111") == command("--customer", OMAR)


def test_it_prints_json_for_programs(command, server):
    first, *_ = map(json.loads, command("--json").splitlines())

    assert first["conversation"] == f"whatsapp:{ALIA}"
    assert first["shard"] == 0
    assert first["kinds"] == ["text"]
    assert "-" in first["id"]


def test_it_begins_at_the_given_time(command, server):
    ago, ahead = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)

    assert len(command("--since", "1h").splitlines()) == 4
    assert len(command("--since", ago.isoformat()).splitlines()) == 4
    assert command("--since", ahead.isoformat()) == ""
    assert "neither a duration like 10m" in command("--since", "soon")
    assert "too long ago" in command("--since", "1000000d")


def test_a_reader_goes_on_from_where_it_came_to(server):
    reader = at_once(server, EventReader(Keys()))
    reader.skip_all()
    assert list(reader.read()) == []

    server.xadd("events", {"at": "1", "forgotten": "1"})

    assert [event.fields["forgotten"] for event in reader.read()] == ["1"]
    assert list(reader.read()) == []


def test_follow_prints_new_events(story):
    def pause():
        story.says("while you wait")

    happened = new_events(Runner(story.redis), EventReader(Keys()), pause=pause)
    kept = [next(happened) for _ in range(4)]
    (new, sent) = (next(happened) for _ in range(2))

    assert {event.id for event in kept}.isdisjoint({new.id, sent.id})
    assert new.fields["kinds"] == '["text"]'
    assert "sent" in sent.fields
