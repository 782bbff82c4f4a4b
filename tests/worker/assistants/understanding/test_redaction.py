"""Phone numbers mean nothing for a search."""

from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.message import understand

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


@given(phone=PHONES, around=AROUND)
def test_a_phone_number_is_not_a_budget(phone, around):
    understood = understand(around.format(phone), domain="property")

    assert not understood.entities.keys() & {"budget", "budgetMin", "area", "bedrooms", "ordinal", "limit"}
