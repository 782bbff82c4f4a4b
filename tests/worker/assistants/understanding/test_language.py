"""The language of a message."""

from worker.assistants.understanding.language import language_of


def test_the_language_stays_until_a_message_clearly_has_another():
    assert language_of("3 million", last="ar") == "ar"
    assert language_of("villa zayed 3 million", last="franco") == "franco"
    assert language_of("please reply in English", last="ar") == "en"
    assert language_of("bel 3araby", last="franco") == "ar"
    assert language_of("I would like a villa in Maadi", last="ar") == "en"
    assert language_of("") == "en"
