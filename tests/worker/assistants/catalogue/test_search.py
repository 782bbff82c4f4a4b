"""If no record matches everything, what comes closest is found, and what it misses is named; a result has pages."""

from typing import Any

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import LoadedCatalogue

TABLE = """\
id,type,title,location,city,compound,price,purpose,beds,baths,area,payment
A,apartment,flat with sea view,Fifth Settlement,New Cairo,Eastown,4m,sale,3,2,150,cash
B,apartment,flat with garden,Rehab,New Cairo,,3m,sale,3,2,120,cash
C,villa,villa with pool,Maadi,Cairo,,20m,sale,5,4,400,installments
D,apartment,corner flat,Maadi,Cairo,,25k,rent,2,1,110,cash
"""


@pytest.mark.parametrize(
    ("query", "filters", "relaxed", "wanted"),
    [
        # The words are dropped first.
        ("helicopter", {"location": "Maadi"}, ("query",), "CD"),
        ("garden helicopter", {"location": "New Cairo"}, ("query",), "B"),
        # A bound that is a little looser.
        ("", {"location": "Rehab", "budget": 2.6e6}, ("budget",), "B"),
        ("", {"location": "Rehab", "bedrooms": 4}, ("bedrooms",), "B"),
        ("", {"location": "Rehab", "area": 150}, ("area",), "B"),
        ("", {"location": "Maadi", "type": "villa", "bathrooms": 6}, ("bathrooms",), "C"),
        # From the district to its city, from the compound to its district.
        (
            "",
            {"location": "Rehab", "area": 190},
            ("location", "area"),
            "A",
        ),
        ("", {"location": "Eastown", "budget": 3e6}, ("location",), "B"),
        # What matters less is dropped.
        ("", {"location": "Maadi", "type": "villa", "paymentMethod": "cash"}, ("paymentMethod",), "C"),
        # One type for another that is much like it.
        ("", {"location": "Maadi", "type": "townhouse"}, ("propertyType",), "C"),
        # The lowest sum of deviations counts, and what costs most is named first.
        (
            "",
            {"location": "Eastown", "budget": 3.9e6, "finishing": "furnished"},
            ("budget", "finishing"),
            "A",
        ),
        ("helicopter", {"location": "Maadi", "type": "villa", "budget": 18e6}, ("budget", "query"), "C"),
    ],
)
def test_relaxed_filters_are_named(  # noqa: PLR0917
    put: Load,
    catalogue: LoadedCatalogue,
    query: str,
    filters: dict[str, Any],
    relaxed: tuple[str, ...],
    wanted: str,
) -> None:
    put(TABLE)
    found = catalogue.find("properties", query, filters)
    assert (found.relaxed, "".join(record.id for record in found)) == (relaxed, wanted)


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        # The only thing that was asked for.
        ("helicopter", {}),
        ("", {"finishing": "golden"}),
        ("helicopter", {"purpose": "sale", "notLocation": "Maadi"}),
        # Another place, or another price by far.
        ("", {"location": "Atlantis"}),
        ("", {"location": "Atlantis", "type": "villa"}),
        ("", {"location": "Maadi", "type": "villa", "budget": 5e6}),
        ("", {"budget": 1000}),
        # Something quite different.
        ("", {"location": "Maadi", "type": "villa", "bedrooms": 1}),
        ("", {"location": "Maadi", "type": "office"}),
        # A sale for a rent, and what is excluded.
        ("", {"purpose": "rent", "type": "villa", "location": "Maadi"}),
        ("", {"type": "villa", "notLocation": "Maadi", "bedrooms": 5}),
    ],
)
def test_nothing_is_found_rather_than_something_else(
    put: Load, catalogue: LoadedCatalogue, query: str, filters: dict[str, Any]
) -> None:
    put(TABLE)
    found = catalogue.find("properties", query, filters)
    assert (list(found), found.total, found.relaxed) == ([], 0, ())


def test_the_price_closest_to_the_budget_comes_first(put: Load, catalogue: LoadedCatalogue) -> None:
    prices = [2_550, 2_150, 54_000, 1_500, 2_250, 2_350]
    rows = "".join(f"R{price},apartment,Zamalek,Cairo,{price},rent,2\n" for price in prices)
    put(f"id,type,location,city,price,purpose,beds\n{rows}R9,apartment,Dokki,Giza,1900,rent,3\n")
    asked = {"location": "Zamalek", "purpose": "rent", "bedrooms": 2}

    above = catalogue.find("properties", filters=asked | {"budget": 2_100, "budgetMin": 2_000})
    assert [record.id for record in above] == ["R2150", "R2250"]
    assert above.relaxed == ("budget",)
    other_rooms = catalogue.find("properties", filters=asked | {"budget": 2_300, "bedrooms": 3})
    assert [record.id for record in other_rooms] == ["R2250", "R2150", "R1500"]


MEMBERS = """\
name,profession,specialty,city,locality,phone
Dr Asha Rao,doctor,cardiologist,Bangalore,Koramangala,+919999900901
Dr Ravi Iyer,doctor,dermatologist,Bangalore,Jayanagar,+919999900902
Meena Das,lawyer,,Chennai,Adyar,+919999900903
"""


@pytest.mark.parametrize(
    ("filters", "relaxed", "wanted"),
    [
        ({"profession": "doctor", "city": "Koramangala"}, (), ["Dr Asha Rao"]),
        ({"profession": "dermatologist", "city": "Koramangala"}, ("city",), ["Dr Ravi Iyer"]),
        ({"profession": "cardiologist", "location": "Chennai"}, ("city",), ["Dr Asha Rao"]),
        ({"name": "dr. meena", "city": "Bangalore"}, ("city",), ["Meena Das"]),
        ({"name": "Meena", "profession": "doctor"}, (), []),
        ({"profession": "astronaut", "city": "Bangalore"}, (), []),
        ({"profession": "doctor", "notCity": "Bangalore"}, (), []),
    ],
)
def test_a_profession_and_a_name_are_never_dropped(
    put: Load,
    catalogue: LoadedCatalogue,
    filters: dict[str, Any],
    relaxed: tuple[str, ...],
    wanted: list[str],
) -> None:
    put(MEMBERS, kind="members")
    found = catalogue.find("members", filters=filters)
    assert (found.relaxed, [record.name for record in found]) == (relaxed, wanted)  # type: ignore[union-attr]


@pytest.fixture
def villas(put: Load, catalogue: LoadedCatalogue) -> LoadedCatalogue:
    """Twenty-three villas and a flat."""
    put(
        "id,title,type,location,price\n"
        + "".join(f"P{n:02},villa number {n},villa,Maadi,{n}000000\n" for n in range(1, 24))
        + "Q,flat,apartment,Dokki,1m\n"
    )
    return catalogue


@pytest.mark.parametrize(
    ("query", "filters"), [("", {"type": "villa"}), ("villa", {}), ("villa jacuzzi", {})]
)
def test_a_result_has_pages_with_one_total(
    villas: LoadedCatalogue, query: str, filters: dict[str, Any]
) -> None:
    pages = [villas.find("properties", query, filters, offset=offset, limit=5) for offset in range(0, 25, 5)]
    assert [(len(page), page.total, page.more) for page in pages] == [(5, 23, True)] * 4 + [(3, 23, False)]
    assert len({page.relaxed for page in pages}) == 1
    assert sorted(record.id for page in pages for record in page) == [f"P{n:02}" for n in range(1, 24)]


def test_nothing_is_relaxed_beyond_the_last_page(villas: LoadedCatalogue) -> None:
    found = villas.find("properties", filters={"type": "villa"}, offset=25, limit=5)
    assert (list(found), found.total, found.relaxed, found.more) == ([], 23, (), False)


def test_the_size_of_a_page_is_limited(villas: LoadedCatalogue) -> None:
    assert len(villas.find("properties", limit=0)) == 1
    assert len(villas.find("properties", limit=10**9, offset=-3)) == 24


def test_an_office_is_found_in_any_case_and_never_loosened(put: Load, catalogue: LoadedCatalogue) -> None:
    put("name,role,city\nAsha Rao,Treasurer,Pune\nRavi Iyer,member,Goa\n", kind="members")
    found = catalogue.find("members", filters={"role": "treasurer"})
    assert [record.name for record in found] == ["Asha Rao"]  # type: ignore[union-attr]
    assert not catalogue.find("members", filters={"role": "president", "city": "Goa"})


def test_what_is_excluded_is_not_what_is_only_called_so_too(put: Load, catalogue: LoadedCatalogue) -> None:
    put(
        "name,profession,profession aliases,specialty\n"
        "Asha,accountant,auditor,\nRavi,accountant,auditor,auditor\nMeena,lawyer,,\n",
        kind="members",
    )
    found = catalogue.find("members", filters={"profession": "accountant", "notProfession": "auditor"})
    assert [record.name for record in found] == ["Asha"]  # type: ignore[union-attr]
