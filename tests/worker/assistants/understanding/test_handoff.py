"""Asking for a person."""

from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.handoff import wants_human


@given(text=st.text(max_size=100))
def test_asking_for_a_person_never_raises(text):
    assert wants_human(text) in {True, False}
