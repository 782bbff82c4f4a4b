"""What a receiver reads: every kind that is documented, no text that it has not asked for."""

import json
import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.delivery_events import ReplyCancelled, ReplyFailed, ReplySent, SendInDoubt, StatusNoted
from session.event_records import EventRecord
from session.event_values import Transition
from session.events import (
    ActionTaken,
    AnyEvent,
    CustomerForgotten,
    LetterRevived,
    MailboxOverflowed,
    MessagesTaken,
    OptOutNoted,
    RecordsSetAside,
    RepliesQueuedEarly,
    SessionChanged,
    SignInNoted,
    TroubleNoted,
    UnknownEvent,
)
from session.merge_events import ConversationMoved, ConversationsMerged
from session.models import State
from session.template_events import TemplateChanged
from session.timer_events import TimersRang
from tests.conftest import ROOT
from worker.hooks.bodies import _KINDS, KINDS, TEST, body_of, body_of_test, kind_of

STEP = Transition(State.ACTIVE, State.WAITING_AGENT)
EVENTS = {
    "messages.taken": MessagesTaken(
        received=("m1", "m2"),
        kinds=("text", "image"),
        channels=("meta", "meta"),
        replied=("t.0",),
        escalated="secret words",
        state=STEP,
        created="s1",
        consent="in",
        answers="opening:7",
        approvals_asked=("refund",),
    ),
    "replies.queued": RepliesQueuedEarly(early=("t.0",), queued=5),
    "reply.sent": ReplySent(delivery="t.0", sent="p1", channel="meta", template="order_ready"),
    "reply.failed": ReplyFailed(delivery="t.0", failed="131026: secret words", channel="meta"),
    "replies.cancelled": ReplyCancelled(delivery="t.0", cancelled=("t.0",), channel="meta"),
    "reply.in_doubt": SendInDoubt(delivery="t.0", unknown=True),
    "reply.status": StatusNoted(
        delivery="t.0",
        status="failed",
        code="131049",
        words="secret words",
        price="marketing billable PMP regular",
        billed="marketing billable PMP regular",
        cost="3600 USD",
        country="EG",
        sender="meta:106540352242922",
        again=True,
    ),
    "action.taken": ActionTaken(action="close", action_id="a1", by="mona", state=STEP, closed="secret words"),
    "session.changed": SessionChanged(state=STEP, escalated="secret words"),
    "consent.changed": OptOutNoted(consent="out"),
    "timers.rang": TimersRang(rang=("viewing",)),
    "customer.moved": ConversationMoved(moved="+20…1"),
    "customer.merged": ConversationsMerged(merged="+20…1"),
    "customer.forgotten": CustomerForgotten(forgotten=True),
    "template.changed": TemplateChanged(
        what="status",
        template="order_ready",
        language="en",
        line="meta:1",
        after="PAUSED",
        words="secret words",
    ),
    "account.trouble": TroubleNoted(trouble="errors", line="meta:1", code="1", words="secret words"),
}
#: Of interest to operators only.
NOT_SENT = {SignInNoted, RecordsSetAside, LetterRevived, MailboxOverflowed, UnknownEvent}


def record_of(event, conversation="whatsapp:estate:+201"):
    fields = event.concerning(conversation) | {"at": "1767268800000"}
    return EventRecord.of(fields, shard=3, id="1767268800000-7")


def test_every_event_is_sent_or_is_known_not_to_be():
    assert {*_KINDS, *NOT_SENT} == set(get_args(AnyEvent))
    assert set(EVENTS) == KINDS


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_says_what_it_is_when_and_about_whom(kind):
    record = record_of(EVENTS[kind])
    body = json.loads(body_of(record, texts=False).to_json())

    assert kind_of(record) == kind
    assert (body["id"], body["type"]) == ("evt_3_1767268800000-7", kind)
    assert body["timestamp"] == "2026-01-01T12:00:00.000Z"
    assert body["data"]["conversation"] == "whatsapp:estate:+201"
    assert (body["data"]["customer"], body["data"]["scope"]) == ("+201", "estate")


@pytest.mark.parametrize("kind", EVENTS)
def test_words_are_sent_only_if_they_are_wanted(kind):
    record = record_of(EVENTS[kind])

    assert "secret" not in body_of(record, texts=False).to_json()
    has_words = "secret" in str(record.fields)
    assert ("secret words" in body_of(record, texts=True).to_json()) is has_words


def test_it_tells_what_the_event_tells():
    found = {kind: body_of(record_of(event), texts=True).data for kind, event in EVENTS.items()}

    assert found["messages.taken"] | {"conversation": 0, "customer": 0, "scope": 0} == {
        "conversation": 0,
        "customer": 0,
        "scope": 0,
        "messages": [
            {"id": "m1", "kind": "text", "channel": "meta"},
            {"id": "m2", "kind": "image", "channel": "meta"},
        ],
        "replies": ["t.0"],
        "session_created": True,
        "state_before": "ACTIVE",
        "state": "WAITING_AGENT",
        "escalated": True,
        "closed": False,
        "why": "secret words",
        "consent": "in",
        "answers": "opening:7",
        "approvals_asked": ["refund"],
    }
    assert found["reply.sent"]["provider_id"] == "p1"
    assert (found["reply.failed"]["code"], found["reply.failed"]["why"]) == ("131026", "secret words")
    assert found["replies.cancelled"]["replies"] == ["t.0"]
    assert (found["reply.status"]["state"], found["reply.status"]["sent_again"]) == ("failed", True)
    assert (found["reply.status"]["category"], found["reply.status"]["billable"]) == ("marketing", True)
    assert found["reply.status"]["price_type"] == "regular"
    assert (found["reply.status"]["cost_micros"], found["reply.status"]["currency"]) == (3600, "USD")
    assert (found["reply.status"]["country"], found["reply.status"]["sender"]) == (
        "EG",
        "meta:106540352242922",
    )
    assert (found["action.taken"]["by"], found["action.taken"]["closed"]) == ("mona", True)
    assert "approved" not in found["action.taken"]
    assert found["timers.rang"]["timers"] == ["viewing"]
    assert found["template.changed"]["after"] == "PAUSED"
    assert found["account.trouble"]["over"] is False


@pytest.mark.parametrize("price", [None, "service free PMP free_customer_service"])
def test_a_status_that_names_a_price_is_counted_only_where_the_reply_arrived(price):
    """A provider names the price with several statuses of one reply."""
    statuses = [StatusNoted(delivery="t.0", status="sent", price=price)]
    statuses += [StatusNoted(delivery="t.0", status="delivered", price=price, billed=price)]
    statuses += [StatusNoted(delivery="t.0", status="read", price=price)]

    told = [body_of(record_of(one), texts=False).data for one in statuses]

    assert [one["counted"] for one in told] == [False, price is not None, False]


def test_the_event_of_a_forgotten_customer_names_nobody():
    assert body_of(record_of(EVENTS["customer.forgotten"], ""), texts=True).data == {}


def test_the_page_names_every_kind_and_every_field():
    page = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`[^|]+) \| (?:[^|]+) \| ([^|]+) \|$", page, re.MULTILINE))
    documented = {
        kind: set(re.findall(r"`([a-z_]+)`", words))
        for kinds, words in rows.items()
        for kind in re.findall(r"`([a-z_.]+)`", kinds)
    }

    assert set(documented) == KINDS | {TEST}
    for kind, event in EVENTS.items():
        data = body_of(record_of(event), texts=True).data
        assert set(data) - {"conversation", "customer", "scope"} <= documented[kind], kind


FIELDS = {name for event in EVENTS.values() for name in record_of(event).fields}
#: With what bytes become that are no UTF-8.
TEXTS = st.text(max_size=20) | st.text('1-"{>\udc80', max_size=20)


@given(st.sampled_from(sorted(EVENTS)), TEXTS, st.dictionaries(st.sampled_from(sorted(FIELDS)), TEXTS))
def test_whatever_stands_in_the_stream_is_a_body_or_none(kind, conversation, fields):
    record = EventRecord.of(record_of(EVENTS[kind], conversation).fields | fields)

    if kind_of(record):
        sent = body_of(record, texts=True).to_json().encode()
        assert json.loads(sent)["type"] == kind_of(record)


def test_the_event_of_a_test_has_no_data():
    assert body_of_test("evt_test_1", 0).model_dump() == {
        "id": "evt_test_1",
        "type": "hook.test",
        "timestamp": "1970-01-01T00:00:00.000Z",
        "data": {},
    }


@pytest.mark.parametrize(("approved", "is_"), [("yes", True), ("no", False)])
def test_a_decision_says_about_what_it_was(approved, is_):
    event = ActionTaken(action="decide", action_id="a1", by="mona", approval="refund", approved=approved)

    data = body_of(record_of(event), texts=False).data

    assert (data["approval"], data["approved"]) == ("refund", is_)
