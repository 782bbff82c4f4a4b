"""Nobody's text keeps a worker busy: whatever is written, reading it costs about what a harmless text costs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.bounds import LONGEST_TEXT, bounded
from tests.hostile.costs import cost
from tests.hostile.readers import Reader, readers
from tests.hostile.texts import HARMLESS, PIECES, TEXTS, filled
from worker.assistants.catalogue import load_samples, open_catalogue

pytestmark = pytest.mark.slow

#: A hostile text may cost so many times what a harmless one of the same length costs, and always so many seconds.
#: What grows with the square of the length costs hundreds of times as much; the worst that is linear, eight times.
FACTOR, ALWAYS = 30, 0.02


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> Iterator[Mapping[str, Reader]]:
    directory = tmp_path_factory.mktemp("catalogue")
    load_samples(directory, now=datetime(2026, 1, 1, tzinfo=UTC))
    catalogue = open_catalogue(directory)
    yield readers(catalogue)
    catalogue.close()


@pytest.fixture(scope="module")
def budgets(everything) -> Mapping[str, float]:
    harmless = list(map(filled, HARMLESS.values()))
    for read in everything.values():
        read(harmless[0])  # files and lists are read once
    return {
        name: max(ALWAYS, FACTOR * max(cost(read, text) for text in harmless))
        for name, read in everything.items()
    }


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_costs_much_more_than_a_harmless_one(name, everything, budgets):
    text = TEXTS[name]

    costs = {one: cost(read, text, enough=budgets[one]) for one, read in everything.items()}

    assert {one: spent for one, spent in costs.items() if spent > budgets[one]} == {}


@settings(max_examples=25, deadline=None)
@given(
    head=st.sampled_from(["", "a", "1", "@", "http://", "+20"]),
    pieces=st.lists(st.sampled_from(PIECES), min_size=2, max_size=4).map("".join),
    tail=st.sampled_from(["", "_", "!", "x", " ", "@", "1", "\u0316"]),
)
def test_no_mixture_costs_much_more_either(head, pieces, tail, everything, budgets):
    text = bounded((head + filled(pieces))[: LONGEST_TEXT - len(tail)] + tail)

    costs = {one: cost(read, text, enough=budgets[one]) for one, read in everything.items()}

    assert {one: spent for one, spent in costs.items() if spent > budgets[one]} == {}
