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


@given(
    word=st.sampled_from(["hundred", "million", "مليون", "ميه", "alf", "9" * 400, "half", "2.5m", "5%"]),
    count=st.integers(1, 400),
)
def test_a_number_word_again_and_again_is_no_error(word, count):
    understood = understand(f"budget {f'{word} ' * count}", domain="property")

    assert understood.entities.get("budget", 0) <= 10**15
