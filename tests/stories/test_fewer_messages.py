"""Replies of one turn that can be one message are one, because WhatsApp bills each."""

import pytest

from session import Menu, Reply, Row, Turn
from tests.stories.telling import OMAR, Story

VILLAS = Menu(button="Show", rows=(Row(id="v7", title="Villa 7"), Row(id="v9", title="Villa 9")))


def chatty(turn: Turn) -> Reply | None:
    """An assistant that says everything in a message of its own."""
    if turn.text == "details":
        turn.say_now("One moment.")
        turn.reply("Villa 7 has a garden.")
        turn.reply("Call me on 123456.", separate=True)
        return Reply(text="Anything else?")
    if turn.text == "villas":
        turn.reply("I have looked.")
        turn.reply("There are two.")
        return Reply(text="Which one?", menu=VILLAS)
    turn.reply(f"You chose {turn.messages[0].payload}.")
    return None


@pytest.fixture
def story():
    return Story(chatty, join_replies=None)


def test_texts_before_a_list_are_its_body(story):
    story.says("villas")

    (seen,) = story.receives()
    assert seen["text"] == "I have looked.\n\nThere are two.\n\nWhich one?"
    assert [option["id"] for option in seen["rows"]] == ["v7", "v9"]
    assert story.session().context.message_history[-1].text == seen["text"]


def test_where_a_list_is_numbered_text_its_numbers_are_understood(story):
    story.says("villas", customer=OMAR, channel="twilio")
    story.says("2", customer=OMAR, channel="twilio")

    menu, answer = story.receives(OMAR)
    assert menu["text"].endswith("Which one?\n\n1. Villa 7\n2. Villa 9")
    assert answer["text"] == "You chose v9."


def test_early_replies_and_those_that_want_to_be_alone_stay_alone(story):
    story.says("details")

    assert story.hears() == [
        "One moment.",
        "Villa 7 has a garden.",
        "Call me on 123456.",
        "Anything else?",
    ]


def test_a_channel_that_bills_nothing_gets_each_as_it_was_said(story):
    story.says("villas", customer="telegram:555", channel="telegram")

    assert len(story.receives("telegram:555")) == 3
