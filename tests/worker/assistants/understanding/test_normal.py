"""The normal spelling."""

from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.normal import normal


@given(text=st.text(max_size=100))
def test_a_normal_spelling_is_its_own_normal_spelling(text):
    assert normal(normal(text)) == normal(text)
