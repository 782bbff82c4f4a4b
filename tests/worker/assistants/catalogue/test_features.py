"""A feature is found in other words and in another language than the record's."""

import sqlite3
from contextlib import closing
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from session.testing import Conversation
from tests.clocks import START
from worker.assistants.catalogue.features import terms, tokens
from worker.assistants.concierge import assistant
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.understanding.vocabulary import read

TABLE = """\
id,title,title_ar,type,location,compound,price
POOL,Villa in Maadi,فيلا في المعادي بحمام سباحة,villa,Maadi,,9m
LIFT,"Flat in Dokki, with an elevator",,apartment,Dokki,,3m
STEPS,"Duplex in Dokki, with stairs of marble",,duplex,Dokki,,2m
BARE,"Flat in Maadi, no garden",,apartment,Maadi,,1m
LAKE,Studio in Lagoon,,studio,Maadi,Lagoon,1m
"""
FEATURES = read("features.toml")["feature"]
PHRASES = {name: [*chain.from_iterable(table.values())] for name, table in FEATURES.items()}


def ids(found) -> list[str]:
    return [record.id for record in found]


@pytest.fixture
def flats(put, catalogue):
    put(TABLE)
    return catalogue


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("swimming pool", "POOL"), ("somewhere to swim", "POOL"), ("7amam seba7a", "POOL"), ("حمام سباحة", "POOL"), ("asanseer", "LIFT")],
)  # fmt: skip
def test_a_feature_is_found_in_any_language(flats, query, wanted):
    assert ids(flats.find("properties", query))[0] == wanted


def test_a_need_finds_what_meets_it_and_not_its_own_words(flats):
    assert ids(flats.find("properties", "my mother cannot climb stairs")) == ["LIFT"]


def test_what_a_record_does_not_have_or_only_is_called_is_no_feature_of_it(flats):
    assert flats.known_words("properties", "greenery") == ""
    assert flats.known_words("properties", "by the water") == ""


def test_records_that_say_the_word_come_before_those_that_mean_it(put, catalogue):
    put(TABLE + 'TIDE,"Villa in Maadi, with a swimming pool",,villa,Maadi,,99m\n')

    assert ids(catalogue.find("properties", "swimming pool")) == ["TIDE", "POOL"]


def test_a_word_beside_a_feature_is_loosened_before_it(flats):
    found = flats.find("properties", "marble flat somewhere to swim")

    assert (ids(found), found.relaxed) == (["POOL"], ("query",))


def test_a_file_without_features_is_searched_by_words_as_before(flats, directory):
    with closing(sqlite3.connect(directory / "properties.db")) as file:
        file.execute("INSERT INTO text(text) VALUES ('delete-all')")
        file.execute("INSERT INTO text(rowid, title) SELECT rowid, title FROM records")
        file.commit()

    assert ids(flats.find("properties", "marble stairs")) == ["STEPS"]
    assert flats.known_words("properties", "swimming villa") == "villa"


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(data=st.data())
def test_every_word_of_a_feature_asks_for_what_every_other_tells(data):
    name = data.draw(st.sampled_from(sorted(PHRASES)))
    told, asked = (data.draw(st.sampled_from(PHRASES[name])) for _ in range(2))
    marks = {f'"{token}"' for token in tokens([told]).split()}

    assert any(marks & {*term.match.split(" OR ")} for term in terms(asked)), (name, told, asked)


def test_every_need_means_features_that_there_are():
    assert {one for need in read("features.toml")["need"].values() for one in need["meant"]} <= {*FEATURES}


def test_a_wish_in_other_words_is_a_search_of_the_concierge(flats):
    customer = Conversation(assistant, catalogue=flats, kind="properties", now=START)
    customer.says("villa in Maadi where the kids can swim, to buy")

    assert Dialogue.of(customer.session.context.extracted_info, "properties").ids == ("POOL",)
