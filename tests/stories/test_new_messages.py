"""A customer goes on writing, an agent takes over, or a STOP comes, while the assistant is still at work."""

import asyncio

import pytest

from session import AsyncTurn
from session.agent_actions import AgentActionType
from session.messages import Message
from tests.stories.telling import ALIA, OMAR

#: Its lease is renewed all the time, by which a turn learns what has come where no notices are heard.
SOON = {"lease_seconds": 0.06}


class Slow:
    """An assistant that is at work when something comes, and would think about the first message for ever."""

    def __init__(self, comes) -> None:
        self.comes = comes
        self.asked: list[list[str]] = []

    async def __call__(self, turn: AsyncTurn) -> str:
        self.asked.append(texts(turn.messages))
        self.media = [medium for message in turn.messages for medium in message.media]
        if len(self.asked) == 1:
            await turn.say_now("One moment, I am looking.")
            self.comes()
            await self.story.services.intake.drain(0)
            await self.thinks(turn)
        return f"For {' and '.join(texts(turn.messages))}: here it is."

    async def thinks(self, turn: AsyncTurn) -> None:
        await asyncio.Event().wait()


class Asking(Slow):
    """One that asks between two thoughts whether the customer has written more."""

    async def thinks(self, turn: AsyncTurn) -> None:
        self.more = texts(await turn.more())


class Ending(Slow):
    """One that has its answer in spite of all."""

    async def thinks(self, turn: AsyncTurn) -> None:
        pass


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages]


def begin(tell, assistant, **settings):
    assistant.story = tell(assistant, **SOON, **settings)
    return assistant.story


def test_by_default_what_comes_meanwhile_gets_an_answer_of_its_own(tell):
    assistant = Ending(lambda: story.posts("with a garden"))
    story = begin(tell, assistant)

    story.says("a villa")

    assert story.hears() == [
        "One moment, I am looking.",
        "For a villa: here it is.",
        "For with a garden: here it is.",
    ]


def test_with_restart_the_assistant_begins_anew_and_answers_both_together(tell):
    assistant = Slow(lambda: story.posts("with a garden"))
    story = begin(tell, assistant, on_new_message="restart")

    story.says("a villa")

    # What was said early stays said, and is not said again.
    assert story.hears() == ["One moment, I am looking.", "For a villa and with a garden: here it is."]
    assert assistant.asked == [["a villa"], ["a villa", "with a garden"]]
    assert story.session().message_count == 2
    assert story.dead_letters() == []


def test_with_join_the_assistant_is_told_and_answers_both_in_the_turn_that_it_has_begun(tell):
    assistant = Asking(lambda: story.posts("with a garden"))
    story = begin(tell, assistant, on_new_message="join")

    story.says("a villa")

    assert assistant.more == ["with a garden"]
    assert assistant.asked == [["a villa"]]
    assert story.hears() == ["One moment, I am looking.", "For a villa and with a garden: here it is."]
    said = [entry.text for entry in story.session().context.message_history]
    assert said[:2] == ["a villa", "with a garden"]


def test_with_restart_a_photo_is_waited_for_before_the_assistant_begins_anew(tell):
    assistant = Slow(lambda: story.posts("like this", kind="image"))
    story = begin(tell, assistant, on_new_message="restart")

    story.says("a villa")

    assert assistant.asked == [["a villa"], ["a villa", "like this"]]
    assert [bool(one.stored) for one in assistant.media] == [True]
    assert story.hears() == ["One moment, I am looking.", "For a villa and like this: here it is."]


def test_with_join_a_photo_that_must_be_fetched_first_has_a_turn_of_its_own(tell):
    assistant = Asking(lambda: story.posts("like this", kind="image"))
    story = begin(tell, assistant, on_new_message="join")

    story.says("a villa")

    assert (assistant.more, assistant.asked) == ([], [["a villa"], ["like this"]])
    assert [bool(one.stored) for one in assistant.media] == [True]
    assert story.hears()[-1] == "For like this: here it is."


def test_each_sender_may_have_its_own_way(tell, tmp_path):
    senders = tmp_path / "senders.toml"
    senders.write_text('[[sender]]\nsender = "meta:106540352242922"\non_new_message = "restart"\n')
    assistant = Slow(lambda: story.posts("with a garden"))
    story = begin(tell, assistant, senders_file=senders)

    story.says("a villa")

    assert story.hears()[-1] == "For a villa and with a garden: here it is."


def test_what_other_customers_write_concerns_no_turn_but_their_own(tell):
    assistant = Ending(lambda: story.posts("a flat", OMAR))
    story = begin(tell, assistant, on_new_message="restart")

    story.says("a villa")

    assert assistant.asked == [["a villa"], ["a flat"]]
    assert story.hears(OMAR) == ["For a flat: here it is."]


@pytest.mark.parametrize("way", ["after", "restart", "join"])
def test_a_takeover_ends_the_assistant_and_the_agent_has_the_conversation(tell, way):
    assistant = Slow(lambda: story.agent("mona").posts(AgentActionType.TAKE_OVER))
    story = begin(tell, assistant, on_new_message=way)

    story.says("a villa")

    # It had nobody to answer to any more. What it had said was cancelled, or had left already.
    assert assistant.asked == [["a villa"]]
    assert story.session().held_by == "mona"
    assert "For a villa: here it is." not in story.hears()
    assert next(entry.text for entry in story.session().context.message_history) == "a villa"


def test_a_stop_ends_the_assistant_and_nothing_more_is_sent(tell):
    assistant = Slow(lambda: story.posts("STOP"))
    story = begin(tell, assistant, on_new_message="restart")

    story.says("a villa")

    assert assistant.asked == [["a villa"]]
    assert "For a villa: here it is." not in story.hears()
    assert story.session(ALIA).message_count == 2
