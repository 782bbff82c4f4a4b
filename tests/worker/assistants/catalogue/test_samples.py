"""The sample records are good enough for a demonstration."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import START
from worker.assistants.catalogue import LoadedCatalogue, MemberRecord, PropertyRecord, load_samples
from worker.assistants.understanding.normal import normal


def everything(samples: LoadedCatalogue, kind: str) -> list[Any]:
    total = samples.find(kind).total
    return [
        record for offset in range(0, total, 100) for record in samples.find(kind, offset=offset, limit=100)
    ]


def test_there_are_enough_and_none_is_skipped(tmp_path: Path) -> None:
    for loaded in load_samples(tmp_path, now=START):
        assert loaded.records >= 240
        assert (loaded.left_out, loaded.ignored) == ((), ())
    assert load_samples(tmp_path, now=START, only_missing=True) == []


def test_properties_are_plausible(samples: LoadedCatalogue) -> None:
    for home in everything(samples, "properties"):
        assert isinstance(home, PropertyRecord)
        assert home.title_ar
        assert home.area
        metre = home.price / home.area
        assert (30 < metre < 1_000) if home.purpose == "rent" else (4_000 < metre < 160_000), home
        assert home.bathrooms is None or home.bedrooms is None or home.bathrooms <= max(1, home.bedrooms + 1)
        assert (home.url or "").startswith("https://example.com/")


def test_floors_and_payment_plans_are_those_of_the_kind(samples: LoadedCatalogue) -> None:
    homes = everything(samples, "properties")
    assert sum(home.floor is not None for home in homes) > len(homes) / 2
    assert all(home.floor is None for home in homes if home.property_type in {"villa", "land"})
    planned = [home for home in homes if home.down_payment]
    assert planned
    assert all(home.installment_years and home.payment_method != "cash" for home in planned)


def test_members_are_not_real_people(samples: LoadedCatalogue) -> None:
    members = everything(samples, "members")
    assert all(
        isinstance(member, MemberRecord) and member.email.endswith("@example.com") for member in members
    )
    phones = Counter(member.phone for member in members)
    assert phones.most_common(1)[0][1] == 1
    assert sum(not number.startswith("+9199999") for number in phones) == 3


@pytest.mark.parametrize("number", ["+919840930854", "+919876543210", "+919123456789"])
def test_a_chat_from_a_known_number_is_a_member(samples: LoadedCatalogue, number: str) -> None:
    assert samples.member_by_phone(number) is not None


@pytest.mark.parametrize(
    ("kind", "filters", "least"),
    [
        ("members", {"profession": "doctor", "location": "Bangalore"}, 23),
        ("members", {"profession": "cardiologist", "location": "Bengaluru"}, 3),
        ("members", {"profession": "chartered accountant", "location": "Chennai"}, 10),
        ("members", {"profession": "طبيب قلب"}, 5),
        ("properties", {"propertyType": "apartment", "location": "New Cairo", "purpose": "sale"}, 23),
        (
            "properties",
            {"propertyType": "apartment", "location": "New Cairo", "bedrooms": 3, "budget": 3e6},
            5,
        ),
        ("properties", {"propertyType": "apartment", "location": "Maadi", "bedrooms": 2, "bathrooms": 2}, 2),
        ("properties", {"propertyType": "villa", "location": "٦ أكتوبر", "bedrooms": 4, "budget": 12e6}, 1),
        (
            "properties",
            {"propertyType": "studio", "location": "مدينة نصر", "purpose": "rent", "budget": 15_000},
            1,
        ),
        (
            "properties",
            {"propertyType": "chalet", "location": "Sahel", "budget": 4.5e6, "purpose": "sale"},
            2,
        ),
        ("properties", {"location": "Madinaty", "budget": 1.2e6, "purpose": "sale"}, 1),
        ("properties", {"location": "Zamalek", "purpose": "rent", "budget": 25_000, "bedrooms": 2}, 1),
    ],
)
def test_common_questions_have_answers(
    samples: LoadedCatalogue, kind: str, filters: dict[str, Any], least: int
) -> None:
    found = samples.find(kind, filters=filters)
    assert found.relaxed == ()
    assert found.total >= least


@pytest.mark.parametrize(
    ("kind", "query", "total"),
    [
        ("members", "Find doctors in Bangalore", 23),
        ("members", "any cardiologist in koramangala bengaluru?", 2),
        ("properties", "villa in Maadi", 2),
    ],
)
def test_plain_questions_have_answers_too(
    samples: LoadedCatalogue, kind: str, query: str, total: int
) -> None:
    found = samples.find(kind, query)
    assert (found.total, found.relaxed) == (total, ())


def test_no_name_is_ambiguous(samples: LoadedCatalogue) -> None:
    for kind, column in (("properties", "location"), ("members", "profession"), ("members", "city")):
        meanings = {normal(name): value for name, value in samples.aliases(kind, column).items()}
        for value in samples.names(kind, column):
            assert meanings[normal(value)] == value
