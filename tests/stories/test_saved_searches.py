"""Saved searches: who asked to be told hears of what is new, once, at a good time, whatever happens to the workers."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.assistants.catalogue import load

CONCIERGE = "worker.assistants.concierge:assistant"
HEAD = "id,type,location,price,purpose,bedrooms,area\n"
OLD = "V1,villa,Maadi,12000000,sale,4,300\n"
NEW = "V2,villa,Maadi,9000000,sale,5,350\n"
CAIRO = {"time_zone": "Africa/Cairo", "quiet_hours": "21:00-09:00"}


@pytest.fixture
def loads(tmp_path):
    """Load a table of these rows; each load is a minute later."""
    count = 0

    def again(*rows: str) -> None:
        nonlocal count
        count += 1
        table = tmp_path / "table.csv"
        table.write_text(HEAD + "".join(rows), encoding="utf-8")
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=count)
        load(table, "properties", tmp_path, now=at)

    again(OLD)
    return again


@pytest.fixture
def story(tell, tmp_path, loads):
    story = tell(CONCIERGE, catalogue_dir=tmp_path, **CAIRO)  # it is Friday, two o'clock in Cairo
    story.says("villa in Maadi up to 15 million")
    story.says("let me know when something new comes")
    story.said = story.hears()
    assert story.said[-1].startswith("I will tell you as soon as there is something new")
    return story


def some_seconds_pass(story):
    """The sweep looks through the load, then rings what has news."""
    for _ in range(3):
        story.waits(seconds=3)


def test_after_a_load_who_waited_for_it_is_told_once(story, loads):
    some_seconds_pass(story)
    assert story.hears() == []

    loads(OLD, NEW)
    some_seconds_pass(story)
    (told,) = story.hears()
    assert told.startswith("There is something new or cheaper: villa in Maadi")
    assert "V2" in told

    # Nothing is new after another load of the same.
    loads(OLD, NEW)
    some_seconds_pass(story)
    assert story.hears() == []


def test_a_load_at_night_is_told_in_the_morning(story, loads):
    story.waits(hours=8)
    loads(OLD, NEW)
    some_seconds_pass(story)
    assert story.hears() == []

    story.waits(hours=11)
    assert "V2" in story.hears()[0]


def test_another_process_that_looks_through_the_same_load_tells_nothing_more(story, loads, tell, tmp_path):
    loads(OLD, NEW)
    some_seconds_pass(story)
    story.hears()
    # The first one died before it could note the load.
    story.redis.delete("looked")

    other = tell(CONCIERGE, client=story.redis, catalogue_dir=tmp_path, **CAIRO)
    some_seconds_pass(other)
    assert other.hears() == []
    assert story.redis.hkeys("looked") == ["properties"]


def test_who_is_with_an_agent_is_told_afterwards(story, loads):
    mona = story.agent("mona")
    mona.takes_over()
    loads(OLD, NEW)
    some_seconds_pass(story)
    assert story.hears() == []

    mona.hands_back()
    some_seconds_pass(story)
    assert "V2" in story.hears()[-1]


def test_news_outlive_the_conversation(story, loads):
    story.agent("mona").closes()
    loads(OLD, NEW)
    some_seconds_pass(story)

    assert "V2" in story.hears()[-1]


def test_who_wrote_stop_is_told_nothing(story, loads):
    story.says("STOP")
    story.hears()
    loads(OLD, NEW)
    some_seconds_pass(story)
    assert story.hears() == []


def test_who_was_forgotten_is_told_nothing(story, loads):
    story.agent("mona").forgets()
    loads(OLD, NEW)
    some_seconds_pass(story)
    assert story.hears() == []


def test_news_that_cannot_be_sent_any_more_wait_for_the_next_message(story, loads):
    assert "If you have not written for a day by then" in story.said[-1]
    story.waits(days=3)
    loads(OLD, NEW)
    some_seconds_pass(story)
    assert (story.hears(), story.dead_letters()) == ([], [])

    story.says("thank you")
    answer, news = story.hears()
    assert "V2" not in answer
    assert "V2" in news
    # They are told once, and the search goes on.
    story.says("thank you")
    assert "V2" not in "".join(story.hears())
    loads(OLD, NEW, "V3,villa,Maadi,8000000,sale,5,350\n")
    some_seconds_pass(story)
    assert "V3" in story.hears()[0]


def test_with_a_template_for_late_news_nobody_is_told_to_write(tell, tmp_path, loads):
    story = tell(CONCIERGE, catalogue_dir=tmp_path, after_window_template="we_have_news:en", **CAIRO)
    story.says("villa in Maadi up to 15 million")
    story.says("let me know when something new comes")

    assert "If you have not written" not in story.hears()[-1]
