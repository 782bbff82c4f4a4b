"""Whatever a customer writes: nothing raises, nothing is invented from a phone number, a spelling stays a spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.handoff import wants_human
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.numbers import with_amounts
from worker.assistants.understanding.slots import merged
from worker.assistants.understanding.vocabulary import vocabulary

DOMAINS = st.sampled_from(["property", "member", "any"])
#: Any words of the house in any order, with numbers and punctuation between them.
WORDS = st.sampled_from(sorted(vocabulary().known.words)[::7])
SOUP = st.lists(
    st.one_of(
        WORDS, st.integers(0, 10**9).map(str), st.sampled_from([",", ".", "-", "/", "%", "٣", "م2", "و٧٥٠"])
    ),
    max_size=25,
).map(" ".join)
PHONES = st.one_of(
    st.from_regex(r"01[0125]\d{8}", fullmatch=True),
    st.from_regex(r"\+201[0125]\d{8}", fullmatch=True),
    st.from_regex(r"\+20 1[0125]\d \d{3} \d{4}", fullmatch=True),
    st.from_regex(r"01[0125]\d-\d{3}-\d{4}", fullmatch=True),
    st.from_regex(r"\+91 [6-9]\d{4} \d{5}", fullmatch=True),
    st.from_regex(r"[6-9]\d{9}", fullmatch=True),
    st.from_regex(r"00971\d{9}", fullmatch=True),
    st.from_regex(r"\+1 \(\d{3}\) \d{3}-\d{4}", fullmatch=True),
)
AROUND = st.sampled_from(
    ["my number is {}", "رقمي {}", "{}", "call {} please", "budget, {}", "villa in Maadi, {}", "ra2amy {}"]
)


@given(text=st.one_of(st.text(max_size=200), SOUP), domain=DOMAINS)
def test_nothing_raises(text, domain):
    understood = understand(text, domain=domain)

    assert understood.language in {"en", "ar", "franco"}
    merged({}, understood)


@given(text=st.text(max_size=100))
def test_asking_for_a_person_never_raises(text):
    assert wants_human(text) in {True, False}


@given(text=st.text(max_size=100))
def test_a_normal_spelling_is_its_own_normal_spelling(text):
    assert normal(normal(text)) == normal(text)


@given(phone=PHONES, around=AROUND)
def test_a_phone_number_is_no_budget(phone, around):
    understood = understand(around.format(phone), domain="property")

    assert not understood.entities.keys() & {"budget", "budgetMin", "area", "bedrooms", "ordinal", "limit"}


@given(
    value=st.integers(1, 99), half=st.booleans(), unit=st.sampled_from(["million", "مليون", "melyon", "mn"])
)
def test_millions_are_millions_in_every_language(value, half, unit):
    and_a_half = (
        {"million": " and a half", "مليون": " ونص", "melyon": " w nos", "mn": ""}[unit] if half else ""
    )
    understood = understand(f"{value} {unit}{and_a_half}", domain="property")

    assert understood.entities["budget"] == value * 1_000_000 + (500_000 if and_a_half else 0)


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "؟", "🙂", "٠" * 500, "9" * 5000, "a" * 5000, "1,2,3,4", "½", "-", "- 5"]
)
def test_odd_messages_are_taken(text):
    understand(text)


def test_no_pieces_are_no_amounts():
    assert with_amounts([]) == []
