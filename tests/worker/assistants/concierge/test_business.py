"""Questions about the business itself in a conversation with the concierge."""

import pytest

from session.hours import Hours
from session.testing import Conversation
from worker.assistants.concierge import assistant
from worker.assistants.faq.file import SAMPLE, read_faq
from worker.assistants.faq.hours import opening_hours
from worker.assistants.faq.matching import FaqIndex

FAQ = FaqIndex(read_faq(SAMPLE))
CAIRO = Hours.of("Africa/Cairo", business={"sun-thu": "9:00-18:00", "sat": "10:00-13:00, 14:00-16:00"})


@pytest.fixture
def customer(catalogue):
    return Conversation(assistant, catalogue=catalogue, kind="properties", faq=FAQ, hours=CAIRO)


@pytest.fixture
def without_file(catalogue):
    return Conversation(assistant, catalogue=catalogue, kind="properties", hours=CAIRO)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("where is your office?", "26 Road 9"),
        ("which areas do you cover", "Greater Cairo"),
        ("do you work outside Cairo?", "Greater Cairo"),
        ("مكتبكم فين؟", "شارع ٩"),
        ("bta5do kam 3omola", "2.5%"),
    ],
)
def test_a_question_about_the_business_is_answered_and_nothing_is_searched(customer, asked, told):
    answer = customer.says(asked)
    assert told in answer.text
    assert answer.searched == ()
    assert answer.escalated is None


def test_an_office_that_is_looked_for_is_no_question_about_the_business(customer):
    assert customer.says("an office in Maadi to rent up to 50 thousand").searched


def test_what_is_looked_for_in_the_same_message_is_found_too(customer):
    answer = customer.says("villa in Maadi up to 30 million. And how much is your commission?")
    assert "2.5%" in answer.texts[0]
    assert len(answer.searched) == 1


def test_a_question_during_a_search_does_not_end_it(customer):
    customer.says("apartment in Maadi up to 30 million")
    assert "14 days" in customer.says("is the deposit refundable?").text
    assert "Code: " in customer.says("the first one").text


def test_without_an_entry_the_hours_of_the_sender_tell_when_the_business_is_open(without_file):
    assert without_file.says("when do you open?").text == (
        "We are here Saturday 10:00-13:00, 14:00-16:00; Sunday to Thursday 9:00-18:00."
    )


def test_what_no_entry_answers_is_offered_to_a_person(without_file):
    answer = without_file.says("how much commission do you take?")
    assert answer.text.startswith("That I do not know.")
    assert [button.title for button in answer.replies[0].buttons] == ["Talk to a person"]
    assert without_file.says("yes").escalated == "customer asked: how much commission do you take?"


@pytest.mark.parametrize("text", ["where?", "how much?", "is it close to the metro"])
def test_a_question_about_what_was_shown_gets_no_answer_about_the_business(customer, text):
    customer.says("villa in Maadi up to 30 million")
    assert "Road 9" not in "".join(customer.says(text).texts)


def test_hours_are_told_by_days_in_a_row():
    assert opening_hours(CAIRO, "en") == ("Saturday 10:00-13:00, 14:00-16:00; Sunday to Thursday 9:00-18:00")
    assert opening_hours(CAIRO, "ar").startswith(
        "السبت 10:00-13:00، 14:00-16:00؛ من الحد لـالخميس 9:00-18:00"
    )
    assert opening_hours(Hours.of("UTC", quiet="21:00-09:00"), "en") == "Monday to Sunday 9:00-21:00"
    assert opening_hours(Hours.of("UTC"), "en") == ""


@pytest.mark.parametrize(
    "text", ["how do I join this group", "how can I join the committee", "when is the next meeting"]
)
def test_what_members_do_together_is_offered_to_be_passed_on(seeker, text):
    (said,) = seeker.says(text)
    assert [button.id for button in said.buttons] == ["human"]
    assert said.text.startswith("That I do not know.")


@pytest.mark.parametrize("text", ["Can foreigners own property in Egypt?", "بيرجع لو غيرت رأيي؟"])
def test_a_question_about_the_law_or_about_money_is_no_search(customer, text):
    customer.says("apartment in Madinaty up to 4 million")
    answer = customer.says(text)
    assert answer.searched == ()
    assert [button.id for button in answer.replies[0].buttons] == ["human"]


@pytest.mark.parametrize("text", ["and on Fridays?", "what about Saturday", "and at night?"])
def test_a_question_that_goes_on_from_one_about_the_business_is_answered(catalogue, text):
    customer = Conversation(assistant, catalogue=catalogue, kind="properties", faq=FAQ)
    customer.says("what are your opening hours?")
    assert "On Fridays we are closed" in customer.says(text).text


@pytest.mark.parametrize("text", ["are you a company or a broker?", "and villas in Zayed?"])
def test_another_question_goes_on_from_nothing(catalogue, text):
    customer = Conversation(assistant, catalogue=catalogue, kind="properties", faq=FAQ)
    customer.says("what are your opening hours?")
    assert "On Fridays" not in customer.says(text).text


def test_after_something_else_nothing_goes_on(catalogue):
    customer = Conversation(assistant, catalogue=catalogue, kind="properties", faq=FAQ)
    for said in ("what are your opening hours?", "apartment in Maadi"):
        customer.says(said)
    assert "On Fridays" not in customer.says("and on Fridays?").text
