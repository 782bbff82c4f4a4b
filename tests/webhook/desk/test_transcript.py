"""The transcript: who wrote what, how far it came, and what happened between."""

import json

import pytest

from session.agent_actions import AgentAction, AgentActionType
from session.event_records import EventRecord
from session.messages import Delivery, DeliveryState, Message, Reply
from session.models import HistoryEntry, Role
from session.records import to_ms
from session.results import ConversationSnapshot
from tests.clocks import START
from tests.stories.telling import ALIA
from tests.values import ROUTE, message, session
from webhook.desk.transcript import TranscriptMessage, TranscriptNote, transcript

AT = to_ms(START)


def said(role, text, id_, *, after=0):
    return HistoryEntry(role=role, content=text, timestamp=START.replace(minute=after), message_id=id_)


def talk(*history, **snapshot):
    known = session(ALIA).change_context(message_history=history)
    kept = {"deliveries": {}, "mailbox": (), "outbox": (), "opted_out": False, "events": ()} | snapshot
    kept["events"] = tuple(map(EventRecord.of, kept["events"]))
    return transcript(known, ConversationSnapshot(record="", expires_at=0, **kept))


def test_every_message_names_its_writer():
    entries = talk(
        said(Role.USER, "hello", "wamid.1"),
        said(Role.ASSISTANT, "hi", "t1.0"),
        said(Role.AGENT, "Mona here", "t2.0"),
        said(Role.AGENT, "from the phone", "wamid.9"),
        events=(
            {"at": str(AT), "action": "answer", "action_id": "a1", "by": "Mona", "replied": '["t2.0"]'},
            {"at": str(AT), "action": "echo", "action_id": "wamid.9", "by": "phone"},
        ),
    )

    assert [(entry.role, entry.text, entry.by) for entry in entries] == [
        (Role.USER, "hello", ""),
        (Role.ASSISTANT, "hi", ""),
        (Role.AGENT, "Mona here", "Mona"),
        (Role.AGENT, "from the phone", "phone"),
    ]


@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_reply_shows_how_far_it_came(state):
    entries = talk(said(Role.ASSISTANT, "hi", "t1.0"), deliveries={"t1.0": state.value})

    assert [entry.state for entry in entries] == [state]


def test_a_reply_in_the_outbox_is_queued_and_the_state_of_an_old_one_is_unknown():
    waiting = Delivery(id="t2.0", conversation="c", route=ROUTE, reply=Reply(text="hi"), queued_at=AT)

    entries = talk(
        said(Role.ASSISTANT, "old", "t1.0"), said(Role.ASSISTANT, "hi", "t2.0"), outbox=(waiting.to_json(),)
    )

    assert [entry.state for entry in entries] == [None, DeliveryState.QUEUED]


def test_a_reply_in_several_messages_has_the_state_of_the_one_that_is_furthest_behind():
    entries = talk(
        said(Role.ASSISTANT, "long", "t1.0"),
        said(Role.ASSISTANT, "short", "t1.2"),
        events=({"at": str(AT), "received": "[]", "replied": json.dumps(["t1.0", "t1.1", "t1.2"])},),
        deliveries={"t1.0": "read", "t1.1": "sent", "t1.2": "delivered"},
    )

    assert [entry.state for entry in entries] == [DeliveryState.SENT, DeliveryState.DELIVERED]


def test_a_failed_reply_says_why():
    entries = talk(
        said(Role.ASSISTANT, "one", "t1.0"),
        said(Role.ASSISTANT, "two", "t1.1"),
        deliveries={"t1.0": "failed", "t1.1": "failed"},
        events=(
            {"at": str(AT), "delivery": "t1.0", "failed": "131047: re-engagement"},
            {
                "at": str(AT),
                "delivery": "t1.1",
                "status": "failed",
                "code": "131026",
                "words": "undeliverable",
            },
        ),
    )

    assert [entry.why for entry in entries] == ["131047: re-engagement", "131026 undeliverable"]


def test_what_waits_in_the_mailbox_is_at_the_end():
    answer = AgentAction(
        type=AgentActionType.ANSWER, id="a1", customer=ALIA, agent="Mona", received_at=AT, text="soon"
    )
    close = AgentAction(type=AgentActionType.CLOSE, id="a2", customer=ALIA, agent="Karim", received_at=AT)
    boxed = (message(text="anybody?").to_json(), answer.to_json(), close.to_json(), "not readable")

    entries = talk(said(Role.USER, "hello", "wamid.1", after=5), mailbox=boxed)

    assert entries[1:] == [
        TranscriptMessage(at=AT, role=Role.USER, text="anybody?", pending=True),
        TranscriptMessage(at=AT, role=Role.AGENT, text="soon", by="Mona", pending=True),
        TranscriptNote(at=AT, key="tried.close", by="Karim", pending=True),
    ]


def test_every_kind_of_action_that_waits_can_be_shown():
    waiting = [
        AgentAction(type=action_type, id=action_type, customer=ALIA, agent="Mona", received_at=AT).to_json()
        for action_type in AgentActionType
    ]

    assert len(talk(mailbox=tuple(waiting))) == len(AgentActionType)
    assert Message.model_validate_json(message().to_json()).text == "hello"


def test_events_of_an_earlier_session_are_left_out():
    entries = talk(
        said(Role.USER, "hello", "wamid.1"),
        events=({"at": str(AT - 1), "escalated": "before"}, {"at": str(AT), "escalated": "now"}),
    )

    assert [entry.detail for entry in entries if isinstance(entry, TranscriptNote)] == ["now"]


def test_an_opt_out_at_the_provider_is_a_note():
    (note,) = talk(events=({"at": str(AT), "consent": "out"},))

    assert isinstance(note, TranscriptNote)
    assert note.key == "note.consent.out"
