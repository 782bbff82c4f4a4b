"""Tools that do something outside are steps of the turn; some ask a person first."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from agents import function_tool
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from session import AsyncTurn, StepFailed
from session.errors import BadAssistant
from session.steps import MemoryKeeper
from session.testing import ask, decision, turn
from worker.assistants.adapters import asks_first, once
from worker.assistants.adapters.runs import running
from worker.assistants.adapters.tools import by_name


def in_turn(does: Callable[[], Any], *, keeper: MemoryKeeper | None = None) -> Any:
    """Do something in a turn; return its result."""
    results = []

    async def assistant(turn: AsyncTurn) -> None:
        async with running(turn, {}):
            results.append(await does())

    ask(assistant, turn("hello", keeper=keeper or MemoryKeeper()))
    return results[0]


class Booking(BaseModel):
    day: str
    number: int


@given(first=st.lists(st.sampled_from("abc"), max_size=6), data=st.data())
def test_whatever_a_repeated_turn_does_again_was_not_done_before(first, data):
    again = data.draw(st.permutations([*first, *data.draw(st.lists(st.sampled_from("abcd"), max_size=3))]))
    done, keeper = [], MemoryKeeper()

    @once
    async def book(day):
        done.append(day)
        return len(done)

    async def all_of(days):
        return [await book(day) for day in days]

    in_turn(lambda: all_of(first), keeper=keeper)
    in_turn(lambda: all_of(again), keeper=keeper)

    assert sorted(done) == sorted(again)


def test_arguments_are_the_same_by_place_and_by_name_and_with_their_defaults():
    done, keeper = [], MemoryKeeper()

    @once
    def book(day: str, hour: int = 10) -> int:
        done.append((day, hour))
        return len(done)

    first = in_turn(lambda: book("Friday"), keeper=keeper)
    assert in_turn(lambda: book(hour=10, day="Friday"), keeper=keeper) == first == 1
    assert done == [("Friday", 10)]


def test_a_plain_function_does_not_keep_the_loop_waiting():
    async def both():
        loop = asyncio.get_running_loop()
        goes_on = asyncio.Event()

        @once
        def waits() -> bool:
            return asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result(10)

        asyncio.get_running_loop().call_soon(goes_on.set)
        return await waits()

    assert in_turn(both) is True


def test_a_model_is_returned_as_json_the_first_time_too():
    @once
    async def book(day: str) -> Booking:
        return Booking(day=day, number=7)

    assert in_turn(lambda: book("Friday")) == {"day": "Friday", "number": 7}


def test_what_has_the_turn_is_no_step():
    done = []

    @once
    async def book(turn: AsyncTurn) -> None:
        done.append(turn)

    async def assistant(turn: AsyncTurn) -> None:
        async with running(turn, {}):
            await book(turn)

    with pytest.raises(BadAssistant, match="book is a step, and has an argument that is no JSON"):
        ask(assistant, turn("hello"))
    assert done == []


def test_outside_of_a_turn_nothing_is_done():
    @once
    async def book() -> None:
        raise AssertionError

    with pytest.raises(BadAssistant, match="outside of a turn"):
        asyncio.run(book())


def test_the_turn_fails_with_a_step_also_if_its_framework_goes_on():
    @once
    async def book() -> str:
        return "long" * 10_000

    async def assistant(turn: AsyncTurn) -> str:
        async with running(turn, {}):
            try:
                await book()
            except StepFailed:
                return "It could not be booked."
        return "Booked."

    with pytest.raises(StepFailed):
        ask(assistant, turn("hello"))


@asks_first
def refund(amount: int) -> str:
    return f"{amount} paid"


def test_it_asks_once_for_the_same_call_and_keeps_it_as_it_is():
    async def assistant(turn: AsyncTurn) -> None:
        async with running(turn, by_name([refund])):
            await refund(5)
            await refund(amount=5)
            await refund(7)

    asked = ask(assistant, turn("refund me")).planned.values()
    assert [one.payload["arguments"] for one in asked] == [{"amount": 5}, {"amount": 7}]


@pytest.mark.parametrize(
    "said", ["refund me", decision("refund", data={"tool": "refund", "arguments": {"amount": 5}})]
)
def test_what_asks_first_must_be_known_to_the_adapter(said):
    async def assistant(turn: AsyncTurn) -> None:
        async with running(turn, {}):
            await refund(5)

    with pytest.raises(BadAssistant, match="was not given it in asks_first"):
        ask(assistant, turn(said))


@pytest.mark.parametrize(
    ("decided", "what"),
    [
        ({"note": "gladly"}, "A discount?: it was approved\ngladly"),
        ({"approved": False}, "A discount?: it was declined"),
        ({"approved": False, "by": ""}, "A discount?: nobody has decided in time, so it was not done"),
    ],
)
def test_what_a_tool_has_asked_for_by_itself_is_told(decided, what):
    async def assistant(turn: AsyncTurn) -> str:
        async with running(turn, by_name([refund])) as (*_, (_, told)):
            return told

    told = ask(assistant, turn(decision("discount", "A discount?", data=["own"], **decided))).text
    assert told.endswith(f"so tell the customer:\n{what}")


def test_what_a_framework_has_made_of_a_function_is_refused():
    with pytest.raises(BadAssistant, match="the functions themselves"):
        by_name([function_tool(refund)])


def test_two_tools_of_one_name_are_refused_because_the_wrong_one_would_be_called():
    def other() -> Any:
        @asks_first
        def refund(amount: int) -> str:
            return f"{amount} taken"

        return refund

    with pytest.raises(BadAssistant, match="two functions of the name refund"):
        by_name([refund, other()])
