"""Dead letters: each kind is written and read back, and what scripts write by themselves is of a known kind."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.bodies import Body
from session.dead_letters import (
    AnyLetter,
    BodyLetter,
    LetterRecord,
    MessageLetter,
    OverflowLetter,
    UnknownLetter,
    UnreadableLetter,
    from_fields,
)
from session.policy import Policy
from tests.session.every_script import play_every_script
from tests.stores import Stores
from tests.values import CONVERSATION, START, delivery, message

KINDS = [kind for kind in get_args(AnyLetter) if kind is not UnknownLetter]
VALUES = {
    "whole": st.sampled_from(["yes", "no"]),
    "at": st.integers(0, 10**15),
    "count": st.integers(0),
    "conversation": st.none() | st.text(),
}


def any_of(kind):
    names = kind.model_fields.keys() - {"kind"}
    return st.fixed_dictionaries({}, optional={name: VALUES.get(name, st.text()) for name in names}).map(
        lambda found: kind(**found)
    )


@given(st.one_of([any_of(kind) for kind in KINDS]))
def test_every_letter_is_read_back_as_it_was_written(letter):
    fields = letter.to_fields()

    assert all(isinstance(value, str) for value in fields.values())
    assert from_fields(fields | {"invented": "later"}) == letter


_OF_ENTRIES = {"why": "x", "conversation": CONVERSATION, "at": "7", "raw": "{}"}
#: Letters as they are stored, in the order of their fields.
STORED = [
    {"whole": "yes", "kind": "body", "why": "x", "source": "meta", "at": "7", "raw": "{"},
    *({"kind": kind} | _OF_ENTRIES for kind in ("message", "action", "reply", "status")),
    {"kind": "overflow", "why": "x", "conversation": CONVERSATION, "at": "7", "count": "3", "raw": "{}"},
    {
        "kind": "unreadable",
        "place": "session",
        "why": "x",
        "at": "7",
        "raw": "{",
        "conversation": CONVERSATION,
    },
    {"kind": "unreadable", "place": "paused", "why": "x", "at": "7", "raw": "{"},
]


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored["kind"])
def test_what_is_stored_stays_as_it_is(stored):
    assert list(from_fields(stored).to_fields().items()) == list(stored.items())


@pytest.mark.parametrize(
    "fields", [{}, {"kind": "invented", "why": "x", "at": "soon"}, {"kind": "overflow", "count": "many"}]
)
def test_a_letter_of_an_unknown_kind_or_form_is_a_value(fields):
    letter = from_fields(fields)

    assert isinstance(letter, UnknownLetter)
    assert (letter.kind, letter.why, letter.at) == (fields.get("kind", ""), fields.get("why", ""), 0)


def test_a_letter_whose_time_cannot_be_read_is_as_old_as_its_place_in_the_stream():
    record = LetterRecord.of({"kind": "message", "at": "soon", "raw": "{}"}, shard=2, id="7-1")

    assert (record.id, record.at, record.letter) == ("2:7-1", 7, MessageLetter(raw="{}"))


@pytest.mark.parametrize(("raw", "whole"), [("{\udcff", "yes"), ("{", "no")])
def test_only_a_letter_of_all_of_a_body_is_whole(raw, whole):
    body = Body(id="1-1", source="meta", at=7, body=b"{\xff")

    assert BodyLetter.of(body, raw, "why") == BodyLetter(whole=whole, why="why", source="meta", at=7, raw=raw)


def test_an_overflow_holds_the_first_and_counts_all():
    letter = OverflowLetter.of([delivery("t1.0"), delivery("t1.1")], START)

    assert (letter.count, letter.conversation, letter.raw) == (2, CONVERSATION, delivery("t1.0").to_json())


def test_what_scripts_write_is_of_a_known_kind(redis, clock):
    play_every_script(redis, clock)
    stores = Stores.on(redis, policy=Policy(mailbox_at_most=1))
    stores.mailboxes.receive([message("o1"), message("o2")], now=clock.now())

    found = {type(from_fields(fields)) for fields in stores.dead()}

    assert UnknownLetter not in found
    assert {OverflowLetter, UnreadableLetter} <= found
