"""Whatever happens, the gauges say what a person would find who looked at every key."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session import Turn
from session.agent_actions import OF_AGENTS
from session.keys import Keys
from session.models import State
from session.store import DeadStore
from tests.stores import at_once, scripts_by
from tests.stories.telling import ALIA, OMAR, Story
from tests.webhook.metrics.scraping import Scraper

CUSTOMERS = (ALIA, OMAR, "EG.77abc")
QUEUES = {"mailboxes": "mailbox:*", "outboxes": "outbox:*"}


def assistant(turn: Turn) -> str | None:
    """Does what it is told."""
    match turn.text.split()[0]:
        case "fail":
            raise RuntimeError
        case "person":
            turn.escalate("asked")
        case "bye":
            turn.close()
        case "quiet":
            return None
    return turn.text


def counted(story):
    """What the metrics say."""
    figures = Scraper(story).figures()
    waiting = {queue: figures["inturn_waiting", f"queue={queue}"] for queue in (*QUEUES, "intake", "dead")}
    return waiting | {state.value: figures["inturn_sessions", f"state={state}"] for state in State}


def found(story):
    """What there is."""
    waiting = {
        queue: sum(story.redis.llen(key) for key in story.redis.scan_iter(match=pattern))
        for queue, pattern in QUEUES.items()
    }
    waiting |= {stream: story.redis.xlen(stream) for stream in ("intake", "dead")}
    sessions = [story.manager.get(customer) for customer in CUSTOMERS]
    states = Counter(session.state for session in sessions if session)
    return waiting | {state.value: states[state] for state in State}


def put_back(story):
    store = at_once(story.redis, DeadStore(scripts_by(), Keys()))
    for letter in store.all():
        if letter.letter.kind in ("message", "action", "reply"):
            store.revive(letter, now=story.clock.now())
    story.sweep()


def throttle(story, mode):
    story.phone.post("/simulator/faults", json={"channel": "meta", "mode": mode, "count": 2})


def close(story, customer):
    session = story.manager.get(customer)
    if session and session.state is not State.CLOSED and not _busy(story, customer):
        story.manager.close(customer)


def _busy(story, customer):
    return story.redis.exists(f"lease:whatsapp:{customer}")


customers = st.sampled_from(CUSTOMERS)
deeds = st.sampled_from(sorted(OF_AGENTS))
agents = st.sampled_from(["mona", "ali"])
words = st.sampled_from(["hello", "fail", "person", "bye", "quiet", "stop", "start"])
# Expiries are told apart by ten minutes: time moves in steps of them.
steps = st.one_of(
    st.tuples(st.just("says"), words, customers),
    st.tuples(st.just("posts"), words, customers),
    st.tuples(st.just("waits"), st.sampled_from([0, 10, 30, 60, 700, 1440])),
    st.tuples(st.just("passes"), st.sampled_from([10, 700, 1440])),
    st.tuples(st.just("throttle"), st.sampled_from(["throttle", "reject", "drop"])),
    st.tuples(st.just("close"), customers),
    st.tuples(st.just("forget"), customers),
    st.tuples(st.just("put back")),
    st.tuples(st.sampled_from(["does", "decides"]), agents, deeds, customers),
    st.tuples(st.just("phone"), st.sampled_from(["wamid.E1", "wamid.E2"]), customers),
)


def take(story, step):
    match step:
        case ("says", text, customer):
            story.says(text, customer)
        case ("posts", text, customer):
            story.posts(text, customer)
        case ("waits", minutes):
            story.waits(minutes=minutes)
        case ("passes", minutes):
            story.clock.move(minutes=minutes)
        case ("throttle", mode):
            throttle(story, mode)
        case ("close", customer):
            close(story, customer)
        case ("forget", customer):
            story.manager.forget(customer)
        case ("put back",):
            put_back(story)
        case ("does", agent, action_type, customer):
            story.agent(agent).does(action_type, customer, text="x", keeps=True)
        case ("decides", agent, action_type, customer):
            story.agent(agent).posts(action_type, customer, text="x")
        case ("phone", id_, customer):
            story.writes_from_the_phone("from the phone", customer, id_)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(steps, max_size=25), st.booleans())
def test_the_gauges_are_the_truth(script, scraped_at_each_step):
    story = Story(assistant, max_turn_attempts=2)
    for step in script:
        take(story, step)
        if scraped_at_each_step:
            assert counted(story) == found(story), step
    assert counted(story) == found(story)
    # And in the list of those that wait for an agent is whoever does.
    story.sweep()
    assert set(story.redis.zrange("waiting", 0, -1)) == {
        session.conversation
        for session in map(story.manager.get, CUSTOMERS)
        if session and session.state is State.WAITING_AGENT
    }
    story.redis.close()
