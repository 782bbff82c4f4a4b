"""What the numbers of a message count, where the words around them decide."""

import pytest

from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Foreign


def entities(text):
    """Return the slots of a message about a property."""
    return understand(text, domain="property").entities


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("budget 3.5", {"budget": 3_500_000}),
        ("budget 750", {"budget": 750_000}),
        ("rent, budget 25", {"purpose": "rent", "budget": 25_000}),
        ("villa in zayed 8.5", {"propertyType": "villa", "location": "Sheikh Zayed", "budget": 8_500_000}),
        ("budget 8.2 million", {"budget": 8_200_000}),
        ("minimum 2 maximum 3 rooms", {"bedrooms": 2, "bedroomsMax": 3}),
        ("less than 120 sqm, more than 90", {"area": 90, "areaMax": 120}),
        ("mn 2 le 2.5 melyon", {"budgetMin": 2_000_000, "budget": 2_500_000}),
        ("something bigger, like 180", {"area": 180}),
        ("I can't pay more than 3 million", {"budget": 3_000_000}),
        ("مقدرش ادفع اكتر من ٣ مليون", {"budget": 3_000_000}),
        ("ma2darsh adfa3 aktar mn 3 melyon", {"budget": 3_000_000}),
        ("شقة ايجار ٥", {"propertyType": "apartment", "purpose": "rent", "budget": 5_000}),
        ("فيلا ب3,200,000", {"propertyType": "villa", "budget": 3_200_000}),
        ("a third or fifth floor, flat", {"propertyType": "apartment"}),
        ("dor rabe3 aw khames, sha2a", {"propertyType": "apartment"}),
        ("10% down and 40,000 quarterly", {"paymentMethod": "installments"}),
        ("two point five million", {"budget": 2_500_000}),
        ("egar men 8 le 10", {"purpose": "rent", "budgetMin": 8_000, "budget": 10_000}),
        ("no less than 5 million no more than 7", {"budgetMin": 5_000_000, "budget": 7_000_000}),
        ("I can pay up to 4", {"budget": 4_000_000}),
        ("until 2028", {}),
        ("a shop of 30m", {"propertyType": "shop", "area": 30}),
        ("egar 7aga b 7", {"purpose": "rent", "budget": 7_000}),
        ("18k/m", {"purpose": "rent", "budget": 18_000}),
        ("60 or 70 metres", {"area": 60, "areaMax": 70}),
        ("3 rooms and a home office", {"bedrooms": 3}),
        ("20~25k", {"budgetMin": 20_000, "budget": 25_000}),
        ("طب زودها ل ٥", {"budget": 5_000_000}),
        ("zawedha le 6 melyon", {"budget": 6_000_000}),
        ("raise it to 7", {"budget": 7_000_000}),
        ("120 : 140 متر", {"area": 120, "areaMax": 140}),
        ("٣٠٠:٣٥٠ متر", {"area": 300, "areaMax": 350}),
        ("budget 3 : 4 million", {"budgetMin": 3_000_000, "budget": 4_000_000}),
        ("90 l7d 110 metr", {"area": 90, "areaMax": 110}),
        ("me3aya 2 le7d 3 melyon", {"budgetMin": 2_000_000, "budget": 3_000_000}),
        ("my budget : 5 million", {"budget": 5_000_000}),
    ],
)
def test_what_is_left_out_is_filled_in(text, found):
    assert entities(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "how many bathrooms are there",
        "فيه كام حمام",
        "السعر ٤ مليون ولا ٤ ونص؟",
        "2 million down payment",
        "till 15 march",
        "bedrooms",
        "250 thousand dollars",
    ],
)
def test_questions_dates_and_other_money_fill_no_slot(text):
    assert entities(text) in ({}, {"paymentMethod": "installments"})


@pytest.mark.parametrize(
    "text",
    [
        "I work at 57357 hospital",
        "near hospital 57357",
        "جنب مستشفى 57357",
        "gamb mostashfa 57357",
        "on bus line 1050",
    ],
)
def test_a_number_that_is_part_of_a_name_counts_nothing(text):
    assert entities(text) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1500 usd monthly 2br", {"bedrooms": 2}),
        ("$700 monthly 1 bath", {"bathrooms": 1}),
        ("3000 euros a month 4 bedrooms", {"bedrooms": 4}),
        ("١٠٠٠ دولار ٣ غرف", {"bedrooms": 3}),
        ("200k dolar 120 metr", {"area": 120}),
    ],
)
def test_rooms_and_metres_after_another_currency_are_no_money(text, found):
    assert {**entities(text), "purpose": "rent"} == {**found, "purpose": "rent"}


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("200k usd", Foreign(low=None, high=200_000, currency="USD")),
        ("$1500 a month", Foreign(low=None, high=1500, currency="USD")),
        ("ب ٢٠٠ الف دولار", Foreign(low=None, high=200_000, currency="USD")),
        ("100 to 150 thousand euros", Foreign(low=100_000, high=150_000, currency="EUR")),
        ("at least 5000 dirhams", Foreign(low=5000, high=None, currency="AED")),
    ],
)
def test_money_in_another_currency_is_no_budget(text, foreign):
    understood = understand(text, domain="property")

    assert understood.foreign == foreign
    assert "budget" not in understood.entities
    assert understood.intent == "find_property"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we dont want anything above 8 million", {"budget": 8_000_000}),
        ("مينفعش اقل من ٣ حمامات", {"bathrooms": 3}),
        ("17 alf kteer, 7aga b 10", {"budget": 10_000}),
        ("it was 4 million, now 5", {"budget": 5_000_000}),
        ("200 metr kteer", {"area": 200}),
    ],
)
def test_what_is_refused_or_too_much_is_no_wish(text, found):
    assert entities(text) == found


def test_money_that_somebody_has_is_a_first_payment_if_the_rest_is_paid_later():
    assert entities("i have 2 million and the rest in installments") == {"paymentMethod": "installments"}
    assert entities("i have 2 million") == {"budget": 2_000_000}
