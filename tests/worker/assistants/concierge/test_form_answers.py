"""A completed form says what a customer would write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.contents import Form
from session.testing import form
from worker.assistants.understanding.form_answers import in_words
from worker.assistants.understanding.message import understand


def asked(answers, *, members=False):
    return understand(in_words(answers, members=members), domain="member" if members else "property").entities


@pytest.mark.parametrize(
    ("answers", "entities"),
    [
        (
            {"location": "Maadi", "budget": "3000000", "bedrooms": "2"},
            {"location": "Maadi", "budget": 3_000_000, "bedrooms": 2},
        ),
        (
            {"preferredArea": "Sheikh Zayed", "maxBudget": 5, "numberOfRooms": 3, "propertyType": "villa"},
            {"location": "Sheikh Zayed", "budget": 5_000_000, "bedrooms": 3, "propertyType": "villa"},
        ),
        (
            {"المنطقة": "المعادي", "الميزانية": "٣ مليون", "عدد الغرف": "٢", "نوع العقار": "شقة"},
            {"location": "Maadi", "budget": 3_000_000, "bedrooms": 2, "propertyType": "apartment"},
        ),
        (
            {"makan": "el tagamo3", "mezaneya": "3 melyon", "owad": "3", "no3": "sha2a"},
            {"location": "New Cairo", "budget": 3_000_000, "bedrooms": 3, "propertyType": "apartment"},
        ),
        (
            {
                "screen_0_Location_0": "0_New_Cairo",
                "screen_0_Dropdown_1": "2_Villa",
                "screen_1_TextInput_2": "7",
            },
            {"location": "New Cairo", "propertyType": "villa"},
        ),
        ({"purpose": "rent", "price": "15"}, {"purpose": "rent", "budget": 15_000}),
        ({"budget_min": "2000000", "budget_max": "4,000,000"}, {"budgetMin": 2_000_000, "budget": 4_000_000}),
        (
            {"rooms": "2-3", "budget": "3M - 5M"},
            {"bedrooms": 2, "bedroomsMax": 3, "budgetMin": 3e6, "budget": 5e6},
        ),
        ({"area": "120"}, {"area": 120}),
        ({"interested_in": "Villa", "full_name": "Ali"}, {"propertyType": "villa"}),
        ({"location": ["Maadi", "Zamalek"], "furnished": True}, {"location": "Maadi"}),
        ({"payment": "installments", "down_payment": 500_000}, {"paymentMethod": "installments"}),
    ],
)
def test_fields_have_many_names(answers, entities):
    assert asked(answers) == entities


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"date": "2026-12-01", "time": "10:30", "full_name": "Maadi Hassan", "phone": "+201001234567"},
        {"comment": "a great villa in Maadi", "rating": "5"},
        {"location": None, "budget": {"from": 1}, "bedrooms": False},
    ],
)
def test_what_is_no_criterion_is_left_out(answers):
    assert in_words(answers, members=False) == ""


def test_a_member_is_looked_for_by_profession_city_and_name():
    assert asked({"profession": "Doctor", "city": "Bangalore", "budget": "5"}, members=True) == {
        "profession": "doctor",
        "location": "Bangalore",
    }
    assert asked({"name": "Anita Rao"}, members=True) == {"name": "Anita Rao"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(answers=st.dictionaries(st.text(max_size=30), json_values, max_size=60), members=st.booleans())
def test_any_form_is_read_within_bounds(answers, members):
    assert len(in_words(answers, members=members)) <= 40 * 220


def test_a_form_that_is_nested_without_end_is_read():
    deep = "[" * 900 + "]" * 900
    said = Form(payload=f'{{"location": ["Maadi", {deep}], "budget": {deep}}}')

    assert in_words(said.answers, members=False) in ("Maadi", "")


def test_a_form_is_searched_with(customer):
    said = customer.hears(form(location="Maadi", budget="3000000", bedrooms="2", flow_token="f1"))

    assert said.startswith("2-bedroom home in Maadi up to 3,000,000 EGP")
    assert len(customer.asked.searched) == 1
    assert "Maadi" in customer.asked.searched[0].query


def test_a_form_does_not_change_the_language(customer):
    customer.says("مرحبا")
    assert "المعادي" in customer.hears(form(location="Maadi", bedrooms="2"))


def test_a_form_that_asks_for_nothing_goes_to_a_person(customer):
    assert "answers" in customer.hears(form(visit="2026-12-01", rating=5))
    assert customer.asked.escalated == "sent a form"
