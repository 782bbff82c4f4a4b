"""A text of a stranger is kept up to a length, without heaps of combining marks."""

import unicodedata
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from session.bounds import MARKS, bounded


@given(
    st.text(st.sampled_from("aه\u0300\u0316\u064b\u0640\u200d\u20dd\U0001f600㌖ﷺ "), max_size=200),
    st.integers(1, 300),
)
def test_after_the_cap_no_text_is_longer_and_no_letter_carries_a_heap(text, most):
    kept = bounded(text, most)

    assert len(kept) <= most
    assert bounded(kept, most) == kept
    visible = (sign for sign in kept if unicodedata.category(sign) != "Cf")
    runs = (
        len(list(run))
        for marks, run in groupby(visible, lambda sign: unicodedata.category(sign)[0] == "M")
        if marks
    )
    assert max(runs, default=0) <= MARKS
