"""Events: each kind is written and read back, and what scripts write by themselves is of a known kind."""

from types import UnionType
from typing import Literal, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import events
from session.event_records import EventRecord, from_fields
from session.event_values import Expiry, Transition
from session.events import (
    AnyEvent,
    CustomerForgotten,
    Event,
    MailboxOverflowed,
    MessagesTaken,
    RecordsSetAside,
    ReplyCancelled,
    ReplyFailed,
    SessionChanged,
    TroubleNoted,
    UnknownEvent,
)
from session.models import State
from session.policy import Policy
from session.template_events import TemplateChanged
from session.timer_events import ChangesTimers
from tests.session.every_script import play_every_script
from tests.stores import Stores
from tests.values import CONVERSATION, message

KINDS = [kind for kind in get_args(AnyEvent) if kind is not UnknownEvent]
STATES = st.sampled_from(State)
#: A value for each type of a field.
VALUES = {
    str: st.text(),
    int: st.integers(),
    bool: st.booleans(),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
    tuple[int, ...]: st.lists(st.integers()).map(tuple),
    Expiry: st.builds(Expiry, STATES, st.integers(0)),
    Transition: st.builds(Transition, STATES, STATES),
}


def values(annotation):
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) in (UnionType, Union):
        return VALUES[get_args(annotation)[0]]
    return VALUES[annotation]


def any_of(kind):
    """Make events of a kind; a required flag is set, and of what may be absent anything may be."""
    required, optional = {}, {}
    for name, field in kind.model_fields.items():
        if field.is_required():
            required[name] = st.just(True) if field.annotation is bool else values(field.annotation)  # noqa: FBT003
        else:
            optional[name] = values(field.annotation)
    made = st.fixed_dictionaries(required, optional=optional)
    events = made.map(lambda found: kind(**found))
    return events.filter(lambda event: event.to_fields()) if kind is SessionChanged else events


@given(st.one_of([any_of(kind) for kind in KINDS]))
def test_every_event_is_read_back_as_it_was_written(event):
    fields = event.to_fields()

    assert all(isinstance(value, str) for value in fields.values())
    assert from_fields(fields) == event


@given(st.one_of([any_of(kind) for kind in KINDS]))
def test_an_event_of_a_newer_release_is_read_without_what_it_adds(event):
    stored = {"at": "7"} | event.concerning(CONVERSATION) | {"invented": "later"}

    record = EventRecord.of(stored, id="9-1", shard=3)

    assert (record.conversation, record.at, record.event, record.fields) == (CONVERSATION, 7, event, stored)
    assert list(stored)[:2] == ["at", "conversation"]


@pytest.mark.parametrize(
    ("fields", "readable"),
    [
        ({}, True),
        ({"at": "7", "invented": "later"}, True),
        ({"received": "garbage"}, False),
        ({"received": "{}"}, False),
        ({"delivery": "t1.0", "sent": "p", "queued": "soon"}, False),
        ({"state": "NEW"}, False),
        ({"kept": "ACTIVE"}, False),
    ],
)
def test_what_is_unknown_or_unreadable_is_a_value(fields, readable):
    assert from_fields(fields) == UnknownEvent(readable=readable)


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        (
            {"cancelled": '["t1.0","t1.1"]', "queued": "[1,2]"},
            ReplyCancelled(cancelled=("t1.0", "t1.1"), queued=(1, 2)),
        ),
        (
            {"delivery": "t1.0", "failed": "1: x", "queued": "7"},
            ReplyFailed(delivery="t1.0", failed="1: x", queued=(7,)),
        ),
        (
            {"trouble": "errors", "line": "meta:1", "over": "1"},
            TroubleNoted(trouble="errors", about="meta:1", over=True),
        ),
        (
            {"template_change": "status", "template": "sale", "line": "meta:2", "after": "PAUSED"},
            TemplateChanged(what="status", template="sale", about="meta:2", after="PAUSED"),
        ),
        (
            {"forgotten": "1", "was": "", "came": "[]", "queued": "[3]"},
            CustomerForgotten(forgotten=True, queued=(3,)),
        ),
        ({"received": "[]", "escalated": ""}, MessagesTaken(received=(), escalated="")),
    ],
)
def test_the_forms_of_other_releases_and_of_scripts_are_read(fields, event):
    assert from_fields(fields) == event


#: Events as they are stored, in the order of their fields: other releases read them, and `inturn events` prints them.
STORED = [
    {"rang": '["viewing"]'},
    {
        "received": '["wamid.1","wamid.2"]',
        "kinds": '["text","image"]',
        "channels": '["meta","meta"]',
        "came": "[1,2]",
        "escalated": "asked",
        "closed": "done",
        "created": "s1",
        "state": "NEW>CLOSED",
        "replied": '["t1.0","t1.1"]',
        "queued": "3",
        "interrupted": "1",
        "consent": "in",
        "limited": "4",
        "searched": "5",
        "unqueued": "6",
        "kept": "CLOSED@7",
        "was": "IDLE@8",
    },
    {
        "received": '["SM1"]',
        "kinds": '["text"]',
        "channels": '["twilio"]',
        "came": "[1]",
        "refused": "1",
        "replied": '["t1.0"]',
        "queued": "3",
    },
    {"early": '["t1.0"]', "queued": "3"},
    {
        "received": '["a1"]',
        "kinds": '["close"]',
        "channels": '["desk"]',
        "came": "[1]",
        "action": "close",
        "action_id": "a1",
        "by": "mona",
        "state": "WAITING_AGENT>CLOSED",
        "closed": "closed by an agent",
        "replied": '["t1.0"]',
        "queued": "3",
        "kept": "CLOSED@7",
        "was": "WAITING_AGENT@7",
    },
    {
        "received": '["a1"]',
        "kinds": '["answer"]',
        "channels": '["desk"]',
        "came": "[1]",
        "action": "answer",
        "action_id": "a1",
        "by": "mona",
        "declined": "held",
    },
    {"created": "s1", "escalated": "asked", "kept": "WAITING_AGENT@7"},
    {"delivery": "t1.0", "sent": "p1", "resent": "1", "channel": "meta", "queued": "3", "came": "1"},
    {"delivery": "t1.0", "sent": "", "settled_by": "status", "channel": "meta", "queued": "3"},
    {"delivery": "t1.0", "failed": "window: closed", "channel": "twilio", "queued": "3", "came": "1"},
    {"delivery": "t1.0", "cancelled": '["t1.0"]', "channel": "meta", "queued": "3", "came": "1"},
    {"delivery": "t1.0", "unknown": "1"},
    {"consent": "out"},
    {"delivery": "t1.0", "status": "read"},
    {"delivery": "t1.0", "status": "failed", "code": "131026", "words": ""},
    {"delivery": "t1.0", "status": "failed", "code": "", "words": "", "again": "1", "queued": "3"},
    {"unreadable": '["session","mailbox"]', "came": "[1]", "queued": "[3]", "was": "ACTIVE@7"},
    {"revived": "reply", "queued": "[3]"},
    {"revived": "message", "came": "[1]"},
    {"revived": "body"},
    {
        "forgotten": "1",
        "was": "ACTIVE@7",
        "came": "[1]",
        "queued": "[3]",
        "action": "forget",
        "action_id": "a1",
        "by": "mona",
    },
    {
        "moved": "US.~1",
        "received": '["merge:1"]',
        "kinds": '["merge_out"]',
        "channels": '["desk"]',
        "came": "[1]",
        "leaves": "[2,3]",
        "was": "ACTIVE@4",
    },
    {
        "merged": "US.~1",
        "received": '["merge:1"]',
        "kinds": '["merge"]',
        "channels": '["desk"]',
        "came": "[1]",
        "changed": "1",
        "missing": "1",
        "state": "ACTIVE>WAITING_AGENT",
        "replied": '["t1.0","t1.1"]',
        "comes": "[2,3]",
        "dropped": '["t1.2"]',
        "consent": "out",
        "kept": "WAITING_AGENT@5",
        "was": "ACTIVE@4",
    },
    {"overflow": "1000"},
    {"trouble": "errors", "line": "meta:1", "code": "131031", "words": "locked"},
    {"trouble": "errors", "line": "meta:1", "code": "131031", "over": "1"},
    {
        "template_change": "status",
        "template": "sale",
        "language": "en",
        "line": "meta:2",
        "before": "APPROVED",
        "after": "PAUSED",
        "words": "too many blocks",
    },
    {"door": "in", "by": "mona", "address": "203.0.113.0/24"},
]


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: next(iter(stored)))
def test_what_is_stored_stays_as_it_is(stored):
    assert list(from_fields(stored).to_fields().items()) == list(stored.items())


def test_every_kind_is_among_what_is_stored():
    assert {type(from_fields(stored)) for stored in STORED} == set(KINDS)


def test_every_class_of_the_module_is_an_event_that_can_be_read():
    classes = {one for one in vars(events).values() if isinstance(one, type) and issubclass(one, Event)}

    assert classes - {Event, ChangesTimers} == set(KINDS)


def test_what_scripts_write_is_of_a_known_kind(redis, clock):
    play_every_script(redis, clock, policy=Policy(events_at_most=10_000))
    stores = Stores.on(redis, policy=Policy(mailbox_at_most=1))
    stores.mailboxes.receive([message("o1"), message("o2")], now=clock.now())

    found = [from_fields(fields) for fields in stores.events()]

    assert UnknownEvent not in {type(event) for event in found}
    assert {CustomerForgotten, MailboxOverflowed, RecordsSetAside, SessionChanged} <= {
        type(event) for event in found
    }
