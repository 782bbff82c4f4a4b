"""Steps and early replies: a repeated turn does not do again what an earlier run of it has kept."""

import asyncio
import json

import pytest

from session import StepFailed, Turn
from session.replies import Reply
from session.steps import EarlyReply, MemoryKeeper, Progress, early_replies, finished
from session.testing import ask, message, turn
from tests.values import CONVERSATION


class Bookings:
    """The other side: notes the idempotency key of each booking."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def book(self, key: str) -> dict[str, int]:
        self.keys.append(key)
        return {"number": len(self.keys)}

    async def book_soon(self, key: str) -> dict[str, int]:
        return self.book(key)


def progress(*ids: str, kept: dict[str, str] | None = None, secret: str = "") -> Progress:
    return Progress(CONVERSATION, [message(id=id_) for id_ in ids], kept or {}, secret=secret)


def test_a_repeated_turn_gets_what_was_kept_and_does_nothing_again():
    kept, bookings = MemoryKeeper(), Bookings()

    def assistant(turn: Turn) -> str:
        return f"Booked as {turn.step('book', bookings.book)['number']}."

    first = ask(assistant, turn("book it", keeper=kept))
    again = ask(assistant, turn("book it", keeper=kept))

    assert (first.text, again.text) == ("Booked as 1.", "Booked as 1.")
    assert len(bookings.keys) == 1


def test_a_step_that_failed_is_tried_again_with_the_same_key():
    kept, keys = MemoryKeeper(), []

    def fails_at_first(key: str) -> str:
        keys.append(key)
        if len(keys) == 1:
            raise ConnectionError
        return "done"

    def assistant(turn: Turn) -> str:
        return turn.step("pay", fails_at_first)

    with pytest.raises(ConnectionError):
        ask(assistant, turn("pay", keeper=kept))

    assert ask(assistant, turn("pay", keeper=kept)).text == "done"
    assert keys[0] == keys[1]


def test_a_coroutine_function_awaits_its_steps():
    kept, bookings = MemoryKeeper(), Bookings()

    async def assistant(turn):
        booked = await turn.step("book", bookings.book_soon)
        checked = await turn.step("check", lambda: [booked["number"]])
        await turn.say_now("One moment.")
        return str(checked)

    answers = [ask(assistant, turn("book it", keeper=kept)) for _ in range(2)]

    assert [answer.text for answer in answers] == ["[1]", "[1]"]
    assert [reply.text for reply in kept.said] == ["One moment."]
    assert len(bookings.keys) == 1


def test_uses_of_one_name_are_steps_of_their_own():
    bookings = Bookings()

    def assistant(turn: Turn) -> str:
        return json.dumps([turn.step("book", bookings.book) for _ in range(2)])

    assert ask(assistant, turn("two please")).text == '[{"number": 1}, {"number": 2}]'
    assert len(set(bookings.keys)) == 2


def test_the_key_is_known_before_the_step_and_names_nobody():
    one = turn("book it")
    before = one.key("book")

    assert one.step("book", lambda key: key) == before
    assert one.key("book") != before
    assert "201001234567" not in before


def test_a_key_is_that_of_one_conversation_and_one_deployment():
    keys = {progress("m1").step("book", "7").key, progress("m1", secret="s").step("book", "7").key}
    keys.add(Progress("whatsapp:+1", [message(id="m1")], {}).step("book", "7").key)

    assert len(keys) == 3


def test_with_a_key_of_its_own_a_step_is_the_same_whichever_messages_the_turn_has():
    assert progress("m1", "m2").step("book", "m2") == progress("m2").step("book", "m2")
    assert progress("m1", "m2").step("book", None) != progress("m2").step("book", None)


def test_what_a_step_returns_is_the_same_at_first_and_from_the_store():
    assert turn("x").step("pair", lambda: (1, 2)) == [1, 2]


@pytest.mark.parametrize(
    ("result", "why"), [(object(), "not JSON"), (float("nan"), "not JSON"), ("x" * 40_000, "32,768")]
)
def test_a_result_that_cannot_be_kept_fails_each_time_without_a_second_effect(result, why):
    kept, done = MemoryKeeper(), []

    def assistant(turn: Turn) -> None:
        turn.step("book", lambda: done.append(1) or result)

    for _ in range(2):
        with pytest.raises(StepFailed, match=why):
            ask(assistant, turn("book", keeper=kept))
    assert len(done) == 1


@pytest.mark.parametrize(("name", "key"), [("", None), ("x" * 201, None), ("book", ""), ("book", "x" * 201)])
def test_a_name_has_a_length(name, key):
    with pytest.raises(ValueError, match="1 to 200"):
        turn("x").step(name, dict, key=key)


def test_a_turn_has_so_many_steps():
    one = turn("x")
    for _ in range(100):
        one.step("more", dict)

    with pytest.raises(ValueError, match="at most 100"):
        one.step("more", dict)


def test_the_key_is_given_only_to_a_function_that_must_have_it():
    one = turn("x")

    assert one.step("none", lambda: 1) == 1
    assert one.step("a default", lambda key="mine": key) == "mine"
    assert one.step("of a class", dict) == {}
    assert len(one.step("a key", lambda key: key)) == 32


def test_an_early_reply_has_nothing_to_tap():
    with pytest.raises(ValueError, match="no buttons"):
        turn("x").say_now(Reply(text="?", buttons=({"id": "1", "title": "One"},)))


def test_early_replies_are_said_once_and_an_answer_shows_them():
    kept = MemoryKeeper()

    def assistant(turn: Turn) -> str:
        turn.say_now("One moment.")
        turn.say_now("Still looking.")
        return "Found."

    answers = [ask(assistant, turn("x", keeper=kept)) for _ in range(2)]

    assert answers[0].effects == {"said": ["One moment.", "Still looking."], "replies": ["Found."]}
    assert [reply.text for reply in kept.said] == ["One moment.", "Still looking."]


class Full(MemoryKeeper):
    """An outbox that has room for one reply."""

    def say(self, field: str, reply: Reply) -> bool:
        return not self.said and super().say(field, reply)


def test_an_early_reply_without_room_comes_first_when_the_turn_ends_and_so_do_all_after_it():
    def assistant(turn: Turn) -> str:
        for text in ("a", "b", "c"):
            turn.say_now(text)
        return "d"

    answer = ask(assistant, turn("x", keeper=Full()))

    assert (answer.said, answer.texts) == (("a",), ["b", "c", "d"])


def test_messages_join_a_turn():
    async def assistant(turn):
        before = turn.text
        joined = await turn.more()
        assert await turn.more() == ()
        return f"{before} + {[message.text for message in joined]} = {turn.text!r} of {len(turn.history)}"

    answer = ask(assistant, turn("a villa"), later=["in Maadi", "please"])

    assert answer.text == "a villa + ['in Maadi', 'please'] = 'a villa\\nin Maadi\\nplease' of 3"


def test_fields_are_finished_with_the_message_to_which_they_belong():
    kept = MemoryKeeper()
    one = turn(message(id="m1"), message(id="m2"), keeper=kept)
    one.say_now("One moment.")
    one.step("look", dict)
    one.step("book", dict, key="m2")

    first = finished(kept.kept, ["m1"])

    assert [json.loads(field)[0] for field in first] == ["said", "step"]
    assert len(finished(kept.kept, ["m1", "m2"])) == 3
    assert [early.text for early in early_replies(kept.kept, ["m1"])] == ["One moment."]
    assert early_replies(kept.kept, ["m2"]) == []


def test_what_cannot_be_read_is_finished_with_any_turn():
    kept = {"no json": "", '["key","book","1"]': "{", "[]": "{}", '["said","m1",1]': "{}"}

    assert finished(kept, ["m1"]) == list(kept)
    assert early_replies(kept, ["m1"]) == []


def test_early_replies_are_in_the_order_in_which_they_were_said():
    kept = {
        f'["said","m1",{n}]': EarlyReply(text=str(n), ids=(f"t.{n}",), at=5).to_json() for n in (10, 2, 1)
    }

    assert [early.text for early in early_replies(kept, ["m1"])] == ["1", "2", "10"]


def test_an_async_step_that_is_cancelled_keeps_nothing():
    kept = MemoryKeeper()

    async def never() -> None:
        await asyncio.Event().wait()

    async def assistant(turn):
        async with asyncio.timeout(0):
            await turn.step("book", never)

    with pytest.raises(TimeoutError):
        ask(assistant, turn("x", keeper=kept))
    assert kept.kept == {}
