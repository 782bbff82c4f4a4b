"""Owners who offer a property: what they are asked, and what the desk reads."""

import pytest

from session.faq import FaqEntry
from session.testing import Conversation
from worker.assistants.concierge import assistant
from worker.assistants.faq.matching import FaqIndex

ANSWERS = FaqIndex(
    [FaqEntry(id="c", questions={"en": ["How much is the commission?"]}, answers={"en": "Two percent."})]
)


def reason(customer):
    return customer.asked.escalated


def test_an_owner_is_asked_what_is_not_said_one_thing_at_a_time(customer):
    assert customer.hears("I'm selling my apartment in Dokki").endswith("How large is it, in square metres?")
    assert customer.hears("120") == "Shall a colleague call you on this number, +201001234567?"
    assert customer.hears("yes").startswith("Thank you, I have it all: apartment, Dokki, 120 m².")
    assert reason(customer) == "owner sells: apartment, Dokki, 120 m², call +201001234567"


def test_what_an_owner_says_at_once_is_not_asked(customer):
    customer.hears("I want to sell my villa in Sheikh Zayed, 400 m, 4 bedrooms, 12 million")
    customer.hears("yes")
    assert reason(customer) == (
        "owner sells: villa, Sheikh Zayed, 400 m², 4 bedrooms, 12,000,000 EGP, call +201001234567"
    )


def test_an_owner_who_rents_out_is_no_seller(customer):
    assert "متر" not in customer.hears("عايز أأجر شقتي مفروش")
    customer.hears("في المعادي")
    customer.hears("١٥٠ متر")
    customer.hears("أيوه")
    assert reason(customer) == "owner rents out: apartment, Maadi, 150 m², furnished, call +201001234567"


def test_another_number_is_asked_for(customer):
    for text in ("3ayez abee3 sha2a fel maadi", "100 metr"):
        customer.says(text)
    assert customer.hears("La2, raqam tany") == "Zemeely yekallemak 3ala raqam eh?"
    customer.hears("01098765432")
    assert reason(customer).endswith("call 01098765432")


def test_an_owner_changes_no_slot_and_nothing_is_searched(customer):
    customer.says("villa in Maadi to buy")
    before = customer.slots
    for text in ("I'd like to sell my apartment in Dokki", "90 m", "yes"):
        customer.says(text)
        assert customer.asked.searched == ()
    assert customer.slots == before


def test_an_owner_who_repeats_what_is_known_is_asked_again_and_nothing_is_searched(customer):
    customer.says("villa in Maadi to buy")
    question = customer.hears("I want to sell my apartment in Dokki").removeprefix("Gladly, we help owners. ")
    assert customer.hears("an apartment") == question
    assert customer.asked.searched == ()


def test_a_place_that_nobody_knows_is_kept_in_the_owner_s_words(customer):
    customer.says("I want to sell my studio")
    customer.says("behind the old cinema")
    customer.says("45")
    customer.says("yes")
    assert reason(customer) == "owner sells: studio, behind the old cinema, 45 m², call +201001234567"


def test_a_question_in_between_is_answered_and_the_open_one_comes_back(catalogue):
    customer = Conversation(assistant, catalogue=catalogue, kind="properties", faq=ANSWERS)
    customer.says("I'm selling my apartment in Dokki")
    answer = customer.says("how much commission do you take?")
    assert answer.text == "Two percent.\n\nHow large is it, in square metres?"
    assert customer.says("110").text.startswith("Shall a colleague call you")


def test_an_owner_may_give_up(customer):
    customer.says("I'm selling my apartment in Dokki")
    customer.says("no, forget it")
    customer.says("villa in Maadi up to 20 million")
    assert len(customer.asked.searched) == 1


def test_an_owner_may_ask_for_a_person_at_any_time(customer):
    customer.says("I'm selling my apartment in Dokki")
    customer.says("agent please")
    assert reason(customer) == "owner sells: apartment, Dokki"


@pytest.mark.parametrize("text", ["I want to buy", "apartment from the owner directly"])
def test_whoever_looks_for_a_property_is_asked_nothing_about_one(customer, text):
    assert "square metres" not in customer.hears(text)


def test_members_own_no_property(seeker):
    assert "square metres" not in seeker.hears("I'm selling my apartment in Dokki")


def test_what_an_owner_adds_is_taken_and_the_open_question_comes_again(customer):
    customer.says("I'm selling my apartment in Dokki")
    noted = "All right, I have noted it."
    assert customer.hears("I'm asking 3.5 million") == f"{noted} How large is it, in square metres?"
    customer.says("120")
    assert customer.hears("it has 3 bedrooms").startswith(f"{noted} Shall a colleague call you")
    customer.says("yes")
    assert "3 bedrooms, 3,500,000 EGP" in reason(customer)


def test_another_property_is_one_that_is_looked_for(customer):
    customer.says("I'm selling my apartment in Dokki")
    customer.says("show me villas in Maadi up to 30 million")
    assert len(customer.asked.searched) == 1


@pytest.mark.parametrize("text", ["yes, call me on this number", "ايوه كلموني على الواتس", "tamam, mowafe2"])
def test_whoever_agrees_in_more_words_has_answered(customer, text):
    for said in ("I'm selling my apartment in Dokki", "120"):
        customer.says(said)
    customer.says(text)
    assert reason(customer).startswith("owner sells: apartment, Dokki, 120 m²")


def test_a_size_is_corrected(customer):
    for text in ("I'm selling my apartment in Dokki", "120", "130 not 120", "yes"):
        customer.says(text)
    assert "130 m²" in reason(customer)


@pytest.mark.parametrize(
    ("said", "size"), [("120.5 m", "120.5"), ("150000", "150,000"), ("٣٠٠ م", "300"), ("25 m", "25")]
)
def test_a_figure_that_answers_how_large_it_is_is_no_price(customer, said, size):
    for text in ("I'm selling my land in Dokki", said, "yes"):
        customer.says(text)
    assert reason(customer).startswith(f"owner sells: land, Dokki, {size} m², call ")


@pytest.mark.parametrize("said", ["3,500,000", "3.5 million", "I'm asking 3500000"])
def test_a_price_that_is_told_instead_of_the_size_is_a_price(customer, said):
    customer.says("I'm selling my apartment in Dokki")
    assert customer.hears(said).endswith("How large is it, in square metres?")
    customer.says("120")
    customer.says("yes")
    assert "120 m², 3,500,000 EGP" in reason(customer)


def test_a_number_to_call_is_no_size(customer):
    customer.says("I'm selling my apartment in Dokki")
    assert customer.hears("01001234567").endswith("How large is it, in square metres?")
    customer.says("120")
    assert reason(customer) == "owner sells: apartment, Dokki, 120 m², call 01001234567"


@pytest.mark.parametrize("figures", ["9" * 400, "1 " * 400])
def test_what_is_neither_a_size_nor_a_number_to_call_is_not_taken(customer, figures):
    customer.says("I'm selling my apartment in Dokki")
    customer.says(figures)
    assert customer.asked.escalated is None
    assert "9999" not in customer.asked.text


def test_what_an_owner_says_besides_reaches_the_desk_and_is_acknowledged(customer):
    customer.says("I want to sell my apartment in Dokki, 120 m")
    assert customer.hears("2 melyon w nos").startswith("tamam, saggeltaha. ")
    assert customer.hears("el dor el talet").startswith("tamam, saggeltaha. ")
    assert "2,500,000" in customer.hears("aywa")
    assert reason(customer) == (
        'owner sells: apartment, Dokki, 120 m², 2,500,000 EGP, "el dor el talet", call +201001234567'
    )


def test_the_rent_that_an_owner_asks_is_said_back_by_the_month(customer):
    customer.says("عايز أأجر شقتي في الدقي ١٢٠ متر")
    assert customer.hears("١٥ الف").startswith("تمام، سجّلتها.")
    assert "15,000 جنيه في الشهر" in customer.hears("أيوه")


def test_a_question_of_an_owner_is_no_description(customer):
    customer.says("I want to sell my apartment in Dokki, 120 m")
    customer.says("will that take long?")
    assert "noted" not in customer.asked.replies[0].text


def test_after_another_question_a_number_that_was_refused_is_not_asked_for_again(catalogue):
    customer = Conversation(assistant, catalogue=catalogue, kind="properties", faq=ANSWERS)
    for said in ("I'm selling my apartment in Dokki", "120 m", "no"):
        customer.says(said)
    answer = customer.says("How much is the commission?").text
    assert answer == "Two percent.\n\nOn which number shall a colleague call you?"


def test_a_large_size_is_told_in_figures(customer):
    customer.hears("I'm selling land in Dokki")
    customer.hears("1200000 square metres")
    customer.hears("yes")
    assert reason(customer).startswith("owner sells: land, Dokki, 1,200,000 m²")


def test_a_question_that_an_owner_never_answers_is_left_to_the_person(customer):
    for text in ("I inherited a place and want to sell it", "in Mohandessin", "120 m", "5 million"):
        customer.says(text)
    assert reason(customer) == "owner sells: Mohandessin, 120 m², 5,000,000 EGP"


def test_a_number_to_call_is_one_whatever_was_asked(customer):
    for text in ("I want to sell my property", "my number is 01223344556", "villa", "in Maadi", "300"):
        customer.says(text)
    assert reason(customer).endswith("call 01223344556")
