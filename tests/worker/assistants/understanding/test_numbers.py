"""Numbers in every language."""

from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.message import understand
from worker.assistants.understanding.numbers import with_amounts


@given(
    value=st.integers(1, 99), half=st.booleans(), unit=st.sampled_from(["million", "مليون", "melyon", "mn"])
)
def test_millions_are_millions_in_every_language(value, half, unit):
    and_a_half = (
        {"million": " and a half", "مليون": " ونص", "melyon": " w nos", "mn": ""}[unit] if half else ""
    )
    understood = understand(f"{value} {unit}{and_a_half}", domain="property")

    assert understood.entities["budget"] == value * 1_000_000 + (500_000 if and_a_half else 0)


def test_no_pieces_are_no_amounts():
    assert with_amounts([]) == []
