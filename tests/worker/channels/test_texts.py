"""Long texts are cut where a reader would cut them, and nothing gets lost."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.channels.texts import shorten, split, units

FAMILY = "👩‍👩‍👧‍👦"
WAVE = "👋🏽"
EGYPT = "🇪🇬"
MARKED = "e\u0301"


def test_an_emoji_counts_as_two_and_a_letter_as_one():
    assert [units(text) for text in ("", "a", "ش", "😀", "a😀")] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("short", 10, ["short"]),
        (" as it came\n", 20, [" as it came\n"]),
        ("exactly 10", 10, ["exactly 10"]),
        ("first part\n\nsecond part", 14, ["first part", "second part"]),
        ("first line\nsecond line", 14, ["first line", "second line"]),
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 8, ["one two", "three"]),
        ("one two three", 6, ["one", "two", "three"]),
        ("a paragraph\n\nwith lines\nand words", 26, ["a paragraph", "with lines\nand words"]),
        ("x\n\nmany words follow here", 12, ["x\n\nmany", "words follow", "here"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("hold\u00a0us together", 12, ["hold\u00a0us", "together"]),
        ("hold\u00a0together", 12, ["hold", "together"]),
        ("   \n  a" + " " * 20 + "b  \n ", 5, ["a", "b"]),
    ],
)
def test_texts_are_cut_where_a_reader_would(text, limit, parts):
    assert split(text, limit) == parts


@pytest.mark.parametrize("blank", ["", " ", "\n\n\t", " " * 50])
def test_nothing_to_say_gives_no_parts(blank):
    assert split(blank, 10) == []


@pytest.mark.parametrize(
    "symbol", [FAMILY, WAVE, EGYPT, MARKED, "❤️", "🏴\U000e0067\U000e0062\U000e007f", "षि"]
)
def test_a_visible_character_is_not_torn(symbol):
    limit = 2 * units(symbol) + units(symbol) // 2

    parts = split(symbol * 9, limit)

    assert "".join(parts) == symbol * 9
    assert all(part.replace(symbol, "") == "" for part in parts)


def test_a_visible_character_that_alone_exceeds_the_limit_is_torn():
    tower = "a" + "\u0301" * 30

    parts = split(tower, 10)

    assert "".join(parts) == tower
    assert all(units(part) <= 10 for part in parts)


@pytest.mark.parametrize(
    ("title", "limit", "shown"),
    [
        ("Maadi", 5, "Maadi"),
        ("Maadi Degla", 8, "Maadi D…"),
        ("Maadi Degla", 7, "Maadi…"),
        (" in\none  line ", 20, "in one line"),
        ("ab" + EGYPT, 5, "ab…"),
        ("😀😀😀", 5, "😀😀…"),
        ("", 5, ""),
    ],
)
def test_what_is_too_long_for_a_title_ends_in_an_ellipsis(title, limit, shown):
    assert shorten(title, limit) == shown
    assert units(shown) <= limit


TEXTS = st.lists(
    st.text("aب \n\t\u00a0é\u0301" + EGYPT + "\u200d😀🏽", max_size=40)
    | st.sampled_from(["\n\n", "word ", FAMILY, "\u2028"])
    | st.text(max_size=20)
).map("".join)


def without_blanks(text):
    return "".join(text.split())


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(2, 60))
@example("a" * 59 + "😀", 60)
def test_all_that_is_not_blank_is_kept_in_parts_that_fit(text, limit):
    parts = split(text, limit)

    assert without_blanks("".join(parts)) == without_blanks(text)
    assert all(part.strip() and units(part) <= limit for part in parts)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "ب", "é", "😀", MARKED, FAMILY, WAVE, EGYPT, "❤️"]), max_size=60),
    st.integers(2 * units(FAMILY) + 2, 60),
)
def test_a_text_without_blanks_is_cut_between_visible_characters(characters, limit):
    parts = split("".join(characters), limit)

    ends = {len("".join(characters[:count])) for count in range(len(characters) + 1)}
    assert {len("".join(parts[:count])) for count in range(len(parts) + 1)} <= ends


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(2, 30))
def test_a_title_fits_in_one_line(text, limit):
    shown = shorten(text, limit)

    assert units(shown) <= limit
    assert "\n" not in shown
    assert bool(shown) == bool(text.strip())
