"""What a record says about each thing that customers ask, in three languages."""

from dataclasses import replace

import pytest

from worker.assistants.catalogue import MemberRecord, PropertyRecord
from worker.assistants.catalogue.names import names_of
from worker.assistants.wording.phrasebook import LANGUAGES, Speech
from worker.assistants.wording.record_facts import FACTS, listed

HOME = PropertyRecord(
    id="H1",
    title="2-bedroom apartment in Maadi, with parking",
    property_type="apartment",
    location="Maadi",
    city="Cairo",
    price=3_000_000,
    bedrooms=2,
    bathrooms=1,
    area=120.0,
    payment_method="installments",
    finishing="fully finished",
    delivery="2027",
    floor=0,
    view="sea",
    down_payment="10%",
    installment_years=8,
    maintenance=9_000,
)


def told(topic, home=HOME, language="en"):
    kind = "members" if isinstance(home, MemberRecord) else "properties"
    return FACTS[kind][topic](home, Speech(language=language), names_of(None, kind))


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("ask_price", "3,000,000 EGP"),
        ("per_metre", "25,000 EGP"),
        ("ask_floor", "ground floor"),
        ("ask_delivery", "2027"),
        ("ask_payment", "installments, 10% down, over 8 years"),
        ("down", "10%"),
        ("ask_where", "Maadi, Cairo"),
        ("view", "sea"),
        ("maintenance", "9,000 EGP a year"),
    ],
)
def test_a_fact_is_told_in_words(topic, said):
    assert told(topic) == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", FACTS["properties"])
def test_every_fact_is_told_in_every_language_and_none_that_the_record_does_not_say(topic, language):
    assert told(topic, language=language)
    bare = replace(
        HOME, bedrooms=None, bathrooms=None, area=None, payment_method=None, finishing=None, delivery=None, floor=None,
        view=None, down_payment=None, installment_years=None, maintenance=None,
    )  # fmt: skip
    always = {"ask_price", "ask_negotiable", "ask_where"}
    assert bool(told(topic, bare, language)) == (topic in always)


def test_a_rent_is_told_by_the_month_and_a_down_payment_in_pounds():
    assert told("ask_price", replace(HOME, purpose="rent", price=20_000)) == "20,000 EGP a month"
    assert told("down", replace(HOME, down_payment="450000")) == "450,000 EGP"
    assert told("ask_payment", replace(HOME, installment_years=1), "ar").endswith("على سنة")


def test_a_studio_has_no_bedrooms():
    assert told("ask_bedrooms", replace(HOME, bedrooms=0)) == "studio"


def test_a_feature_is_known_from_the_title_and_a_distance_never():
    speech = Speech(language="en")
    assert listed(HOME, "parking", speech)
    assert not listed(HOME, "pool", speech)
    assert not listed(replace(HOME, title="close to the metro"), "distance", speech)


def test_a_member_is_told_by_work_organisation_and_place():
    member = MemberRecord(
        id="M1", name="Asha Rao", profession="doctor", specialty="surgeon", city="Pune", organisation="Clinic"
    )
    assert [told(topic, member) for topic in FACTS["members"]] == ["doctor, surgeon", "Clinic", "Pune"]
