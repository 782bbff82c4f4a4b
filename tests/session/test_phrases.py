"""What the system itself says to a customer."""

from datetime import timedelta

import pytest

from session.phrases import apology, too_many_messages, too_many_searches, welcome_back


@pytest.mark.parametrize(
    ("language", "seconds", "wait"),
    [
        ("en", 0, "1 minute."),
        ("en", 1, "1 minute."),
        ("en", 60, "1 minute."),
        ("en", 61, "2 minutes."),
        ("franco", 60, "ba3d de2i2a."),
        ("franco", 121, "ba3d 3 de2i2a."),
        ("ar", 60, "دقيقة واحدة."),
        ("ar", 120, "دقيقتين."),
        ("ar", 180, "3 دقائق."),
        ("ar", 600, "10 دقائق."),
        ("ar", 660, "11 دقيقة."),
        ("ar", 3600, "60 دقيقة."),
        (None, 3600, "60 minutes."),
    ],
)
def test_a_wait_is_rounded_up_to_whole_minutes_with_the_noun_in_its_number(language, seconds, wait):
    for refusal in (too_many_messages, too_many_searches):
        assert refusal(language, timedelta(seconds=seconds)).endswith(wait)


def test_a_language_without_sentences_is_answered_in_english():
    assert apology("de") == apology("en") == apology(None)


@pytest.mark.parametrize("say", [apology, welcome_back])
def test_every_sentence_is_there_in_every_language(say):
    assert len({say(language) for language in ("en", "ar", "franco")}) == 3
    assert say(None) == say("en") == say("de")
