"""The names of an operator's catalogue, and what must be true of the built-in files."""

from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.vocabulary import read


def test_a_known_name_keeps_its_meaning():
    gazetteer = Gazetteer.of("property").with_names(["Tagamo3"])

    assert understand("flat in Tagamo3", gazetteer=gazetteer).entities["location"] == "New Cairo"


def test_every_place_lies_in_a_known_one():
    places = read("places.toml")

    assert len(places) >= 120
    assert all(table["in"] in places for table in places.values() if "in" in table)
