"""Searches and their pages."""

import pytest

from session.testing import tap

from .conftest import Customer


def test_cheaper_is_below_the_cheapest_record_shown(customer):
    (page,) = customer.says("apartment in New Cairo up to 5 million")
    (cheaper,) = customer.says("cheaper")

    shown = [customer.catalogue.get("properties", row.id.removeprefix("show:")) for row in page.menu.rows[:5]]
    new = [
        customer.catalogue.get("properties", row.id.removeprefix("show:")) for row in cheaper.menu.rows[:5]
    ]
    assert max(record.price for record in new) < min(record.price for record in shown)


def test_if_nothing_is_cheaper_the_criteria_stay(customer):
    customer.says("office in Rehab")
    before = customer.slots

    assert "Nothing cheaper" in customer.hears("cheaper")
    assert customer.slots == before


def test_at_the_limit_the_last_page_can_still_be_continued(seeker):
    seeker.searches_left = 1
    seeker.says("doctors in Bangalore")
    assert seeker.hears("dentists in Bangalore").startswith("You have used all your searches for now.")
    assert "Doctors in Bangalore: 6-10 of 23" in seeker.hears("more")


def test_the_same_page_is_shown_in_another_language(customer):
    customer.says("apartment in Maadi up to 3 million")

    assert customer.hears("reply in Arabic please").startswith("شقة في المعادي لحد 3,000,000 جنيه: ")
    assert customer.asked.searched == ()
    assert customer.hears("in English please").startswith("Apartment in Maadi up to 3,000,000 EGP: ")


def test_it_is_said_what_was_loosened_and_how_far(customer):
    said = customer.says("penthouse in Sheikh Zayed up to 4 million")[0].text
    assert "the type (duplex instead of penthouse)" in said or "the budget (up to " in said

    (page,) = customer.says(
        "3-bedroom apartment in Zamalek for rent, furnished, 2 bathrooms, at most 50,000 EGP"
    )
    assert (
        "the budget (up to 54,000 instead of 50,000)" in page.text
        or "the bedrooms (2 instead of 3)" in page.text
    )


def test_what_is_far_from_the_budget_is_not_shown_but_its_price_is_told(customer):
    (reply,) = customer.says("villa in El Gouna up to 1 million")
    assert reply.menu is None
    assert "The cheapest one like that costs " in reply.text
    assert [button.title for button in reply.buttons] == ["Tell me of new ones", "Talk to a person"]
    assert customer.session.context.extracted_info.model_dump(by_alias=True)["dialogue"].get("ids", ()) == ()

    customer.says("2")
    assert customer.asked.escalated


def test_if_nothing_fits_the_search_can_be_saved(customer):
    customer.says("villa in El Gouna up to 1 million")
    customer.says("1")
    assert customer.timers
    assert customer.asked.escalated is None


def test_if_a_place_has_nothing_it_is_told_where_there_is_something(customer):
    (reply,) = customer.says("villa in Alexandria up to 8 million")
    assert reply.menu is None
    assert "There would be some in " in reply.text


def test_a_place_without_records_gives_way_to_the_one_around_it(customer):
    (reply,) = customer.says("3-bedroom apartment in First Settlement up to 4 million")
    assert "the area (" in reply.text
    assert "instead of First Settlement)" in reply.text


def test_members_of_the_same_city_stand_in_for_those_of_a_neighbourhood(seeker):
    assert "flexible on the place (Bangalore instead of Domlur)" in seeker.hears("doctors in Domlur")


def test_what_was_looked_for_in_properties_is_no_condition_for_members(catalogue):
    # Both are lines of one business, which share what is known of a customer.
    seeker = Customer(
        catalogue, kind="members", known={"purpose": "sale", "budget": 5_000_000, "bedrooms": 3}
    )
    assert "Dentists in Chennai" in seeker.hears("dentists in Chennai")
    assert seeker.asked.escalated is None


def shown(customer):
    """The records that were found last."""
    known = customer.session.context.extracted_info.model_dump(by_alias=True)["dialogue"]
    return [customer.catalogue.get("properties", code) for code in known["ids"]]


def test_a_place_that_no_record_has_takes_nothing_from_another_that_was_named(customer):
    said = customer.hears("furnished apartment to rent, 2 or 3 bedrooms, Zamalek or Garden City, up to 80k")
    assert "Nothing fits exactly" not in said
    assert {record.location for record in shown(customer)} == {"Zamalek"}


@pytest.mark.parametrize(
    "text", ["whatever, something near", "any alternatives", "أي حاجة قريبة", "ay 7aga 2orayeba"]
)
def test_after_nothing_was_found_what_comes_nearest_is_shown(customer, text):
    customer.says("villa in North Coast up to 1 million")
    customer.says(text)
    assert {record.location for record in shown(customer)} <= {
        "North Coast",
        "New Alamein",
        "Sidi Abdel Rahman",
    }
    assert {record.purpose for record in shown(customer)} == {"sale"}


@pytest.mark.parametrize(
    ("text", "slot", "value"), [("mesh 4, 3 bas", "budget", 3_000_000), ("no wait, 3", "bedrooms", 3)]
)
def test_a_bare_number_corrects_what_had_the_other_one(customer, text, slot, value):
    customer.says("duplex in Rehab, 2 bedrooms, up to 4 million")
    customer.says(text)
    assert customer.slots[slot] == value


def test_a_number_of_the_list_is_chosen_and_corrects_nothing(customer):
    customer.says("apartment in Madinaty, 3 bedrooms, up to 4 million")
    customer.says("no, 2")
    assert customer.slots["bedrooms"] == 3
    assert customer.asked.searched == ()


def test_the_members_of_one_role_are_asked_for_in_all_places_unless_one_is_named(seeker):
    seeker.says("doctors in Koramangala")
    seeker.says("who is the secretary")
    assert seeker.slots == {"role": "secretary"}
    seeker.says("who is the secretary in Chennai")
    assert seeker.slots == {"role": "secretary", "location": "Chennai"}


@pytest.mark.parametrize(
    "text", ["do you have someone from Infosys", "فيه حد من مايكروسوفت؟", "fe 7ad men google?"]
)
def test_it_is_said_that_nobody_is_listed_from_there(seeker, text):
    seeker.says(text)
    assert any(
        words in seeker.asked.replies[0].text
        for words in ("Nobody like that", "مفيش حد كده", "mafeesh 7ad keda")
    )
    assert seeker.asked.searched == ()


def test_a_doctor_of_a_specialty_is_no_other_doctor(seeker):
    seeker.says("any orthopaedic doctor in Delhi?")
    assert seeker.slots == {"profession": "orthopedic surgeon", "location": "Delhi"}


def test_a_word_that_begins_with_and_is_searched_no_second_time(seeker):
    seeker.says("مين عندكم مصور في بنغالور")
    seeker.says("ومهندس ديكور في مومباي")
    assert "مهندس" not in seeker.asked.replies[0].text.split(":")[0]


def test_what_was_shown_without_a_search_is_shown_again_and_nothing_else(customer):
    customer.says("how much is EG0012")
    (again,) = customer.says("show me the list again")
    assert "Code: EG0012" in again.text
    assert again.menu is None


@pytest.mark.parametrize(
    ("other", "purpose"), [("rent", "rent"), (tap("rent", "Rent"), "rent"), ("up to 150 thousand", "rent")]
)
def test_homes_to_buy_and_to_rent_are_never_in_one_list(customer, other, purpose):
    (page,) = customer.says("villa in Zayed")
    assert page.text.startswith("Villa for sale in Sheikh Zayed: ")
    assert 'For rent instead (2): write "rent".' in page.text
    assert {record.purpose for record in shown(customer)} == {"sale"}
    assert customer.slots.get("purpose") is None

    (page,) = customer.says(other)
    assert {record.purpose for record in shown(customer)} == {purpose}
    assert "instead" not in page.text.partition("Nothing fits")[0]


def test_where_only_homes_to_rent_fit_they_are_shown(customer):
    assert customer.hears("studio in Nasr City under 40 m").startswith("Studio for rent in Nasr City")


def test_who_has_seen_homes_to_rent_sees_those_until_something_else_is_said(customer):
    customer.says("villa in Zayed to rent")
    customer.says("any purpose")
    customer.says("apartments in Maadi")
    assert len({record.purpose for record in shown(customer)}) == 1


def test_what_tells_something_else_is_no_answer_to_the_question_for_a_budget(customer):
    customer.says("apartment in Maadi")
    customer.says("tell me something funny while i think")
    assert customer.asked.searched == ()


def test_a_question_about_years_to_come_is_no_search(customer):
    customer.says("chalet in Sahel to buy")
    customer.says("what will it be worth in two years?")
    assert customer.asked.searched == ()
