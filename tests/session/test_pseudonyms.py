"""Pseudonyms hide a conversation from the broker."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from session.pseudonyms import Pseudonyms
from tests.values import CONVERSATION

SECOND = timedelta(seconds=1)
MINUTES = timedelta(minutes=5)


@given(st.text(st.characters(codec=None), max_size=200), st.text(max_size=30))
def test_a_pseudonym_is_decoded_with_the_secret(conversation, secret):
    pseudonyms = Pseudonyms(secret)

    assert pseudonyms.decode(pseudonyms.encode(conversation)) == conversation


@given(st.text(max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_to_others_it_shows_nothing(conversation, secret, other):
    hidden = Pseudonyms(secret).encode(conversation)

    if secret != other:
        assert Pseudonyms(other).decode(hidden) is None


@given(st.integers(10**6, 10**15))
def test_no_digits_of_the_number_can_be_seen(number):
    hidden = Pseudonyms("secret").encode(f"whatsapp:+{number}")

    assert re.fullmatch(r"[A-Za-z0-9_-]+", hidden)
    assert str(number) not in hidden
    assert str(number)[-6:] not in hidden


def test_the_same_conversation_has_the_same_alias_and_another_has_another():
    pseudonyms = Pseudonyms("secret")
    names = [f"whatsapp:+2010{n:05}" for n in range(500)]

    assert pseudonyms.encode(CONVERSATION) == Pseudonyms("secret").encode(CONVERSATION)
    assert len({pseudonyms.encode(name) for name in names}) == 500


@given(st.text(max_size=100))
def test_an_invalid_pseudonym_decodes_to_nothing(text):
    assert Pseudonyms("secret").decode(text) is None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_an_alias_that_was_tampered_with_shows_nothing_else(at, character):
    hidden = Pseudonyms("secret").encode(CONVERSATION)
    at %= len(hidden)

    shown = Pseudonyms("secret").decode(hidden[:at] + character + hidden[at + 1 :])

    assert shown in (None, CONVERSATION)
