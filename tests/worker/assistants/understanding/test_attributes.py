"""Places and times that words state."""

from datetime import UTC, datetime

from worker.assistants.understanding.message import understand


def test_all_places_are_mentioned_and_the_city_is_searched():
    understood = understand("villa in mivida new cairo", domain="property")

    assert understood.entities["location"] == "New Cairo"
    assert understood.places == ("New Cairo", "Mivida")


def test_a_month_without_a_year_is_the_next_one():
    assert understand("by March", domain="property").entities == {}
    assert understand("by March", domain="property", now=datetime(2026, 9, 1, tzinfo=UTC)).entities == {
        "urgency": "2027-03"
    }
