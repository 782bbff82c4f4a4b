"""A number that stands for a tap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Button, Menu, Reply, Row
from session.choosing import MOST, as_tap, number_in, numbered
from session.content_parts import Kind
from session.history import HistoryEntry, Role
from session.models import Context, Offered
from session.policy import Policy
from tests.clocks import START
from tests.values import message, session

ROWS = (Row(id="v", title="Villa", description="5 million"), Row(id="f", title="Flat"))
VILLA = Offered(kind=Kind.CHOICE, id="v", title="Villa", description="5 million")
FLAT = Offered(kind=Kind.CHOICE, id="f", title="Flat")
TEXT = (Reply(text="..."),)


def test_numbered_options_are_offered_and_tappable_ones_are_not():
    menu = Reply(text="Which?", menu=Menu(button="Show", rows=ROWS))
    buttons = Reply(text="Buy?", buttons=(Button(id="y", title="Yes"),))

    assert numbered(menu, TEXT) == (VILLA, FLAT)
    assert numbered(buttons, TEXT) == (Offered(kind=Kind.BUTTON, id="y", title="Yes"),)
    assert numbered(menu, (Reply(text="Which?"), menu)) == ()
    assert numbered(Reply(text="hello"), TEXT) == ()


@pytest.mark.parametrize(
    "text",
    ["2", " 2 ", "2.", "2)", "(2)", "#2", "٢", "۲", "٢.", "2️⃣", "\u200f2\u200f", "02", "2-", "[2]", "2\n"],
)
def test_a_number_alone_is_the_tap_on_its_row(text):
    tapped = as_tap(message(text=text), (VILLA, FLAT))

    assert (tapped.kind, tapped.text, tapped.payload) == (Kind.CHOICE, "Flat", "f")
    assert tapped.content.typed == text


def test_the_description_comes_along_as_on_meta():
    tapped = as_tap(message(text="1"), (VILLA, FLAT)).content

    assert (tapped.typed, tapped.description) == ("1", "5 million")


@pytest.mark.parametrize(
    "text",
    ["", "0", "3", "2 rooms", "1.5", "-2", "2 3", "1/2", "two", "2" * 5, "2" + "." * 60, "½", "²", "十"],
)
def test_anything_else_stays_what_it_is(text):
    one = message(text=text)

    assert as_tap(one, (VILLA, FLAT)) is one


@pytest.mark.parametrize(
    "fields", [{"kind": Kind.IMAGE}, {"kind": Kind.EDIT, "reply_to": "wamid.0"}, {"reply_to": "wamid.0"}]
)
def test_a_caption_an_edit_and_a_quote_are_no_taps(fields):
    one = message(text="2", **fields)

    assert as_tap(one, (VILLA, FLAT)) is one


@pytest.mark.parametrize(("later", "kind"), [(-1, Kind.TEXT), (0, Kind.CHOICE), (1, Kind.CHOICE)])
def test_what_was_there_before_the_menu_has_not_seen_it(later, kind):
    one = message(text="2")

    assert as_tap(one, (VILLA, FLAT), at=one.received_at - later).kind is kind


def test_nothing_was_offered():
    one = message(text="2")

    assert as_tap(one, ()) is one


@given(st.integers(1, MOST), st.sampled_from("0٠۰०"), st.sampled_from(["{}", "{}.", " {} ", "({})", "{} -"]))
def test_every_number_of_a_menu_in_any_digits_is_its_option(number, zero, form):
    digits = "".join(chr(ord(zero) + int(digit)) for digit in str(number))

    assert number_in(form.format(digits)) == number


@given(st.text())
def test_no_text_is_an_error(text):
    number = number_in(text)

    assert number is None or number >= 0


@pytest.mark.parametrize(
    ("role", "ends"),
    [(Role.USER, False), (Role.TIMER, False), (Role.ASSISTANT, True), (Role.AGENT, True)],
)
def test_what_the_business_says_ends_what_it_offered(role, ends):
    before = session(context=Context(offered=(VILLA,)))
    said = HistoryEntry(role=role, content="...", timestamp=START, message_id="m")

    assert before.with_entry(said, Policy()).context.offered == (None if ends else (VILLA,))
