"""Customers see read marks and the typing indicator."""

import pytest

from session import Turn
from tests.stories.telling import ALIA, OMAR, Story
from tests.valkey import until


def bubble(story: Story, text: str):
    """Return the customer's message as the phone shows it."""
    shown = story.simulator.test_client().get("/simulator/changes").json["bubbles"]
    return next(one for one in shown if one["mine"] and one["message"]["text"] == text)


def test_the_message_is_marked_as_read_and_typing_is_shown_while_the_assistant_computes(tell):
    def assistant(turn: Turn) -> str:
        until(lambda: bubble(story, turn.text)["typingUntil"], "the phone shows that somebody types")
        return f"{turn.text} to you"

    story = tell(assistant, meta_typing=True)

    story.says("hello")

    assert story.hears() == ["hello to you"]
    shown = bubble(story, "hello")
    assert (shown["status"], shown["typingUntil"]) == ("read", None)


def test_a_message_for_an_agent_stays_unread(tell):
    story = tell(escalate_to_an_agent, meta_typing=True)
    story.says("a person please")
    until(lambda: bubble(story, "a person please")["status"] == "read", "the assistant has read it")

    story.says("are you there?")
    story.says("hello", customer=OMAR)

    # Marks are sent in the order of the turns: one of the second turn would have come before.
    until(lambda: bubble(story, "hello")["status"] == "read", "the assistant has read what came later")
    assert bubble(story, "are you there?")["status"] == "delivered"


def escalate_to_an_agent(turn: Turn) -> None:
    if "person" in turn.text:
        turn.escalate("the customer asked")


@pytest.mark.parametrize(("channel", "settings"), [("meta", {}), ("twilio", {"meta_typing": True})])
def test_the_turn_is_the_same_without_receipts(tell, channel, settings):
    story = tell(**settings)

    story.says("hello", channel=channel)

    assert story.hears() == ["hello"]
    assert bubble(story, "hello")["status"] == "delivered"


def test_a_provider_that_rejects_read_marks_changes_nothing(tell):
    story = tell(meta_typing=True)
    story.phone.post("/simulator/faults", json={"channel": "meta", "mode": "error500", "count": 1})

    story.says("hello")
    story.waits(minutes=5)

    assert story.hears() == ["hello"]
    assert [event["received"] for event in story.events() if "received" in event].__len__() == 1
    assert story.session(ALIA).message_count == 1
