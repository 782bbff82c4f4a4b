"""The table of moves."""

import pytest

from session.testing import ask, tap, turn
from worker.assistants.concierge import assistant
from worker.assistants.concierge.dialogue import Dialogue, VisitDraft
from worker.assistants.concierge.moves import EVER, TABLE, states_of
from worker.assistants.understanding.acts import acts

INTENTS = {"handoff", "show_contact", "more", "greeting"}
SIGNALS = {"cheaper", "dearer", "bigger", "smaller", "reset", "thanks", "goodbye", "yes", "no", "help"}
#: What is not in the words of a message.
OTHERS = {
    "order",
    "tap",
    "ad",
    "wordless",
    "form",
    "attached",
    "referred",
    "ordinal",
    "when",
    "quoted",
    "foreign",
}


def test_every_row_is_about_something_that_can_be_heard():
    heard = {meaning for row in TABLE for meaning in row.meanings.split()}

    assert heard <= {act.name for act in acts()} | INTENTS | SIGNALS | OTHERS


def test_the_last_row_is_for_everything_at_any_time():
    assert (TABLE[-1].meanings, TABLE[-1].states) == ("", EVER)


@pytest.mark.parametrize(
    ("dialogue", "state"),
    [
        (Dialogue(), "start"),
        (Dialogue(asked="budget"), "asked"),
        (Dialogue(ids=("EG0001", "EG0002")), "shown"),
        (Dialogue(ids=("EG0001",), one="EG0001"), "one"),
        # The records are still there to be pointed at.
        (Dialogue(ids=("EG0001",), asked="person"), "shown"),
        (Dialogue(visit=VisitDraft(passed=True)), "start passed"),
    ],
)
def test_where_the_dialogue_is(dialogue, state):
    assert states_of(dialogue) == set(state.split())


def test_a_visit_is_arranged_beside_a_search():
    assert states_of(Dialogue(ids=("EG0001",), visit=VisitDraft())) == {"shown", "visit"}


def answered(catalogue, text, **more):
    return ask(assistant, turn(text, catalogue=catalogue, waiting=True, **more))


@pytest.mark.parametrize("text", ["3 bedroom apartment in New Cairo", "فيلا في المعادي"])
def test_while_a_person_is_awaited_a_clear_search_is_answered(catalogue, text):
    assert answered(catalogue, text).searched


@pytest.mark.parametrize(
    "text", ["are you still there?", "thanks", "I have a complaint", "agent", "qwertz", "hello"]
)
def test_while_a_person_is_awaited_all_else_is_left_to_the_person(catalogue, text):
    done = answered(catalogue, text)

    assert done.replies == ()
    assert done.escalated is None


@pytest.mark.parametrize(
    "text",
    ["I'm selling my flat in Dokki", "can I visit the second one tomorrow at 5?", "عايز ابيع شقتي في الدقي"],
)
def test_while_a_person_is_awaited_an_offer_or_a_wish_for_the_person_is_no_search(catalogue, text):
    shown = {"dialogue": {"kind": "properties", "ids": ["EG0001", "EG0002"], "total": 2}}

    assert answered(catalogue, text, known=shown).replies == ()


def test_while_a_person_is_awaited_no_question_about_a_visit_is_asked(catalogue):
    draft = {"record": "EG0002", "start": "2030-12-02T17:00:00+02:00"}
    shown = {"dialogue": {"kind": "properties", "ids": ["EG0001", "EG0002"], "total": 2, "visit": draft}}

    (reply,) = answered(catalogue, "the first one", known=shown).replies
    assert "EG0001" in reply.text


def test_while_a_person_is_awaited_a_shown_record_can_be_chosen(catalogue):
    shown = {"dialogue": {"kind": "properties", "ids": ["EG0001", "EG0002"], "total": 2}}

    (reply,) = answered(catalogue, "the second one", known=shown).replies
    assert "EG0002" in reply.text


@pytest.mark.parametrize("said", [tap("visit:yes", "Yes, correct"), "1"])
def test_while_a_person_is_awaited_the_answer_about_a_visit_is_left_to_the_person(catalogue, said):
    draft = {"record": "EG0002", "start": "2130-12-02T17:00:00+02:00"}
    asked = {"visit": draft, "asked": "visit", "options": ["visit:yes", "visit:other"]}
    shown = {"dialogue": {"kind": "properties", "ids": ["EG0001", "EG0002"], "total": 2, **asked}}

    done = answered(catalogue, said, known=shown)

    assert (done.replies, done.searched) == ((), ())


def test_while_a_person_is_awaited_records_that_cannot_be_searched_call_no_other_person():
    done = answered(None, "villa in Maadi")

    assert (done.replies, done.escalated) == ((), None)


def test_while_a_person_is_awaited_no_other_person_is_offered_where_nothing_fits(catalogue):
    (reply,) = answered(catalogue, "12-bedroom villa in Dokki under 1000").replies

    assert [button.id for button in reply.buttons] == ["watch"]
