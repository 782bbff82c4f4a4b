"""Franco-Arabic in Arabic letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.semantic.franco import in_arabic_letters


@pytest.mark.parametrize(
    ("franco", "arabic"),
    [
        ("fih shatt", "فيه شت"),
        ("bet 3al ba7r", "بت على البحر"),
        ("shokran", "شكرن"),
        ("el sha2a w elgarage", "الشقة والجرجه"),
        ("madrasa", "مدرسة"),
        ("3'aly awy!", "غلي اوي"),
    ],
)
def test_words_are_spelled_as_arabic_spells_them(franco, arabic):
    assert in_arabic_letters(franco) == arabic


@given(st.text())
def test_any_text_gives_arabic_letters_and_blanks_only(text):
    assert all(letter == " " or "\u0621" <= letter <= "\u064a" for letter in in_arabic_letters(text))
