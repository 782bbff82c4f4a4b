"""Searches among many records are fast; `python -m tests.worker.assistants.catalogue.many_records` measures more of them."""

from pathlib import Path

from tests.worker.assistants.catalogue.many_records import SEARCHES, many_records, measure


def test_the_records_are_always_the_same() -> None:
    assert list(many_records(50)) == list(many_records(50))


def test_every_search_is_fast(tmp_path: Path) -> None:
    taken = measure(tmp_path, 2_000, rounds=15)
    assert taken.keys() == {"load", *SEARCHES}
    # Ten times what it takes on a busy machine: a missing index or a search without its filters shows.
    assert all(taken[name] < 50 for name in SEARCHES), taken
