"""What a stranger wrote is shown by a terminal, and never obeyed."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.visible import counted, visible, visible_json

HOSTILE = [*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)), *"\u2028\u2029\u202a\u202d\u202e\u2066\u2069\ud800"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello, مرحبا 👋🏽", "hello, مرحبا 👋🏽"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc", "a\\r\\nb c"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("\ud83d", "⟨U+D83D⟩"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text, shown):
    assert visible(text) == shown


def test_lines_after_the_first_do_not_look_like_ours():
    assert visible("one\r\n12:00 assistant: two\x1b", lines=True) == "one\n    12:00 assistant: two\\x1b"


@given(st.text(st.characters(codec=None) | st.sampled_from(HOSTILE)), st.booleans())
def test_nothing_is_left_that_anything_would_obey(text, lines):
    shown = visible(text, lines=lines)

    assert not [
        one for one in shown.replace("\n    ", "") if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")
    ]
    assert not set(shown) & (set(HOSTILE) - {"\n"})
    assert lines or "\n" not in shown
    shown.encode()


@given(st.dictionaries(st.text(), st.text(st.characters(codec=None) | st.sampled_from(HOSTILE))))
def test_printed_json_is_the_same_value_without_control_characters(value):
    for indent in (None, 2):
        written = visible_json(value, indent=indent)

        assert json.loads(written) == value
        assert not set(written) & (set(HOSTILE) - {"\n"})
        written.encode()


@pytest.mark.parametrize(("number", "words"), [(0, "0 replies"), (1, "1 reply"), (2, "2 replies")])
def test_a_count_agrees_with_its_noun(number, words):
    assert counted(number, "reply", "replies") == words
    assert counted(number, "trace") == f"{number} trace{'' if number == 1 else 's'}"
