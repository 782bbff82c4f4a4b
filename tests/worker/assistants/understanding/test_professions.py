"""Professions of a catalogue."""

from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.vocabulary import read


def test_professions_of_a_catalogue_are_recognised_by_any_name():
    known = professions()

    assert len(read("professions.toml")) >= 100
    assert known.canonical("Advocates") == "lawyer"
    assert known.canonical("C.A") == "chartered accountant"
    assert known.canonical("basket weaver") is None
