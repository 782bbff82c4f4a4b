"""Whatever is asked for, only what was named as loosened is missed, and nothing is loosened while something fits."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.catalogue import LoadedCatalogue, PropertyRecord

#: What each filter promises of a record, written without the code of the search.
PROMISES: dict[str, Callable[[PropertyRecord, Any], bool]] = {
    "purpose": lambda record, wanted: record.purpose == wanted,
    "propertyType": lambda record, wanted: record.property_type in wanted,
    "location": lambda record, wanted: bool(
        {record.compound, record.location, record.city, record.governorate} & set(wanted)
    ),
    "bedrooms": lambda record, wanted: record.bedrooms == wanted,
    "bathrooms": lambda record, wanted: (record.bathrooms or 0) >= wanted,
    "budget": lambda record, wanted: record.price <= wanted,
    "budgetMin": lambda record, wanted: record.price >= wanted,
    "areaMin": lambda record, wanted: (record.area or 0) >= wanted,
    "paymentMethod": lambda record, wanted: record.payment_method in {wanted, "both"},
    "delivery": lambda record, wanted: record.delivery == wanted,
    "notLocation": lambda record, refused: (
        not ({record.compound, record.location, record.city, record.governorate} & set(refused))
    ),
    "notPropertyType": lambda record, refused: record.property_type not in refused,
}
ALWAYS = ("purpose", "notLocation", "notPropertyType")
#: How far each bound may be loosened.
FARTHEST: dict[str, Callable[[PropertyRecord, Any], bool]] = {
    "budget": lambda record, wanted: record.price <= wanted * 1.3,
    "bedrooms": lambda record, wanted: abs((record.bedrooms or 0) - wanted) <= 2,
    "areaMin": lambda record, wanted: (record.area or 0) >= wanted * 0.75,
}

TYPES = "apartment studio duplex penthouse villa townhouse twinhouse chalet office land".split()
PLACES = ["New Cairo", "Fifth Settlement", "Maadi", "Zamalek", "Cairo", "Giza", "Sheikh Zayed", "North Coast", "Marassi"]  # fmt: skip
ASKED = st.fixed_dictionaries(
    {"purpose": st.sampled_from(["sale", "rent"])},
    optional={
        "propertyType": st.lists(st.sampled_from(TYPES), min_size=1, max_size=2),
        "location": st.lists(st.sampled_from(PLACES), min_size=1, max_size=2),
        "bedrooms": st.integers(0, 6),
        "bathrooms": st.integers(1, 5),
        "budget": st.sampled_from([6_000, 20_000, 40_000, 1_000_000, 3_000_000, 7_000_000, 20_000_000]),
        "budgetMin": st.sampled_from([5_000, 1_000_000, 5_000_000]),
        "areaMin": st.sampled_from([60, 120, 200, 400]),
        "paymentMethod": st.sampled_from(["cash", "installments"]),
        "delivery": st.sampled_from(["ready", "2027"]),
        "notLocation": st.lists(st.sampled_from(PLACES), min_size=1, max_size=2),
        "notPropertyType": st.lists(st.sampled_from(TYPES), min_size=1, max_size=2),
    },
)


@pytest.fixture(scope="module")
def everything(samples: LoadedCatalogue) -> list[PropertyRecord]:
    found = [samples.find("properties", offset=offset, limit=100) for offset in range(0, 1_000, 100)]
    return [record for page in found for record in page if isinstance(record, PropertyRecord)]


@given(filters=ASKED)
def test_every_record_keeps_what_was_not_named_as_loosened(
    samples: LoadedCatalogue, filters: dict[str, Any]
) -> None:
    found = samples.find("properties", filters=filters, limit=100)
    for record in found:
        assert isinstance(record, PropertyRecord)
        missed = {name for name, wanted in filters.items() if not PROMISES[name](record, wanted)}
        assert missed <= set(found.relaxed) - set(ALWAYS)
        assert all(FARTHEST[name](record, filters[name]) for name in FARTHEST if name in filters)


@given(filters=ASKED)
def test_if_something_fits_only_that_is_found(
    samples: LoadedCatalogue, everything: list[PropertyRecord], filters: dict[str, Any]
) -> None:
    fitting = {
        record.id
        for record in everything
        if all(PROMISES[name](record, wanted) for name, wanted in filters.items())
    }
    found = samples.find("properties", filters=filters, limit=100)
    if fitting:
        assert found.relaxed == ()
        assert {record.id for record in found} <= fitting
        assert found.total == len(fitting)
    else:
        assert found.relaxed or not found.total


@given(filters=ASKED)
def test_all_named_places_stay(samples: LoadedCatalogue, filters: dict[str, Any]) -> None:
    found = samples.find("properties", filters=filters, limit=100)
    cities = {
        city
        for place in filters.get("location", ())
        for record in samples.find("properties", filters={"location": place}, limit=100)
        if isinstance(record, PropertyRecord)
        for city in (record.city, record.governorate)
    }
    assert all(
        isinstance(record, PropertyRecord) and ("location" not in filters or record.city in cities)
        for record in found
    )


def test_a_further_page_has_the_same_deviation(samples: LoadedCatalogue) -> None:
    asked = {"location": ["Zamalek"], "propertyType": ["apartment"], "budget": 3_000_000, "purpose": "sale"}
    pages = [samples.find("properties", filters=asked, offset=offset, limit=2) for offset in (0, 2, 4)]
    assert pages[0].relaxed
    assert len({page.relaxed for page in pages}) == 1
    ids = [record.id for page in pages for record in page]
    assert len(ids) == len(set(ids))
