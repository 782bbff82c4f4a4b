"""A floor is no room, no place and no result."""

import pytest

from worker.assistants.understanding.message import understand


@pytest.mark.parametrize(
    "text",
    [
        "second floor",
        "1st or 2nd floor",
        "الدور الخامس فما فوق",
        "الدور التاني او التالت",
        "el dor el talet",
        "floor 3",
        "الدور ٢",
    ],
)
def test_nothing_but_a_floor_is_said(text):
    assert understand(f"villa, {text}", domain="property").entities == {"propertyType": "villa"}


def test_a_number_with_its_own_unit_is_no_floor():
    assert understand("ground floor 3 bedrooms", domain="property").entities == {"bedrooms": 3}
