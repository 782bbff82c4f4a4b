"""The catalogue of words: whole in both languages, and nothing in it that nobody says."""

import re
from pathlib import Path
from string import Formatter

import pytest

from session.actions import Declined, Deed
from session.messages import DeliveryState
from webhook.desk.facts import LABELLED
from webhook.desk.listing import Tab
from webhook.desk.words import ENGLISH, LANGUAGES, Words
from webhook.desk.words_ar import ARABIC

DESK = Path(__file__).parents[3] / "webhook" / "desk"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*DESK.glob("*.py"), *DESK.glob("templates/*")]
    if "words" not in path.name
)


def fields(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_arabic_has_every_sentence_with_the_same_values():
    assert ENGLISH.keys() == ARABIC.keys()
    assert {key for key in ENGLISH if fields(ENGLISH[key]) != fields(ARABIC[key])} == set()


def test_what_a_page_asks_for_is_in_the_catalogue():
    asked = set(re.findall(r"""\bt\(["']([a-z_.]+)["']""", SOURCES)) | set(
        re.findall(r'words\("([a-z_.]+)"', SOURCES)
    )

    assert {key for key in asked if not key.endswith(".")} - ENGLISH.keys() == set()
    assert "search" in asked


def test_what_is_put_together_is_in_the_catalogue_too():
    made = {
        *(f"tab.{tab}" for tab in Tab),
        *(f"empty.{tab}" for tab in Tab),
        *(f"state.{state}" for state in DeliveryState),
        *(f"declined.{why}" for why in Declined),
        *(f"no_answer.{why}" for why in Declined if why is not Declined.FAILED),
        *(f"{kind}.{deed}" for deed in Deed for kind in ("note", "tried")),
        *(f"fact.{name}" for name in LABELLED),
    }

    assert made - ENGLISH.keys() == set()


def test_no_sentence_is_left_that_nobody_says():
    said = set(re.findall(r"""["']([a-z_.]+)["']""", SOURCES))
    # What is put together begins with one of these, and a dot.
    heads = {word for word in said if word.endswith(".")} | set(re.findall(r'f"([a-z_]+\.)', SOURCES))
    silent = {key for key in ENGLISH if key not in said and not key.startswith(tuple(heads))}

    assert silent - {"seconds", "minutes", "hours", "days", "now"} == set()  # said by `Words` itself


@pytest.mark.parametrize(
    ("minutes", "english", "arabic"),
    [
        (0, "now", "الآن"),
        (1, "1 min", "1 د"),
        (59, "59 min", "59 د"),
        (60, "1 h", "1 س"),
        (2879, "47 h", "47 س"),
        (2880, "2 d", "2 ي"),
    ],
)
def test_a_duration_is_short(minutes, english, arabic):
    assert [Words(language).duration(minutes) for language in LANGUAGES] == [english, arabic]


def test_a_name_of_the_other_direction_is_kept_together():
    assert Words("en")("held.other", name="منى") == "\u2068منى\u2069 is answering"
    assert Words("en")("held.other", name="Mona") == "Mona is answering"
    assert Words("ar")("held.other", name="Mona") == "\u2068Mona\u2069 يرد الآن"
