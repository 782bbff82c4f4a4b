"""The language of a message."""

from worker.assistants.understanding.language import language_of


def test_the_language_stays_until_a_message_clearly_has_another():
    assert language_of("3 million", last="ar") == "ar"
    assert language_of("villa zayed 3 million", last="franco") == "franco"
    assert language_of("please reply in English", last="ar") == "en"
    assert language_of("bel 3araby", last="franco") == "ar"
    assert language_of("I would like a villa in Maadi", last="ar") == "en"
    assert language_of("") == "en"


def test_another_script_and_digits_as_letters_are_clear_at_once():
    assert language_of("عايز شقة", last="en") == "ar"
    assert language_of("3ayez sha2a", last="en") == "franco"
    assert language_of("ok", last="ar") == "ar"


def test_names_of_places_do_not_decide_the_language():
    assert language_of("2 bedroom flat in ras el hekma", names=["ras hekma"]) == "en"
    assert language_of("5ames tagamo3", names=["5ames", "tagamo3"]) == "franco"
