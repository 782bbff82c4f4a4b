"""The life of a conversation: read these first."""

import pytest

from session import State, Turn
from tests.stories.telling import ALIA, OMAR

pytestmark = pytest.mark.parametrize("channel", ["meta", "twilio"])


def test_a_first_message_creates_a_session_and_is_answered(tell, channel):
    story = tell()

    story.says("hello", channel=channel)

    assert story.hears() == ["hello"]
    session = story.session()
    assert session.customer_id == ALIA
    assert session.state is State.ACTIVE
    assert session.message_count == 1
    assert [(said.role, said.text) for said in session.context.message_history] == [
        ("user", "hello"),
        ("assistant", "hello"),
    ]


def test_a_later_message_finds_the_earlier_history_and_known_facts(tell, channel):
    def assistant(turn: Turn) -> str:
        if turn.known.location is None:
            turn.remember(location=turn.text, bedrooms=3)
            return "Noted."
        return f"{turn.known.location}, {turn.known.bedrooms} bedrooms; you said {turn.history[0].text}"

    story = tell(assistant)
    story.says("Maadi", channel=channel)
    story.says("what do you know?", channel=channel)

    assert story.hears() == ["Noted.", "Maadi, 3 bedrooms; you said Maadi"]
    assert story.session().context.extracted_info.location == "Maadi"


def test_the_history_keeps_the_last_twenty_entries(tell, channel):
    story = tell(lambda _: None)

    for n in range(1, 22):
        story.says(f"message {n}", channel=channel)

    history = story.session().context.message_history
    assert [said.text for said in history] == [f"message {n}" for n in range(2, 22)]
    assert story.session().message_count == 21


def test_a_quiet_session_goes_idle_and_is_active_again_with_the_next_message(tell, channel):
    story = tell()
    story.says("hello", channel=channel)
    begun = story.session()

    story.waits(minutes=29, seconds=59)
    assert story.session().state is State.ACTIVE
    story.waits(seconds=1)
    assert story.session().state is State.IDLE

    story.says("still there?", channel=channel)
    session = story.session()
    assert session.state is State.ACTIVE
    assert session.id == begun.id
    assert session.message_count == 2


def test_an_idle_session_is_closed_later_and_the_next_message_begins_a_new_one(tell, channel):
    story = tell()
    story.says("hello", channel=channel)
    begun = story.session()

    story.waits(minutes=30)
    story.waits(minutes=690)
    assert story.session().state is State.CLOSED

    story.says("a new question", channel=channel)
    session = story.session()
    assert session.state is State.ACTIVE
    assert session.id != begun.id
    assert session.message_count == 1
    assert [said.text for said in session.context.message_history] == ["a new question"] * 2


def test_the_sweep_does_not_prolong_the_retention_of_a_session(tell, channel):
    story = tell()
    story.says("hello", channel=channel)
    expires = story.redis.pexpiretime(f"session:whatsapp:{ALIA}")

    story.waits(minutes=30)

    assert story.session().state is State.IDLE
    assert story.redis.pexpiretime(f"session:whatsapp:{ALIA}") == expires


def test_an_escalated_conversation_waits_for_an_agent_and_the_assistant_is_silent(tell, channel):
    def assistant(turn: Turn) -> str:
        if "agent" in turn.text:
            turn.escalate("customer asked")
            return "A colleague will answer you here."
        return "I am the assistant."

    story = tell(assistant, agent_timeout_minutes=0)
    story.says("hello", channel=channel)
    story.says("an agent please", channel=channel)
    story.says("anybody?", channel=channel)

    said = story.hears()
    assert said[:2] == ["I am the assistant.", "A colleague will answer you here."]
    assert [text.startswith("Your message is with our team") for text in said[2:]] == [True]
    session = story.session()
    assert session.state is State.WAITING_AGENT
    assert session.escalation == "customer asked"
    assert session.context.message_history[-2].text == "anybody?"

    # The customer's own timer does not end the wait for an agent.
    story.waits(hours=20)
    assert story.session().state is State.WAITING_AGENT


def test_an_assistant_can_end_the_session(tell, channel):
    def assistant(turn: Turn) -> str:
        turn.close("said goodbye")
        return "Goodbye."

    story = tell(assistant)
    story.says("bye", channel=channel)

    assert story.hears() == ["Goodbye."]
    assert story.session().state is State.CLOSED


def test_two_customers_have_separate_conversations(tell, channel):
    story = tell()

    story.posts("from Alia", ALIA, channel)
    story.posts("from Omar", OMAR, channel)
    story.work()

    assert story.hears(ALIA) == ["from Alia"]
    assert story.hears(OMAR) == ["from Omar"]


def test_a_reply_uses_the_channel_of_the_message(tell, channel):
    story = tell()
    other = "twilio" if channel == "meta" else "meta"

    story.says("first", channel=channel)
    story.says("then", channel=other)

    assert [message["channel"] for message in story.receives()] == [channel, other]
