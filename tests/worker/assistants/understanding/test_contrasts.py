"""A number that replaces another takes over what it does not say itself."""

import pytest

from worker.assistants.understanding.message import understand


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("5.2 not 2.5 million", "budget", 5_200_000),
        ("not 2.5 but 5.2 million", "budget", 5_200_000),
        ("it was 4 million, now 5", "budget", 5_000_000),
        ("my budget used to be 4 but now its 5 million", "budget", 5_000_000),
        ("الميزانيه ٣ ونص مش اتنين", "budget", 3_500_000),
        ("4 bedrooms not 3", "bedrooms", 4),
        ("la2 4 owad mesh 3", "bedrooms", 4),
        ("not 3 bedrooms but 4", "bedrooms", 4),
        ("150 not 120 metres", "area", 150),
    ],
)
def test_the_new_number_counts(text, slot, value):
    assert understand(text, domain="property").entities == {slot: value}


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("3 or 4 bedrooms", {"bedrooms": 3, "bedroomsMax": 4}),
        ("5 million not more than 6", {"budget": 5_000_000}),
        ("2 bedrooms, not ground floor", {"bedrooms": 2}),
    ],
)
def test_other_numbers_are_not_replaced(text, entities):
    assert understand(text, domain="property").entities == entities
