"""What a cell can contain."""

from collections.abc import Callable

import pytest

from worker.assistants.catalogue import cells
from worker.assistants.catalogue.cells import spellings
from worker.assistants.catalogue.errors import BadCell
from worker.assistants.catalogue.properties import PROPERTY_TYPES, PURPOSES


@pytest.mark.parametrize(
    ("cell", "egp"),
    [
        ("3000000", 3_000_000),
        ("3,000,000", 3_000_000),
        ("3.000.000", 3_000_000),
        ("1.234.567,89", 1_234_568),
        ("1200000.00", 1_200_000),
        ("EGP 2.5M", 2_500_000),
        ("EGP3m", 3_000_000),
        ("2,5 million", 2_500_000),
        ("L.E. 900,000", 900_000),
        ("25k/month", 25_000),
        ("15,000 EGP per month", 15_000),
        ("٣٬٠٠٠٬٠٠٠ جنيه", 3_000_000),
        ("4500000ج.م.", 4_500_000),
        ("25 ألف جنيه", 25_000),
        ("٢٫٥ مليون", 2_500_000),
    ],
)
def test_a_price_is_whole_pounds(cell: str, egp: int) -> None:
    assert cells.price(cell) == egp


@pytest.mark.parametrize(
    "cell", ["ask", "$200,000", "200,000 USD", "2-3m", "3", "-5", "EGP", "1e6", "9" * 20]
)
def test_a_price_that_cannot_be_read_is_refused(cell: str) -> None:
    with pytest.raises(BadCell, match="EGP"):
        cells.price(cell)


@pytest.mark.parametrize(
    ("cell", "metres"),
    [
        ("150", 150),
        ("150 m²", 150),
        ("١٥٠م٢", 150),
        ("150.5 sqm", 150.5),
        ("1,800 sq ft", 167),
        ("١٢٠ متر", 120),
    ],
)
def test_an_area_is_square_metres(cell: str, metres: float) -> None:
    assert cells.area(cell) == metres


@pytest.mark.parametrize(
    ("cell", "rooms"), [("3", 3), ("٣", 3), ("3.0", 3), ("3 BR", 3), ("Studio", 0), ("استوديو", 0)]
)
def test_rooms_are_counted(cell: str, rooms: int) -> None:
    assert cells.count(cell) == rooms


@pytest.mark.parametrize(
    ("read", "cell"),
    [
        (cells.count, "three"),
        (cells.count, "2.5"),
        (cells.count, "1200"),
        (cells.area, "big"),
        (cells.area, "0"),
        (cells.area, "2 acres"),
        (cells.email, "nobody"),
        (cells.email, "a b@example.com"),
        (cells.url, "javascript:alert(1)"),
        (cells.currency, "USD"),
        (cells.text, "\ud800"),
        (cells.choice(spellings(PURPOSES), closed=True), "swap"),
    ],
)
def test_implausible_values_are_refused(read: Callable[[str], object], cell: str) -> None:
    with pytest.raises(BadCell):
        read(cell)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Flat", "apartment"),
        ("شقه", "apartment"),
        ("Town House", "townhouse"),
        ("توين هاوس", "twinhouse"),
        ("Barn", "barn"),
    ],
)
def test_a_type_has_many_spellings_and_unknown_types_are_accepted(cell: str, kind: str) -> None:
    assert cells.choice(spellings(PROPERTY_TYPES), closed=False)(cell) == kind


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3", 3),
        ("3rd", 3),
        ("21st floor", 21),
        ("Floor 3", 3),
        ("الدور ٣", 3),
        ("ground", 0),
        ("الأرضي", 0),
        ("0", 0),
    ],
)
def test_a_floor_is_a_number_and_the_ground_floor_none(cell: str, number: int) -> None:
    assert cells.floor(cell) == number


@pytest.mark.parametrize("cell", ["high", "2.5", "3 rooms", "300"])
def test_what_is_no_floor_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.floor(cell)


@pytest.mark.parametrize(
    ("cell", "deposit"), [("10%", "10%"), ("٧٫٥٪", "7.5%"), ("450,000", "450000"), ("EGP 1.5m", "1500000")]
)
def test_a_down_payment_is_a_share_or_pounds(cell: str, deposit: str) -> None:
    assert cells.deposit(cell) == deposit


def test_coordinates_are_degrees() -> None:
    assert cells.coordinates("30.0131, 31.4289") == "30.0131,31.4289"
    for cell in ("Cairo", "91, 31", "30, 181", "30.1"):
        with pytest.raises(BadCell):
            cells.coordinates(cell)
