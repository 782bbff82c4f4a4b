"""A search returns the records that match all filters."""

from typing import Any

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import BadFilter, LoadedCatalogue, PropertyRecord, SearchResult

TABLE = """\
id,type,location,location aliases,city,governorate,compound,price,purpose,beds,baths,area,payment,finishing,delivery
A,apartment,Fifth Settlement,التجمع الخامس|5th Settlement,New Cairo,Cairo,Eastown,4m,sale,3,2,150,both,fully finished,ready
B,apartment,New Cairo,,New Cairo,Cairo,,3m,sale,2,2,120,cash,semi finished,2027
C,villa,Maadi,المعادي,Cairo,Cairo,,20m,sale,5,4,400,installments,,2028
D,apartment,Maadi,المعادي,Cairo,Cairo,,25k,rent,2,1,110,cash,furnished,ready
E,studio,Zamalek,,Cairo,Cairo,,18k,rent,0,1,50,cash,furnished,ready
F,chalet,North Coast,الساحل الشمالي,North Coast,Matrouh,Marassi,9m,sale,2,1,90,installments,,ready
"""


@pytest.fixture(autouse=True)
def _table(put: Load) -> None:
    put(TABLE)


def ids(found: SearchResult) -> str:
    assert found.relaxed == ()
    return "".join(record.id for record in found)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, "BAFCED"),
        ({"propertyType": "apartment"}, "BAD"),
        ({"property_type": "Flats"}, "BAD"),
        ({"type": ["villa", "شاليه"]}, "FC"),
        ({"location": "Maadi"}, "CD"),
        ({"location": "  MAADI "}, "CD"),
        ({"location": "المعادى"}, "CD"),
        ({"location": "التجمع الخامس"}, "A"),
        ({"location": "New Cairo"}, "BA"),
        ({"location": "Cairo"}, "BACED"),
        ({"location": ["Zamalek", "Marassi"]}, "FE"),
        ({"compound": "marassi"}, "F"),
        ({"city": "Cairo"}, "CED"),
        ({"location": "Cairo", "notLocation": "New Cairo"}, "CED"),
        ({"notPropertyType": ["apartment", "studio"]}, "FC"),
        ({"notLocation": "Atlantis", "type": "villa"}, "C"),
        ({"budget": 4_000_000, "purpose": "sale"}, "BA"),
        ({"maxPrice": 4e6, "minPrice": 3.5e6}, "A"),
        ({"budget": 20_000}, "E"),
        ({"purpose": "إيجار"}, "ED"),
        ({"purpose": "buy", "bedrooms": 2}, "BF"),
        ({"bedrooms": 0}, "E"),
        ({"bedroomsMin": 3}, "AC"),
        ({"bathrooms": 2}, "BAC"),
        ({"area": 150}, "AC"),
        ({"area": 155}, "AC"),
        ({"areaMin": 151}, "C"),
        ({"areaMax": 100}, "FE"),
        ({"paymentMethod": "cash", "purpose": "sale"}, "BA"),
        ({"paymentMethod": "تقسيط"}, "AFC"),
        ({"finishing": "Furnished"}, "ED"),
        ({"delivery": "2028"}, "C"),
        ({"location": None, "bedrooms": None, "city": "", "type": []}, "BAFCED"),
        ({"bedrooms": "3"}, "A"),
    ],
)
def test_a_filter_finds_what_matches_it(
    catalogue: LoadedCatalogue, filters: dict[str, Any], wanted: str
) -> None:
    found = catalogue.find("properties", filters=filters)
    assert ids(found) == wanted
    assert found.total == len(wanted)


def test_sales_come_before_rents_and_the_cheapest_first(catalogue: LoadedCatalogue) -> None:
    assert ids(catalogue.find("properties")) == "BAFCED"


@pytest.mark.parametrize(
    ("order", "wanted"), [("price", "EDBAFC"), ("-price", "CFABDE"), ("-area", "CABDFE")]
)
def test_another_order_can_be_requested(catalogue: LoadedCatalogue, order: str, wanted: str) -> None:
    assert ids(catalogue.find("properties", order=order)) == wanted


def test_filters_and_words_are_combined(catalogue: LoadedCatalogue) -> None:
    assert ids(catalogue.find("properties", "eastown", {"bedrooms": 3})) == "A"


def test_a_turn_can_call_it(catalogue: LoadedCatalogue) -> None:
    found = catalogue("properties", "", location="Cairo", purpose="sale", limit=2, offset=1)
    assert (ids(found), found.total, found.more) == ("AC", 3, False)
    first = found[0]
    assert isinstance(first, PropertyRecord)
    assert (first.id, first.purpose, list(found[:1])) == ("A", "sale", [first])


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"colour": "red"}, "no filter 'colour'"),
        ({"bedrooms": "many"}, "bedrooms: 'many' is not a number"),
        ({"budget": float("nan")}, "budget: nan"),
        ({"budget": True}, "budget: True"),
        ({"location": 7}, "location: 7 is neither"),
        ({"notLocation": [7]}, "notLocation"),
    ],
)
def test_an_invalid_filter_is_refused(
    catalogue: LoadedCatalogue, filters: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadFilter, match=words):
        catalogue.find("properties", filters=filters)


def test_an_unknown_order_is_refused(catalogue: LoadedCatalogue) -> None:
    with pytest.raises(BadFilter, match="ordered by 'beauty'"):
        catalogue.find("properties", order="beauty")


def test_every_listed_filter_is_accepted(catalogue: LoadedCatalogue) -> None:
    texts = {
        "purpose",
        "propertyType",
        "location",
        "city",
        "compound",
        "paymentMethod",
        "finishing",
        "delivery",
    }
    for name in catalogue.filters("properties"):
        value = "x" if name in texts or name.startswith("not") else 10
        catalogue.find("properties", filters={name: value})
