"""The sentences: every language has all of them, with the same gaps, and they fit a phone."""

import re
from string import Formatter

import pytest

from worker.assistants.concierge.names import names_of
from worker.assistants.concierge.phrasebook import Speech, phrasebook_of
from worker.assistants.concierge.summary import describe

LANGUAGES = ("en", "ar", "franco")


def gaps(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same(language):
    english, words = phrasebook_of("en"), phrasebook_of(language)

    assert words.sentences.keys() == english.sentences.keys()
    for name, ways in words.sentences.items():
        assert len({frozenset(gaps(way)) for way in (*ways, *english.sentences[name])}) == 1, name
    assert words.types.keys() == english.types.keys()
    assert words.relaxed.keys() == english.relaxed.keys()
    assert words.parts.keys() == english.parts.keys()
    assert words.counted.keys() == english.counted.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_tapped_fits(language):
    sentences = phrasebook_of(language).sentences

    assert all(
        len(title) <= 20 for name in sentences if name.startswith("button.") for title in sentences[name]
    )
    assert len(sentences["list"][0]) <= 20
    assert len(sentences["more"][0]) <= 24


def test_franco_has_no_arabic_letters_and_arabic_no_latin_words():
    franco = " ".join(way for ways in phrasebook_of("franco").sentences.values() for way in ways)
    arabic = " ".join(way for ways in phrasebook_of("ar").sentences.values() for way in ways)

    assert not re.search(r"[\u0600-\u06ff]", franco)
    assert not re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", arabic))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "3-bedroom apartment for rent in New Cairo from 10,000 to 20,000 EGP a month with 2 bathrooms",
        ),
        ("ar", "شقة 3 غرف للإيجار في القاهرة الجديدة من 10,000 لـ 20,000 جنيه في الشهر حمامين"),
        ("franco", "sha2a 3 owad lel egar fe New Cairo men 10,000 le 20,000 EGP fel shahr 7ammamen"),
    ],
)
def test_what_was_understood_is_said_in_one_line(language, said):
    slots = {
        "propertyType": "apartment",
        "bedrooms": 3,
        "bathrooms": 2,
        "purpose": "rent",
        "location": "New Cairo",
        "budgetMin": 10_000,
        "budget": 20_000,
    }

    names = names_of(None, "properties")
    assert describe(slots, "", "properties", Speech(language=language), names) == said


@pytest.mark.parametrize(
    ("count", "said"), [(1, "غرفة"), (2, "غرفتين"), (3, "3 غرف"), (10, "10 غرف"), (11, "11 غرفة")]
)
def test_arabic_counts_as_arabic_does(count, said):
    assert Speech(language="ar").counted("brief", count) == said
