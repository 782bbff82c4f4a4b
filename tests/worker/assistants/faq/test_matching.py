"""How a question about the business finds its answer, and how others find none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.faq import FaqEntry
from worker.assistants.faq.file import SAMPLE, read_faq
from worker.assistants.faq.matching import FaqIndex

SAMPLES = FaqIndex(read_faq(SAMPLE))
PARAPHRASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "paraphrases.jsonl").read_text(encoding="utf-8").splitlines()
]


def asked(text: str, index: FaqIndex = SAMPLES) -> str:
    found = index.find(text)
    return found.id if found else ""


def index_of(**entries: list[str]) -> FaqIndex:
    return FaqIndex(
        [
            FaqEntry(id=name, questions={"en": questions}, answers={"en": name})
            for name, questions in entries.items()
        ]
    )


@pytest.mark.parametrize("language", ["en", "ar", "franco"])
def test_most_paraphrases_find_their_answer(language):
    meant = [one for one in PARAPHRASES if one["entry"] and one["lang"] == language]
    right = [one for one in meant if asked(one["text"]) == one["entry"]]
    assert len(right) >= 0.85 * len(meant), [one["text"] for one in meant if one not in right]


def test_hardly_any_text_gets_a_wrong_answer():
    wrong = [one["text"] for one in PARAPHRASES if asked(one["text"]) not in ("", one["entry"])]
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize("text", ["where?", "فين؟", "how much", "kam?", "when", "", "👍", "؟؟؟"])
def test_what_may_ask_for_anything_finds_nothing(text):
    assert asked(text) == ""


def test_a_question_is_found_among_other_sentences():
    assert asked("Hello! I saw your ad yesterday. Where is your office?") == "address"


def test_a_subject_of_something_else_is_not_overlooked():
    assert asked("Is there a commission?", index_of(commission=["Is there a commission?"])) == "commission"
    assert asked("Is there a commission on the down payment of the villa?") == ""


def test_words_that_no_concept_has_are_found_as_they_are_written():
    index = index_of(parking=["Is there parking at the club?"], pets=["Are pets allowed?"])
    assert asked("parking at the club?", index) == "parking"
    assert asked("are my pets allowed", index) == "pets"
    assert asked("is smoking allowed", index) == ""


def test_two_entries_that_are_as_near_answer_nothing():
    same = ["Do you have parking?"]
    assert asked("Do you have parking?", index_of(one=same, other=same)) == ""


def test_near_are_the_entries_that_share_a_subject_the_nearest_first():
    assert SAMPLES.near("tell me about the viewing fee, is it free?")[0].id == "viewing_fee"
    assert SAMPLES.near("where?") == ()
    assert len(SAMPLES.near("office open commission deposit documents", most=2)) == 2


@given(st.text(max_size=600))
def test_any_text_is_read(text):
    assert asked(text) in {"", *(one.id for one in read_faq(SAMPLE))}


def test_the_answer_is_in_the_language_of_the_customer_or_in_the_nearest_one():
    entry = FaqEntry(id="a", questions={}, answers={"en": "english", "ar": "عربي"})
    assert [entry.answer(one) for one in ("en", "ar", "franco", None)] == [
        "english",
        "عربي",
        "عربي",
        "english",
    ]
    assert FaqEntry(id="a", questions={}, answers={"franco": "x"}).answer("en") == "x"
