"""An ad, and quotes: what "this" and "this one" mean."""

import pytest

from session.content_parts import Product
from session.contents import Text
from session.testing import Conversation, from_ad, message, photo, quote

AD = "3-bedroom apartment in New Cairo from 4.5M EGP"


def first_row(answer):
    return next(row for reply in answer.replies for row in reply.menu.rows)


@pytest.mark.parametrize(
    "text", ["Hello! Can I get more info on this?", "hi", "interested", "ممكن تفاصيل؟", "more details please"]
)
def test_this_is_what_the_ad_offers(customer, text):
    customer.says(from_ad(AD, text, body="10% down"))

    assert customer.slots == {
        "propertyType": "apartment",
        "location": "New Cairo",
        "bedrooms": 3,
        "budgetMin": 4_500_000,
    }
    assert len(customer.asked.searched) == len(customer.asked.replies) == 1
    assert AD in customer.asked.searched[0].query


def test_the_body_counts_if_the_headline_says_nothing(customer):
    customer.says(from_ad("Your new life begins here", body="Villas in Sheikh Zayed"))
    assert customer.slots == {"propertyType": "villa", "location": "Sheikh Zayed"}


def test_an_ad_that_says_nothing_changes_nothing(customer):
    assert "I find homes" in customer.hears(from_ad("Welcome!", "Hello"))
    assert "Hello" in customer.hears(from_ad("Offer!", "price?"))
    assert customer.slots == {}


def test_what_the_customer_says_wins_and_the_ad_fills_the_gaps(customer):
    customer.says(from_ad(AD, "I want a villa in Maadi"))
    assert customer.slots == {
        "propertyType": "villa",
        "location": "Maadi",
        "bedrooms": 3,
        "budgetMin": 4_500_000,
    }


def test_a_wish_for_a_person_is_no_question_about_the_ad(customer):
    customer.says(from_ad(AD, "can I talk to an agent"))
    assert customer.asked.escalated == "customer asked"


def test_a_picture_from_an_ad_is_about_the_ad(customer):
    customer.says(from_ad(AD, photo()))
    assert customer.slots["location"] == "New Cairo"


def test_the_same_ad_counts_once(customer):
    customer.says(from_ad(AD))
    customer.says("villa in Maadi")
    customer.says(from_ad(AD, "hello"))
    assert customer.slots["location"] == "Maadi"


def test_another_ad_is_another_question(customer):
    customer.says(from_ad(AD))
    second = from_ad("Villas in Sheikh Zayed")
    customer.says(
        second.model_copy(update={"referral": second.referral.model_copy(update={"source_id": "2"})})
    )
    assert (customer.slots["propertyType"], customer.slots["location"]) == ("villa", "Sheikh Zayed")


def test_an_ad_of_the_directory_looks_for_members(seeker):
    seeker.says(from_ad("Find a doctor in Bangalore", "can I get more info on this?"))
    assert seeker.slots == {"profession": "doctor", "location": "Bangalore"}


def test_without_an_ad_this_means_nothing(customer):
    assert "I find homes" in customer.hears("Hello! Can I get more info on this?")


@pytest.fixture
def shown(customer):
    """A list, one of it in detail, and another list after it; returns the id of the record in detail and of its reply."""
    row = first_row(Conversation.says(customer, "apartment in Maadi up to 5 million"))
    customer.says("1")
    (detail,) = customer.asked.ids
    customer.says("villa in Sheikh Zayed")
    return row.id.removeprefix("show:"), detail


@pytest.mark.parametrize(
    "text",
    [
        "how much is it?",
        "this one",
        "is it available?",
        "بكام ده؟",
        "is it furnished?",
        "which floor?",
        "فين ده؟",
    ],
)
def test_a_quoted_record_is_what_is_asked_about(customer, shown, text):
    code, detail = shown
    slots = customer.slots

    said = customer.hears(quote(detail, text))

    assert code in said
    assert (customer.slots, customer.asked.searched) == (slots, ())


def test_a_viewing_of_a_quoted_record_is_one_of_that_record(customer, shown):
    code, detail = shown
    customer.says(quote(detail, "I want to visit it"))
    assert code in customer.asked.text


def test_a_quote_does_not_hide_a_new_search(customer, shown):
    assert customer.hears(quote(shown[1], "penthouse in Zamalek")).lower().count("penthouse")
    assert customer.slots["location"] == "Zamalek"


def test_cheaper_than_a_quoted_record_is_one_like_it(customer, shown):
    customer.says(quote(shown[1], "cheaper"))

    assert (customer.slots["propertyType"], customer.slots["location"]) == ("apartment", "Maadi")
    assert customer.slots["budget"] < 5_000_000


def test_thanks_for_a_record_are_thanks(customer, shown):
    assert shown[0] not in customer.hears(quote(shown[1], "thanks"))


def test_a_number_means_the_quoted_list(customer):
    first = Conversation.says(customer, "apartment in Maadi up to 5 million")
    second_row = first.replies[0].menu.rows[1]
    customer.says("villa in Sheikh Zayed")

    for text in ("2", "the second one"):
        assert second_row.id.removeprefix("show:") in customer.hears(quote(first.ids[0], text))


def test_a_product_question_is_about_the_record_of_that_id(customer):
    code = first_row(Conversation.says(customer, "apartment in Maadi up to 5 million")).id.removeprefix(
        "show:"
    )
    asks = message(content=Text(text="is it still available?", product=Product(id=code)))
    assert code in customer.hears(asks)


def test_a_quote_of_something_else_is_a_text(customer, shown):
    customer.says(quote("nothing", "villa in Maadi"))
    assert customer.slots["location"] == "Maadi"


def test_the_contact_of_a_quoted_member(seeker):
    listed = Conversation.says(seeker, "doctors in Bangalore")
    name = listed.replies[0].menu.rows[1].title
    one = Conversation.says(seeker, "2")
    seeker.says("lawyers in Delhi")

    assert name in seeker.hears(quote(one.ids[0], "what is the phone number?"))
