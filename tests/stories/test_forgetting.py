"""A customer is forgotten by a script or an agent, and no late delivery brings the customer back."""

import pytest

from session import Turn
from tests.stores import everything
from tests.stories.telling import ALIA, text_from


def assistant(turn: Turn) -> str:
    return "You are new here." if len(turn.history) < 2 else "We know each other."


def by_a_script(story):
    story.manager.forget("whatsapp: +20 100 123-4567")


def by_an_agent(story):
    story.agent("mona").forgets()


@pytest.fixture(params=[by_a_script, by_an_agent])
def forget(request):
    return request.param


def kept_of_alia(story):
    """Every key that names her or contains her name."""
    digits = ALIA.removeprefix("+")
    return [key for key, held in everything(story.redis).items() if digits in key + repr(held)]


def test_redeliveries_are_dropped(tell, forget):
    story = tell(assistant)
    for n in range(3):
        story.posts_meta(text_from(ALIA, f"message {n}", f"wamid.{n}"))
    story.work()
    assert story.hears() != []
    forget(story)

    story.waits(days=6)
    for n in range(3):
        story.posts_meta(text_from(ALIA, f"message {n}", f"wamid.{n}"))
    story.work()

    assert story.hears() == []
    assert kept_of_alia(story) == []


def test_a_late_read_status_is_ignored(tell, forget):
    story = tell(assistant)
    story.says("hello")
    (reply,) = story.receives()
    forget(story)

    for state in ("delivered", "read"):
        story.tells_status(reply, state)
    story.work()

    assert kept_of_alia(story) == []


def test_a_new_message_begins_a_new_conversation_and_is_answered(tell, forget):
    story = tell(assistant)
    story.posts_meta(text_from(ALIA, "hello", "wamid.old"))
    story.work()
    forget(story)

    story.posts_meta(text_from(ALIA, "hello again", "wamid.new"))
    story.posts_meta(text_from(ALIA, "hello", "wamid.old"))
    story.work()

    replies = story.receives()
    assert [reply["text"] for reply in replies] == ["You are new here.", "You are new here."]
    assert story.session().message_count == 1
    # The status of the new reply is recorded.
    story.tells_status(replies[-1], "read")
    story.work()
    assert [event["status"] for event in story.events() if "status" in event] == ["read"]
