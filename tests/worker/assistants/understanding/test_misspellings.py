"""Misspelt names are recognised."""

import pytest

from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.message import understand


def test_a_misspelt_name_of_the_catalogue_is_recognised():
    gazetteer = Gazetteer.of("property").with_names(["Jasmine Court", "نزهة الوادي"])

    assert understand("villa in jasmine cuort", gazetteer=gazetteer).entities["location"] == "Jasmine Court"
    assert understand("شقة في نزهه الوادى", gazetteer=gazetteer).entities["location"] == "نزهة الوادي"


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("3ayez sha2a fe fesal", "location", "Faisal"),
        ("750 alf m2adam", "paymentMethod", "installments"),
        ("2 bedrms", "bedrooms", 2),
        ("عايزشقه", "propertyType", "apartment"),
        ("chalé", "propertyType", "chalet"),
    ],
)
def test_unusual_vowels_joined_words_and_typing_errors_are_read(text, slot, value):
    assert understand(text, domain="property").entities[slot] == value


@pytest.mark.parametrize(
    "text",
    ["3ayez 7aga orayeba men el metro", "shoft e3lanko", "retail", "lowest", "made", "leaving"],
)
def test_a_word_that_only_resembles_one_means_nothing(text):
    assert understand(text, domain="property").entities == {}


def test_each_word_of_a_longer_name_must_be_like_its_own():
    assert understand("sherry apartment", domain="property").entities == {"propertyType": "apartment"}
