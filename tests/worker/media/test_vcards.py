"""What is read in a vCard: names, numbers, addresses and organisations; and nothing that a stranger writes does harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.content_parts import Card
from worker.media.vcards import MOST_READ, cards_in

MONA = Card(
    name="Mona Adel", phones=("+20 100 555 0101",), emails=("mona@example.com",), organisation="Nile Homes"
)


def vcard(*lines, end="\r\n"):
    return end.join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""]).encode()


def escaped(value):
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def test_a_card_of_a_phone_is_read_with_groups_and_parameters():
    file = vcard(
        "N:Adel;Mona;;;",
        "FN:Mona Adel",
        "item1.TEL;waid=201005550101;TYPE=CELL:+20 100 555 0101",
        "item1.X-ABLabel:Mobile",
        "item2.EMAIL;TYPE=INTERNET:mona@example.com",
        "ORG:Nile Homes;Sales",
    )

    assert cards_in(file) == (MONA,)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_folded_lines_of_any_system_are_one(end):
    file = vcard("FN:Mona", "  Adel", "TEL:+20 100 ", "\t555 0101", end=end)

    assert cards_in(file) == (Card(name="Mona Adel", phones=("+20 100 555 0101",)),)


def test_version_4_has_addresses_for_numbers_and_quoted_parameters():
    file = vcard('TEL;VALUE=uri;LABEL="a:b;c":tel:+201005550101', "EMAIL:mailto:mona@example.com")

    assert cards_in(file) == (Card(phones=("+201005550101",), emails=("mona@example.com",)),)


def test_version_2_has_quoted_printable():
    file = vcard("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D9=85=D9=86=D9=", "=89", "TEL;CELL:0100")

    assert cards_in(file) == (Card(name="منى", phones=("0100",)),)


def test_without_a_formatted_name_its_parts_are_the_name():
    (card,) = cards_in(vcard("FN: ", "N:Adel;Mona;Samir;Dr.;Jr."))

    assert card.name == "Dr. Mona Samir Adel Jr."


def test_several_cards_are_read_and_the_broken_one_is_left_out():
    file = vcard("FN:A") + b"BEGIN:VCARD\nFN:half\n" + vcard("FN:B") + b"BEGIN:VCARD\nFN:cut off"

    assert [card.name for card in cards_in(file)] == ["A", "B"]


@pytest.mark.parametrize("content", [b"", b"FN:Mona", b"\x89PNG\r\n\0\xff", b"END:VCARD", vcard("NOTE:x")])
def test_what_is_no_card_is_none(content):
    assert cards_in(content) == ()


def test_cards_and_their_values_have_an_end():
    many = cards_in(b"".join(vcard(f"FN:{n}") for n in range(100)))
    (long,) = cards_in(vcard("FN:" + "x" * 9_000, *(f"TEL:{n}" for n in range(100))))

    assert len(many) == 20
    assert (len(long.name), len(long.phones)) == (256, 20)
    assert len(cards_in(b"".join(vcard(f"FN:{'x' * 999}") for _ in range(20)))) < 20
    assert cards_in(b"\n" * MOST_READ + vcard("FN:behind")) == ()


WORDS = st.text(st.characters(categories=("L", "N"), include_characters=" ,;\\:"), max_size=60).map(
    lambda text: " ".join(text.split())
)


@given(
    name=WORDS,
    organisation=WORDS,
    phone=st.from_regex(r"\+[0-9]{5,15}", fullmatch=True),
    at=st.integers(1, 90),
)
def test_what_is_written_is_read_however_it_is_folded(name, organisation, phone, at):
    def folded(line):
        return f"{line[:at]}\r\n {line[at:]}"

    lines = f"FN:{escaped(name)}", f"ORG:{escaped(organisation)};x", f"TEL:{phone}"

    (card,) = cards_in(vcard(*map(folded, lines)))

    assert card == Card(name=name, organisation=organisation or None, phones=(phone,))


PIECES = st.sampled_from(
    (
        *("BEGIN:VCARD", "END:VCARD", "FN:", "N:", "ORG:", "item1.EMAIL:", "TEL;ENCODING=QUOTED-PRINTABLE:"),
        *(";", "\\", '"', ":", "\r\n", "\n ", "=", "=D9", "tel:", "\0", "\u2028", "\u0301" * 20, "x" * 300),
    )
)


@given(
    st.lists(st.one_of(PIECES, PIECES, st.text(max_size=5)), max_size=60).map("".join), st.binary(max_size=40)
)
def test_nothing_that_a_stranger_writes_raises_or_is_too_long(text, tail):
    content = b"BEGIN:VCARD\n" + text.encode("utf-8", "surrogatepass") + tail + b"\nEND:VCARD"

    cards = cards_in(content)

    assert len(cards) <= 20
    for card in cards:
        assert card != Card()
        for value in (card.name, card.organisation or "", *card.phones, *card.emails):
            assert len(value) <= 256
            assert not set(value) & set(map(chr, range(32)))
