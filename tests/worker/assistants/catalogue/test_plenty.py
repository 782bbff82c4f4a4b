"""Searching stays quick among many; `python -m tests.worker.assistants.catalogue.plenty` measures it among very many."""

from pathlib import Path

from tests.worker.assistants.catalogue.plenty import SEARCHES, measure, plenty


def test_the_records_are_always_the_same() -> None:
    assert list(plenty(50)) == list(plenty(50))


def test_every_search_is_measured_and_quick(tmp_path: Path) -> None:
    taken = measure(tmp_path, 2_000, rounds=15)
    assert taken.keys() == {"load", *SEARCHES}
    # Ten times what it takes on a busy machine: a missing index or a search without its filters shows.
    assert all(taken[name] < 50 for name in SEARCHES), taken
