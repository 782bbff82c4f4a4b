"""Sessions by state, over their whole life: nobody looks at a session to count it."""

import pytest

from session import Turn
from session.counters import EXPIRY_STEP
from session.models import State
from tests.stories.telling import ALIA, OMAR
from tests.webhook.metrics.scraping import Scraper


def states(story):
    """How many sessions there are in each state that has any."""
    figures = Scraper(story).figures()
    counts = {state.value: figures["inturn_sessions", f"state={state}"] for state in State}
    return {state: count for state, count in counts.items() if count}


def escalating(turn: Turn) -> str | None:
    if "person" in turn.text:
        turn.escalate("asked")
    return turn.text


def test_a_session_is_counted_from_its_first_message_until_its_record_vanishes(tell):
    story = tell()
    story.says("hello")
    assert states(story) == {"ACTIVE": 1}

    story.waits(minutes=30)
    assert states(story) == {"IDLE": 1}

    story.waits(minutes=690)
    assert states(story) == {"CLOSED": 1}

    story.clock.move(minutes=719)
    assert states(story) == {"CLOSED": 1}
    story.clock.move(seconds=60 + EXPIRY_STEP)
    assert states(story) == {}


def test_a_customer_who_writes_again_is_still_one_session(tell):
    story = tell()
    for _ in range(5):
        story.says("hello")
        story.clock.move(minutes=25)
        story.says("hello", OMAR)

    assert states(story) == {"ACTIVE": 2}


def test_a_new_session_after_a_closed_one_counts_as_active(tell):
    story = tell()
    story.says("hello")
    story.manager.close(ALIA)
    assert states(story) == {"CLOSED": 1}

    story.clock.move(hours=1)
    story.says("hello again")
    assert states(story) == {"ACTIVE": 1}


def test_one_that_waits_for_an_agent_waits_until_its_record_vanishes(tell):
    story = tell(escalating, agent_timeout_minutes=0)
    story.says("a person, please")
    story.waits(hours=23)
    assert states(story) == {"WAITING_AGENT": 1}

    story.says("are you there?")
    story.waits(hours=23)
    assert states(story) == {"WAITING_AGENT": 1}
    story.waits(hours=2)
    assert states(story) == {}


def test_what_a_script_does_to_a_session_is_counted_too(tell):
    story = tell()
    story.manager.get_or_create(ALIA)
    assert states(story) == {"NEW": 1}

    story.clock.move(hours=5)
    story.manager.add_message(ALIA, "user", "hello")
    story.clock.move(hours=20)
    assert states(story) == {"NEW": 1}
    story.clock.move(hours=5)
    assert states(story) == {}


@pytest.mark.parametrize("scraped_before", [True, False])
def test_a_forgotten_session_is_not_counted_and_neither_is_what_waited_for_it(tell, scraped_before):
    def failing(turn: Turn) -> str:
        if turn.text == "one":
            return "one"
        raise RuntimeError

    story = tell(failing)
    story.phone.post("/simulator/faults", json={"channel": "meta", "mode": "throttle"})
    story.says("one")
    story.says("two")
    story.says("hello", OMAR)
    if scraped_before:
        assert Scraper(story).figures()["inturn_waiting", "queue=mailboxes"] == 2

    story.manager.forget(ALIA)

    figures = Scraper(story).figures()
    assert states(story) == {}
    assert figures["inturn_waiting", "queue=mailboxes"] == 1
    assert figures["inturn_waiting", "queue=outboxes"] == 0
    assert figures["inturn_forgotten_total",] == 1
    assert figures["inturn_turns_total",] == 1


def test_the_sweep_removes_expired_sessions_from_the_count_without_a_scrape(tell):
    story = tell()
    for n in range(20):
        story.says("hello", f"+155500{n:05}")
        story.waits(hours=2)
    story.waits(days=3)

    fields = [name for name in story.redis.hkeys("tally") if "@" in name]
    assert fields == []
