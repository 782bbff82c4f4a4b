"""Where nothing meets everything, one filter is loosened, and it is said which."""

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
        # The words go first.
        ("helicopter", {"location": "Maadi"}, ("query",), "CD"),
        ("garden helicopter", {"location": "New Cairo"}, ("query",), "B"),
        # A little looser, before anything is given up.
        ("", {"location": "Rehab", "budget": 2.6e6}, ("budget",), "B"),
        ("", {"location": "Rehab", "bedrooms": 4}, ("bedrooms",), "B"),
        ("", {"location": "Rehab", "area": 150}, ("area",), "B"),
        ("", {"location": "Maadi", "type": "villa", "bathrooms": 6}, ("bathrooms",), "C"),
        # From the district to its city, from the compound to its district.
        ("", {"location": "Rehab", "budgetMin": 3.9e6}, ("location",), "A"),
        ("", {"location": "Eastown", "budget": 3e6}, ("location",), "B"),
        # One is given up, the least important first.
        ("", {"location": "Maadi", "type": "villa", "paymentMethod": "cash"}, ("paymentMethod",), "C"),
        ("", {"location": "Maadi", "type": "villa", "budget": 5e6}, ("budget",), "C"),
        ("", {"location": "Maadi", "type": "villa", "bedrooms": 1}, ("bedrooms",), "C"),
        ("", {"location": "Atlantis", "type": "villa"}, ("location",), "C"),
        # Then several.
        ("helicopter", {"location": "Maadi", "type": "villa", "budget": 1e6}, ("query", "budget"), "C"),
    ],
)
def test_what_is_loosened_is_said(  # noqa: PLR0917
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
def test_without_its_only_filter_it_would_be_another_question(
    put: Load, catalogue: LoadedCatalogue, query: str, filters: dict[str, Any]
) -> None:
    put(TABLE)
    found = catalogue.find("properties", query, filters)
    assert (list(found), found.total, found.relaxed) == ([], 0, ())


def test_nobody_who_wants_to_rent_is_shown_what_is_sold(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE)
    found = catalogue.find("properties", filters={"purpose": "rent", "type": "villa", "location": "Maadi"})
    assert [record.id for record in found] == ["D"]


def test_what_was_refused_stays_away(put: Load, catalogue: LoadedCatalogue) -> None:
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
def test_a_profession_and_a_name_are_never_given_up(
    put: Load,
    catalogue: LoadedCatalogue,
    filters: dict[str, Any],
    relaxed: tuple[str, ...],
    wanted: list[str],
) -> None:
    put(MEMBERS, kind="members")
    found = catalogue.find("members", filters=filters)
    assert (found.relaxed, [record.name for record in found]) == (relaxed, wanted)  # type: ignore[union-attr]
