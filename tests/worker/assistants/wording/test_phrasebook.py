"""Every language has all sentences, with the same placeholders, and they fit a phone."""

import re
from string import Formatter

import pytest

from worker.assistants.wording.phrasebook import Speech, phrasebook_of

LANGUAGES = ("en", "ar", "franco")


def placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences(language):
    english, words = phrasebook_of("en"), phrasebook_of(language)

    assert words.sentences.keys() == english.sentences.keys()
    for name, ways in words.sentences.items():
        assert len({frozenset(placeholders(way)) for way in (*ways, *english.sentences[name])}) == 1, name
    assert words.types.keys() == english.types.keys()
    assert words.relaxed.keys() == english.relaxed.keys()
    assert words.topics.keys() == english.topics.keys()
    assert words.parts.keys() == english.parts.keys()
    assert words.counted.keys() == english.counted.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_buttons_fit(language):
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
    ("count", "said"), [(1, "غرفة"), (2, "غرفتين"), (3, "3 غرف"), (10, "10 غرف"), (11, "11 غرفة")]
)
def test_arabic_numbers_have_their_grammatical_form(count, said):
    assert Speech(language="ar").counted("brief", count) == said
