"""Limits are announced once, in a friendly way, and never keep a customer from an agent."""

import pytest

from session import SearchLimitReached, Turn
from session.testing import Records
from tests.stories.telling import ALIA

RECORDS = ["Dr. Rao", "Dr. Iyer", "Dr. Khan"]


def directory(turn: Turn) -> str:
    found = turn.search("members", turn.text, intent="find_member", entities={"profession": "doctor"})
    return f"{len(found)} found."


@pytest.mark.parametrize("channel", ["meta", "twilio"])
def test_the_fifty_first_message_does_not_reach_the_assistant(tell, channel):
    story = tell()
    for n in range(1, 51):
        story.says(f"{n}", channel=channel)
    assert story.hears() == [f"{n}" for n in range(1, 51)]

    story.clock.move(minutes=20)
    story.says("51", channel=channel)
    assert story.hears() == ["You have sent a lot of messages. Please try again in 40 minutes."]
    assert story.session().message_count == 50

    # The customer is told once in an hour.
    story.says("52", channel=channel)
    assert story.hears() == []

    story.clock.move(minutes=40)
    story.says("53", channel=channel)
    assert story.hears() == ["53"]


def test_a_redelivered_message_does_not_count_twice(tell):
    story = tell()

    for _ in range(3):
        story.says("hello", id="wamid.same")

    assert story.hears() == ["hello"]
    assert story.redis.get(f"rate:msg:{ALIA}") == "1"


def test_asking_for_an_agent_is_never_limited(tell):
    def assistant(turn: Turn) -> str:
        if "agent" in turn.text:
            turn.escalate("customer asked")
            return "A colleague will answer you here."
        return "ok"

    story = tell(assistant, rate_limit_messages_per_hour=1)
    story.says("one")
    story.says("two")
    story.says("let me talk to an agent")
    for n in range(5):
        story.says(f"for the agent {n}")

    assert "A colleague will answer you here." in story.hears()
    assert story.session().context.message_history[-1].text == "for the agent 4"
    assert story.redis.get(f"rate:msg:{ALIA}") == "1"


def test_the_thirty_first_search_is_refused_with_the_time_to_try_again(tell):
    story = tell(directory, Records(RECORDS))
    for _ in range(30):
        story.says("Find doctors in Bangalore", channel="twilio")
    assert story.hears() == ["3 found."] * 30

    story.clock.move(minutes=59, seconds=1)
    story.says("Find doctors in Bangalore", channel="twilio")
    assert story.hears() == ["You have used all your searches for now. Please try again in 1 minute."]
    session = story.session()
    assert session.search_count == 30
    assert len(session.context.search_history) == 10
    assert session.context.search_history[-1].intent == "find_member"
    assert session.context.search_history[-1].entities == {"profession": "doctor"}
    assert session.context.search_history[-1].result_count == 3

    story.clock.move(seconds=59)
    story.says("Find doctors in Bangalore", channel="twilio")
    assert story.hears() == ["3 found."]


def test_an_assistant_may_announce_the_limit_in_its_own_words(tell):
    def assistant(turn: Turn) -> str:
        try:
            return directory(turn)
        except SearchLimitReached as refusal:
            return f"Come back in {refusal.wait_for.seconds} seconds."

    story = tell(assistant, Records(RECORDS), rate_limit_searches_per_hour=1)
    story.says("doctors")
    story.says("doctors")

    assert story.hears() == ["3 found.", "Come back in 3600 seconds."]
