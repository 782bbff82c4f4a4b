"""If no record matches everything, filters are relaxed and named; a result has pages."""

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
        # A looser condition, before anything is dropped.
        ("", {"location": "Rehab", "budget": 2.6e6}, ("budget",), "B"),
        ("", {"location": "Rehab", "bedrooms": 4}, ("bedrooms",), "B"),
        ("", {"location": "Rehab", "area": 150}, ("area",), "B"),
        ("", {"location": "Maadi", "type": "villa", "bathrooms": 6}, ("bathrooms",), "C"),
        # From the district to its city, from the compound to its district.
        ("", {"location": "Rehab", "budgetMin": 3.9e6}, ("location",), "A"),
        ("", {"location": "Eastown", "budget": 3e6}, ("location",), "B"),
        # One is dropped, the least important first.
        ("", {"location": "Maadi", "type": "villa", "paymentMethod": "cash"}, ("paymentMethod",), "C"),
        ("", {"location": "Maadi", "type": "villa", "budget": 5e6}, ("budget",), "C"),
        ("", {"location": "Maadi", "type": "villa", "bedrooms": 1}, ("bedrooms",), "C"),
        ("", {"location": "Atlantis", "type": "villa"}, ("location",), "C"),
        # Then several.
        ("helicopter", {"location": "Maadi", "type": "villa", "budget": 1e6}, ("query", "budget"), "C"),
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
        ("helicopter", {}),
        ("", {"location": "Atlantis"}),
        ("", {"purpose": "rent", "location": "Atlantis"}),
        ("", {"location": "Atlantis", "notLocation": "Maadi"}),
        ("", {"budget": 1000}),
    ],
)
def test_the_only_filter_is_never_dropped(
    put: Load, catalogue: LoadedCatalogue, query: str, filters: dict[str, Any]
) -> None:
    put(TABLE)
    found = catalogue.find("properties", query, filters)
    assert (list(found), found.total, found.relaxed) == ([], 0, ())


def test_a_search_for_rents_never_returns_sales(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE)
    found = catalogue.find("properties", filters={"purpose": "rent", "type": "villa", "location": "Maadi"})
    assert [record.id for record in found] == ["D"]


def test_excluded_records_stay_excluded(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE)
    found = catalogue.find("properties", filters={"type": "villa", "notLocation": "Maadi", "bedrooms": 3})
    assert "C" not in {record.id for record in found}


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
