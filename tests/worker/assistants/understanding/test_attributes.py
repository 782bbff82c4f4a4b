"""Places and times that words state."""

from datetime import UTC, datetime

import pytest

from worker.assistants.understanding.message import understand


def test_all_places_are_mentioned_and_the_city_is_searched():
    understood = understand("villa in mivida new cairo", domain="property")

    assert understood.entities["location"] == "New Cairo"
    assert understood.places == ("New Cairo", "Mivida")


def test_a_month_without_a_year_is_the_next_one():
    assert understand("by March", domain="property").entities == {}
    assert understand("by March", domain="property", now=datetime(2026, 9, 1, tzinfo=UTC)).entities == {
        "urgency": "2027-03"
    }


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("penthouse or duplex", ("penthouse", "duplex")),
        ("studio apartment", ("studio",)),
        ("an apartment, sorry, a villa", ("villa",)),
        ("not an apartment, a duplex", ("duplex",)),
        ("show me the villas", ("villa",)),
        ("is the apartment still there", ()),
        ("الشقة فيها اسانسير", ()),
        ("المكتب بتاعكم فين", ()),
    ],
)
def test_all_wanted_types_are_known_and_the_one_that_was_shown_is_not_sought(text, types):
    assert understand(text, domain="property").types == types


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we sold our villa, now we need a flat", {"propertyType": "apartment"}),
        ("we have a 300m villa in Katameya, want an apartment", {"propertyType": "apartment"}),
        (
            "we have a villa in Katameya, want an apartment in the same area",
            {"propertyType": "apartment", "location": "Katameya"},
        ),
        ("3andy sha2a f faisal w 3ayez villa f zayed", {"propertyType": "villa", "location": "Sheikh Zayed"}),
        ("عندي شقة في الدقي وعايز ابيعها", {"propertyType": "apartment", "location": "Dokki"}),
        ("do you have villas? I want 3 rooms", {"propertyType": "villa", "bedrooms": 3}),
        ("من شقة لفيلا", {"propertyType": "villa"}),
        (
            "currently paying 12k rent in Faisal, want to move to Haram for 9k",
            {"purpose": "rent", "location": "Haram", "budget": 9_000},
        ),
    ],
)
def test_what_was_sold_or_is_left_is_no_wish(text, found):
    assert understand(text, domain="property").entities == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ready to buy", {"purpose": "sale"}),
        ("el felous gahza", {}),
        ("دلوقتي عايز شقة", {"propertyType": "apartment"}),
        ("شقة جاهزة", {"propertyType": "apartment", "urgency": "now"}),
        ("flat asap cash", {"propertyType": "apartment", "urgency": "now", "paymentMethod": "cash"}),
        ("zehe2t mn el egar w 3ayez ashtery", {"purpose": "sale"}),
        ("moving in 1st of March 2027", {"urgency": "2027-03"}),
    ],
)
def test_ready_money_and_a_turn_of_events_are_no_hurry(text, found):
    assert understand(text, domain="property").entities == found


def test_a_month_may_be_a_number():
    assert understand("استلام شهر ٩ ٢٠٢٧", domain="property").entities == {"urgency": "2027-09"}
    assert understand("خلال شهر ٣ غرف", domain="property").entities == {"urgency": "P1M", "bedrooms": 3}


def test_half_in_cash_is_paid_in_instalments():
    for text in ("half cash, half over 3 years", "نص كاش والنص تقسيط"):
        assert understand(text, domain="property").entities == {"paymentMethod": "installments"}


@pytest.mark.parametrize(
    "text",
    [
        "chalet for two weeks",
        "how much is a chalet per night",
        "شاليه لمدة شهر",
        "shaleh fel esbo3",
        "chalet 4 rent",
        "chalet for August",
        "شاليه لشهر ٨",
    ],
)
def test_who_stays_for_some_time_rents(text):
    assert understand(text, domain="property").entities == {"propertyType": "chalet", "purpose": "rent"}


def test_who_refuses_one_of_two_values_wants_the_other():
    assert understand("no installments", domain="property").entities == {"paymentMethod": "cash"}
    assert understand("مش ايجار", domain="property").entities == {"purpose": "sale"}
