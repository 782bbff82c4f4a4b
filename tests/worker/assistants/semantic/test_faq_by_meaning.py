"""Questions about the business that are asked in words which no question of the file has."""

from session.faq import FaqEntry
from tests.worker.assistants.semantic.concepts import Concepts
from worker.assistants.faq.matching import FaqIndex
from worker.assistants.semantic.meaning import Meaning

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
