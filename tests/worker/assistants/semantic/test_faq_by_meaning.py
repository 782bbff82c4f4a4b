"""Questions about the business that are asked in words which no question of the file has."""

import json
from pathlib import Path

import pytest

from session.faq import FaqEntry
from tests.worker.assistants.semantic.concepts import Concepts
from worker.assistants.faq.file import SAMPLE, read_faq
from worker.assistants.faq.matching import FaqIndex
from worker.assistants.semantic.e5 import E5
from worker.assistants.semantic.meaning import Meaning

PARAPHRASES = Path(__file__).parents[1] / "faq" / "paraphrases.jsonl"
ENTRIES = [
    FaqEntry(id="parking", questions={"en": ["Is there parking?"]}, answers={"en": "Behind the house."}),
    FaqEntry(id="metro", questions={"en": ["Which metro is next?"]}, answers={"en": "Dokki."}),
    FaqEntry(id="garden", questions={"en": ["May I use the garden?"]}, answers={"en": "Yes."}),
    FaqEntry(id="green", questions={"en": ["Who cuts what is green?"]}, answers={"en": "We do."}),
]


def found(text: str, meaning: Meaning | None) -> str:
    entry = FaqIndex(ENTRIES, meaning).find(text)
    return entry.id if entry else ""


def test_an_entry_is_found_by_what_its_question_means():
    assert found("where do I leave my cars", None) == ""
    assert found("where do I leave my cars", Meaning(Concepts())) == "parking"


def test_words_come_first_and_cost_no_model():
    model = Concepts()

    assert found("Which metro is next?", Meaning(model)) == "metro"
    assert model.asked == []


def test_of_two_entries_that_mean_the_same_none_is_guessed():
    assert found("حديقة من فضلك", Meaning(Concepts())) == ""


def test_chit_chat_is_answered_by_none():
    assert found("my boss is driving me mad", Meaning(Concepts())) == ""


def test_a_short_text_is_near_to_anything_and_answered_by_none():
    assert found("my cars?", Meaning(Concepts())) == ""


@pytest.mark.slow
def test_the_model_that_is_shipped_answers_none_of_the_sample_questions_wrongly():
    entries = read_faq(SAMPLE)
    by_words, by_meaning = FaqIndex(entries), FaqIndex(entries, Meaning(E5()))
    for line in PARAPHRASES.read_text("utf-8").splitlines():
        asked = json.loads(line)
        if not by_words.find(asked["text"]) and (answer := by_meaning.find(asked["text"])):
            assert answer.id == asked["entry"]
