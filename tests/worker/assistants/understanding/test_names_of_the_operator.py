"""What an operator adds: names of the catalogue, a file of places; and what must be true of the files themselves."""

from datetime import date

from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.language import language_of
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.vocabulary import read


def test_a_name_of_the_catalogue_is_found_with_its_typos():
    gazetteer = Gazetteer.of("property").with_names(["Jasmine Court", "نزهة الوادي"])

    assert understand("villa in jasmine cuort", gazetteer=gazetteer).entities["location"] == "Jasmine Court"
    assert understand("شقة في نزهه الوادى", gazetteer=gazetteer).entities["location"] == "نزهة الوادي"


def test_a_known_name_keeps_its_meaning():
    gazetteer = Gazetteer.of("property").with_names(["Tagamo3"])

    assert understand("flat in Tagamo3", gazetteer=gazetteer).entities["location"] == "New Cairo"


def test_a_file_of_places_is_read(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '["Moon Valley"]\nkind = "compound"\nin = "New Cairo"\nar = ["وادي القمر"]\n', encoding="utf-8"
    )

    understood = understand("شقة في وادي القمر", gazetteer=Gazetteer.of("property").with_file(file))

    assert understood.entities["location"] == "Moon Valley"


def test_all_places_are_mentioned_and_the_city_is_searched():
    understood = understand("villa in mivida new cairo", domain="property")

    assert understood.entities["location"] == "New Cairo"
    assert understood.places == ("New Cairo", "Mivida")


def test_a_month_without_a_year_is_the_next_one():
    assert understand("by March", domain="property").entities == {}
    assert understand("by March", domain="property", today=date(2026, 9, 1)).entities == {
        "urgency": "2027-03"
    }


def test_every_place_lies_in_one_that_is_known():
    places = read("places.toml")

    assert len(places) >= 120
    assert all(table["in"] in places for table in places.values() if "in" in table)


def test_professions_of_a_catalogue_are_told_by_any_name():
    known = professions()

    assert len(read("professions.toml")) >= 100
    assert known.canonical("Advocates") == "lawyer"
    assert known.canonical("C.A") == "chartered accountant"
    assert known.canonical("basket weaver") is None


def test_the_language_is_sticky():
    assert language_of("3 million", last="ar") == "ar"
    assert language_of("villa zayed 3 million", last="franco") == "franco"
    assert language_of("please reply in English", last="ar") == "en"
    assert language_of("bel 3araby", last="franco") == "ar"
    assert language_of("I would like a villa in Maadi", last="ar") == "en"
    assert language_of("") == "en"


def test_the_trace_tells_which_words_told_what():
    understood = understand("villa in Maadi under 5m", domain="property")

    told = {found.slot: found for found in understood.trace}
    assert told["budget"].words == "under 5 m"
    assert told["budget"].rule == "budget: at most"
    assert told["location"].words == "maadi"
