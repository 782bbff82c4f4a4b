"""Slots that follow from messages."""

import pytest


@pytest.mark.parametrize(("purpose", "budget"), [("to buy", 5_000_000), ("for rent", 5_000)])
def test_a_bare_number_answers_how_much(customer, purpose, budget):
    customer.says("a place in Maadi")
    customer.session = customer.session.change_context(
        extracted_info=customer.session.context.extracted_info.updated(
            {"purpose": "rent" if purpose == "for rent" else "sale"}
        )
    )
    customer.says("5")
    assert customer.slots["budget"] == budget


def test_a_new_value_replaces_the_old_one_and_a_withdrawn_one_goes(customer):
    customer.says("3-bedroom apartment in New Cairo up to 5 million")
    customer.says("in Maadi instead")
    assert customer.slots["location"] == "Maadi"

    customer.says("any budget")
    assert customer.slots == {"propertyType": "apartment", "bedrooms": 3, "location": "Maadi"}

    customer.says("start over")
    assert customer.slots == {}


def test_an_excluded_value_stays_excluded_until_it_is_wanted(customer):
    customer.says("apartment up to 5 million, not in Maadi")
    customer.says("2 bedrooms")
    assert customer.slots["notLocation"] == ["Maadi"]
    (reply,) = customer.says("show me 3 bedrooms")
    assert all("Maadi" not in row.title for row in reply.menu.rows)

    customer.says("ok, Maadi then")
    assert "notLocation" not in customer.slots


def test_a_budget_to_buy_is_not_kept_for_a_rent(customer):
    customer.says("apartment in Maadi up to 3 million")
    customer.says("for rent")
    assert "budget" not in customer.slots


def test_a_budget_tells_whether_it_is_to_buy_or_to_rent(customer):
    (reply,) = customer.says("apartment in New Cairo 20,000")
    assert "for rent" in reply.text
    assert all("a month" in row.description for row in reply.menu.rows if row.id != "more")


def test_a_new_profession_withdraws_the_name(seeker):
    seeker.says("Dr. Deshpande")
    seeker.says("lawyers in Delhi")
    assert seeker.slots == {"profession": "lawyer", "location": "Delhi"}

    seeker.says("Ravi Chowdary")
    assert seeker.slots == {"name": "Ravi Chowdary"}


def test_alternative_places_are_searched_together(customer):
    (reply,) = customer.says("apartment in Maadi or Zamalek up to 6 million")
    assert reply.text.startswith("Apartment in Maadi or Zamalek up to 6,000,000 EGP: 1-5 of ")
    assert {row.title.split(", ")[1] for row in reply.menu.rows if row.id != "more"} == {"Maadi", "Zamalek"}
    assert "in Maadi or Zamalek" in customer.hears("more")

    assert customer.hears("in Heliopolis").startswith("Apartment in Heliopolis")


def test_alternative_types_are_searched_together(customer):
    (reply,) = customer.says("villa or townhouse in Sheikh Zayed or 6th of October")
    assert reply.text.startswith("Villa or townhouse for sale in Sheikh Zayed or 6th of October: 1-5 of ")
    types = {row.title.split(", ")[0] for row in reply.menu.rows if row.id.startswith("show:")}
    assert types <= {"Villa", "Townhouse", "Town h."}

    assert customer.hears("only villas").startswith("Villa for sale in Sheikh Zayed or 6th of October")
    assert "orPropertyType" not in customer.slots


def test_what_comes_besides_is_kept_beside_what_was_asked_for(seeker):
    seeker.says("doctors in Koramangala")
    seeker.says("Indiranagar also")
    assert (seeker.slots["location"], seeker.slots["orLocation"]) == ("Koramangala", ["Indiranagar"])

    seeker.says("in Jayanagar")
    assert seeker.slots == {"profession": "doctor", "location": "Jayanagar"}


def test_several_professions_are_searched_together(seeker):
    reply = seeker.says("an architect and an interior designer in Kochi or Coimbatore")[0]
    assert reply.text.startswith("Architects or interior designers in Kochi or Coimbatore: ")

    seeker.says("only the architects")
    assert "orProfession" not in seeker.slots


def test_excluded_members_stay_excluded(seeker):
    seeker.says("doctors in Bangalore but no dermatologists, and not in Whitefield")
    assert (seeker.slots["notProfession"], seeker.slots["notLocation"]) == (["dermatologist"], ["Whitefield"])
    for said in ("more", "more", "surgeons"):
        shown = [
            seeker.catalogue.get("members", row.id.removeprefix("show:"))
            for reply in seeker.says(said)
            for row in (reply.menu.rows if reply.menu else ())
            if row.id != "more"
        ]
        assert all(
            member.specialty != "dermatologist" and member.locality != "Whitefield" for member in shown
        )


def test_an_office_is_sought_until_another_one_or_a_profession_is(seeker):
    assert "treasurer" in seeker.hears("Who is the treasurer in Mumbai?").lower()
    assert seeker.slots == {"role": "treasurer", "location": "Mumbai"}
    seeker.says("in Bangalore?")
    assert seeker.slots == {"role": "treasurer", "location": "Bangalore"}

    seeker.says("any lawyers there?")
    assert seeker.slots == {"profession": "lawyer", "location": "Bangalore"}


def test_what_was_taken_for_a_name_gives_way_to_a_profession(seeker):
    seeker.says("Xanthippe Blorb said you have a dentist in Bangalore")
    assert seeker.slots == {"profession": "dentist", "location": "Bangalore"}


def test_of_those_who_were_found_some_are_chosen(seeker):
    seeker.says("the committee members in Chennai")
    seeker.says("any lawyers among them?")
    assert seeker.slots == {"role": "committee", "profession": "lawyer", "location": "Chennai"}


def test_a_bedroom_takes_the_place_of_a_studio(customer):
    customer.says("studio in Nasr City to buy")
    customer.says("one bedroom then")
    assert customer.slots == {"location": "Nasr City", "bedrooms": 1, "purpose": "sale"}


def test_a_question_is_no_answer_to_a_question(customer):
    assert "budget" in customer.hears("a villa in Maadi, $900 a month").lower()
    customer.says("Is the dog a problem?")
    assert customer.asked.searched == ()
