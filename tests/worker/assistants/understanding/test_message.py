"""No message makes the understanding raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import merged
from worker.assistants.understanding.vocabulary import vocabulary

DOMAINS = st.sampled_from(["property", "member", "any"])
#: Any words of the vocabulary in any order, with numbers and punctuation between them.
WORDS = st.sampled_from(sorted(vocabulary().known.words)[::7])
SOUP = st.lists(
    st.one_of(
        WORDS, st.integers(0, 10**9).map(str), st.sampled_from([",", ".", "-", "/", "%", "٣", "م2", "و٧٥٠"])
    ),
    max_size=25,
).map(" ".join)


@given(text=st.one_of(st.text(max_size=200), SOUP), domain=DOMAINS)
def test_nothing_raises(text, domain):
    understood = understand(text, domain=domain)

    assert understood.language in {"en", "ar", "franco"}
    merged({}, understood)


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "؟", "🙂", "٠" * 500, "9" * 5000, "a" * 5000, "1,2,3,4", "½", "-", "- 5"]
)
def test_odd_messages_are_taken(text):
    understand(text)
