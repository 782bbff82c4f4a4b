"""What is found by its meaning, and what stays as it is without a model."""

import pytest

from tests.worker.assistants.semantic.concepts import Concepts
from tests.worker.assistants.semantic.conftest import FLATS
from worker.assistants.catalogue.connections import Connections
from worker.assistants.catalogue.text_conditions import SURE
from worker.assistants.semantic.embedding import EmbedderFailed


def ids(found) -> list[str]:
    return [record.id for record in found]


def test_a_wish_is_found_in_words_that_no_record_has(flats):
    found = flats.find("properties", "where my kids can swim", {"purpose": "sale"})

    assert (ids(found), found.relaxed) == (["POOL"], ())


def test_filters_stay_hard(flats):
    found = flats.find("properties", "where my kids can swim", {"purpose": "rent"})

    assert ids(found) == ["RENT"]


def test_what_nothing_means_is_loosened_like_words_that_no_record_has(flats):
    found = flats.find("properties", "where my kids can swim", {"purpose": "sale", "location": "Dokki"})

    assert (set(ids(found)), found.relaxed) == ({"CARS", "METRO"}, ("query",))


def test_what_has_all_the_words_is_found_by_them_alone(flats):
    assert ids(flats.find("properties", "pool on roof")) == ["RENT"]


def test_words_that_records_have_count_more_than_a_guess(flats):
    found = flats.find("properties", "roof with kites")

    assert (ids(found), found.relaxed) == (["RENT"], ("query",))


def test_an_order_that_was_asked_for_stays(flats):
    assert ids(flats.find("properties", "somewhere to swim", order="-price")) == ["POOL", "RENT"]


def test_pages_go_on_where_the_one_before_ended(flats):
    pages = [flats.find("properties", "somewhere to swim", offset=at, limit=1) for at in range(3)]

    assert [page.total for page in pages] == [2, 2, 2]
    assert {*ids(pages[0]), *ids(pages[1])} == {"POOL", "RENT"}
    assert ids(pages[2]) == []


def test_only_what_means_something_is_a_wish(flats):
    assert flats.nearness("properties", "a home where we can swim") >= SURE
    assert flats.nearness("properties", "my boss is driving me mad") < SURE


def test_what_is_only_a_guess_is_said_to_be_loosened(flats):
    found = flats.find("properties", "my boss is driving me mad")

    assert (bool(found), found.relaxed) == (True, ("query",))


@pytest.mark.parametrize(
    ("loaded_with", "searched_with"),
    [(None, Concepts()), (Concepts("of last year"), Concepts())],
    ids=["no vectors", "vectors of another model"],
)
def test_without_vectors_of_the_model_words_are_searched(put, loaded_with, searched_with):
    catalogue = put(FLATS, loaded_with, searched_with)

    assert catalogue.nearness("properties", "somewhere to swim") == 0
    assert ids(catalogue.find("properties", "garden")) == ["GREEN"]
    assert searched_with.asked == []


def test_records_that_were_loaded_with_vectors_are_searched_without_a_model_too(put, model):
    put(FLATS, model)
    catalogue = put(FLATS, None)

    assert ids(catalogue.find("properties", "garden")) == ["GREEN"]


def test_records_that_say_nothing_besides_are_found_by_their_words(put, model):
    catalogue = put([{"id": "BARE", "type": "villa", "location": "Maadi", "price": 9_000_000}], model)

    assert catalogue.nearness("properties", "somewhere to swim") == 0
    assert ids(catalogue.find("properties", "villa")) == ["BARE"]


def test_a_load_during_a_search_leaves_no_vectors_of_the_file_before(put, model, monkeypatch):
    """Descriptions have other numbers in each file."""
    catalogue = put(FLATS, model)
    catalogue.find("properties", "villa")

    def loads_meanwhile(self):
        monkeypatch.undo()
        found = self.opened()
        put([*FLATS[1:], FLATS[0]], model)
        return found

    monkeypatch.setattr(Connections, "opened", loads_meanwhile)
    catalogue.find("properties", "somewhere to swim")

    assert ids(catalogue.find("properties", "where my kids can swim", {"purpose": "sale"})) == ["POOL"]


def test_a_message_is_embedded_once_however_often_a_turn_looks(flats, model):
    for _ in range(3):
        flats.find("properties", "somewhere to swim")

    assert model.asked.count("somewhere to swim") == 1


def test_a_load_embeds_only_new_texts(put, model):
    put(FLATS, model)
    first, model.passed = model.passed, []
    catalogue = put([*FLATS, {**FLATS[0], "id": "NEW", "title": "Villa, with a dentist next door"}], model)

    assert set(first) >= {"a place with a pool", "a place with parking"}
    assert model.passed == ["a place with a dentist next door"]
    assert "NEW" in ids(catalogue.find("properties", "my teeth hurt"))


def test_a_load_with_another_model_embeds_all_again(put, model):
    put(FLATS, Concepts("of last year"))
    put(FLATS, model)

    assert "a place with a pool" in model.passed


def test_a_load_that_is_interrupted_changes_nothing(put, model):
    catalogue = put(FLATS, model)

    class Interrupted(Concepts):
        def passages(self, texts):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put([{**FLATS[0], "title": "Villa, with a view"}], Interrupted())

    assert catalogue.find("properties").total == len(FLATS)


@pytest.mark.parametrize("text", ["swim \ud800 please", "swim\0now", ""])
def test_text_that_no_model_reads_is_searched_all_the_same(flats, text):
    assert isinstance(flats.nearness("properties", text), float)


@pytest.mark.parametrize(
    "made",
    [
        lambda texts: 1 / 0,
        lambda texts: [[float("nan")] * 16 for _ in texts],
        lambda texts: [[0.0] * 15 for _ in texts],
        lambda texts: [],
    ],
)
def test_a_model_that_fails_leaves_a_search_its_words_and_a_load_a_reason(flats, put, model, made):
    model.queries = made

    assert [one.id for one in flats.find("properties", "parking", {}).records] == ["CARS"]
    assert model.warned
    assert all("words alone: EMBEDDER: the model" in one and "parking" not in one for one in model.warned)

    model.passages = made
    with pytest.raises(EmbedderFailed):
        put([FLATS[0] | {"title": "Villa, with a fireplace"}], model)
