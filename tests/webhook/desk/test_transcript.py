"""The transcript: who wrote what, how far it came, and what happened between."""

import json

import pytest

from session.agent_actions import OF_MERGES, AgentAction, AgentActionType
from session.content_parts import Card, Kind, Media
from session.contents import Attachment, Contacts, Edit, Reaction, Revoke, Text
from session.event_records import EventRecord
from session.history import HistoryEntry, Quoted, Reacted, Role, entry
from session.media_work import MediumRecord, MediumState, field_of
from session.messages import Delivery, DeliveryState, Message
from session.records import to_ms
from session.replies import Reply
from session.results import ConversationSnapshot
from tests.clocks import START
from tests.stories.telling import ALIA
from tests.values import ROUTE, message, session
from webhook.desk.transcript import TranscriptMessage, places_of, transcript
from webhook.desk.transcript_notes import TranscriptNote

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

    assert [(entry.role, entry.content.text, entry.by) for entry in entries] == [
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
        TranscriptMessage(at=AT, role=Role.USER, content=Text(text="anybody?"), id="wamid.1", pending=True),
        TranscriptMessage(at=AT, role=Role.AGENT, content=Text(text="soon"), by="Mona", pending=True),
        TranscriptNote(at=AT, key="tried.close", by="Karim", pending=True),
    ]


def test_every_kind_of_action_that_waits_can_be_shown():
    waiting = [
        AgentAction(type=action_type, id=action_type, customer=ALIA, agent="Mona", received_at=AT).to_json()
        for action_type in AgentActionType
    ]

    # That two conversations become one is no action of anybody.
    assert len(talk(mailbox=tuple(waiting))) == len(AgentActionType) - len(OF_MERGES)
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


def test_a_message_keeps_what_it_contains_and_what_became_of_it():
    photo = Attachment(kind=Kind.IMAGE, media=(Media(mime_type="image/jpeg", id="7"),))
    heart = Reacted(role=Role.AGENT, emoji="❤️", at=START)
    kept = entry(Role.USER, photo, at=START, id="wamid.1", forwarded="often", edited_at=START)
    kept = kept.model_copy(update={"deleted_at": START, "reactions": (heart,)})

    (shown,) = talk(kept)

    assert shown.content == photo
    assert (shown.forwarded, shown.edited_at, shown.deleted_at, shown.reactions) == (
        "often",
        START,
        START,
        (heart,),
    )


def test_the_agent_of_an_entry_is_known_without_events():
    (shown,) = talk(entry(Role.AGENT, Text(text="hello"), at=START, id="t1.0", agent="Mona"))

    assert shown.by == "Mona"


def test_a_quote_leads_to_the_message_that_it_quotes():
    entries = talk(
        said(Role.USER, "free?", "wamid.1"),
        said(Role.ASSISTANT, "It is.", "t1.0", after=1),
        entry(
            Role.USER,
            Text(text="good"),
            at=START.replace(minute=2),
            id="wamid.2",
            quoted=of(Role.ASSISTANT, "It is.", entry="t1.0"),
        ),
        entry(
            Role.AGENT,
            Text(text="yes"),
            at=START.replace(minute=3),
            id="t2.0",
            quoted=of(Role.USER, "free?", "wamid.1"),
        ),
        entry(Role.USER, Text(text="what"), at=START.replace(minute=4), id="wamid.3", quoted=of(None, "")),
    )

    assert [one.quotes for one in entries] == ["", "", "t1.0", "wamid.1", ""]
    assert places_of(entries) == {"wamid.1": "said-0", "t1.0": "said-1"}


def test_a_change_that_waits_is_a_note_and_a_picture_that_waits_is_a_picture():
    photo = Attachment(kind=Kind.IMAGE, text="look", media=(Media(mime_type="image/jpeg"),))
    boxed = [
        message(content=photo),
        message(content=Reaction(text="👍"), reply_to="wamid.1"),
        message(content=Edit(text="no", new=Text(text="no")), reply_to="wamid.1"),
        message(content=Revoke(), reply_to="wamid.1"),
    ]

    first, *notes = talk(mailbox=tuple(one.to_json() for one in boxed))

    assert (first.content, first.pending) == (photo, True)
    assert [(note.key, note.detail) for note in notes] == [
        ("change.reaction", "👍"),
        ("change.edit", "no"),
        ("change.revoke", ""),
    ]


def of(role, text, id_="wamid.9", **more):
    return Quoted(id=id_, role=role, text=text, **more)


def test_a_medium_that_came_late_is_shown_and_one_that_waits_says_so():
    photo = Attachment(
        kind=Kind.IMAGE, media=(Media(mime_type="image/jpeg", id="7", why_not="it has not arrived yet"),)
    )
    kept = Media(mime_type="image/png", id="7", stored="folder/sha", size=12)
    records = {
        field_of("wamid.1", 0): medium_record(MediumState.KEPT, kept),
        field_of("wamid.2", 0): medium_record(MediumState.WAITING, photo.media[0]),
        field_of("wamid.3", 0): "not readable",
    }

    entries = talk(
        *(entry(Role.USER, photo, at=START, id=f"wamid.{n}") for n in (1, 3)),
        mailbox=(message("wamid.2", content=photo).to_json(),),
        media=records,
    )

    assert [one.content.media[0].stored for one in entries] == ["folder/sha", None, None]
    assert [one.content.media[0].why_not for one in entries[1:]] == ["it has not arrived yet"] * 2


def test_the_cards_of_a_vcard_that_came_late_are_shown():
    file = Media(url="https://x/1", mime_type="text/vcard")
    known = file.model_copy(update={"stored": "folder/sha"})
    record = MediumRecord(
        state=MediumState.KEPT, kind=Kind.CONTACTS, route=ROUTE, media=known, cards=(Card(name="Mona"),)
    )

    (shown,) = talk(
        entry(Role.USER, Contacts(media=(file,)), at=START, id="wamid.1"),
        media={field_of("wamid.1", 0): record.to_json()},
    )

    assert shown.content.cards == (Card(name="Mona"),)


def medium_record(state, media):
    return MediumRecord(state=state, kind=Kind.IMAGE, route=ROUTE, media=media).to_json()


@pytest.mark.parametrize(
    ("more", "key"),
    [({"escalated": "the budget of the sender is used up"}, "note.escalated"), ({}, "note.budget")],
)
def test_a_used_up_budget_is_told_once_whatever_follows(more, key):
    events = ({"at": str(AT), "received": '["m1"]', "budget": "sender", **more},)

    (note,) = talk(events=events)

    assert isinstance(note, TranscriptNote)
    assert (note.key, note.detail) == (key, "the budget of the sender is used up")
    (unknown,) = talk(
        said(Role.USER, "hello", "m1"), events=({"at": str(AT), "received": '["m1"]', "budget": "week"},)
    )
    assert isinstance(unknown, TranscriptMessage)
