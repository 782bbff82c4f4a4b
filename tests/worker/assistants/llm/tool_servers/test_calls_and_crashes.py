"""Whatever a model decides, whatever a server answers, and wherever a worker dies: no call is carried out more often than it was asked for.

What the chaos runs do with steps in general (`tests/chaos/auditing_steps.py`), for the outcomes that only calls of tools have.
"""

import asyncio
import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from session import AsyncTurn
from session.steps import MemoryKeeper
from session.testing import turn
from tests.worker.assistants.llm.tool_servers.test_offering import listed, server
from worker.assistants.llm.circuit_breaker import CircuitBreaker
from worker.assistants.llm.tool_servers.calls import (
    Called,
    OpenServer,
    ToolCallInDoubt,
    ToolServerDown,
    ToolServerError,
    TurnTools,
)
from worker.assistants.llm.tool_servers.offering import offered

MOST = 4
ITEMS = st.sampled_from(["sofa", "chair"])
OUTCOMES = st.sampled_from(["done", "failed", "doubt", "down"])


class Server:
    """Does what the test says, and records what it has carried out; it may have in doubt."""

    def __init__(self, outcomes):
        self.outcomes = iter(outcomes)
        self.carried_out = []

    async def call(self, tool, arguments, *, key, seconds):
        outcome = next(self.outcomes, "done")
        if outcome == "down":
            raise ToolServerDown("shop", "it is down")
        self.carried_out.append((arguments["item"], key))
        if outcome == "doubt":
            raise ToolCallInDoubt("shop")
        return Called(text=f"number {len(self.carried_out)}", failed=outcome == "failed")


async def runs(wanted, shop, keeper, told):
    """One run of the turn: the model asks for these items, and the worker dies after the last one."""
    configured = server()
    open_ = OpenServer(
        server=configured, connection=shop, breaker=CircuitBreaker(failures=99, fault=ToolServerError)
    )
    the_turn = AsyncTurn.of(turn("hello", keeper=keeper))
    tools = TurnTools(the_turn, {"shop": open_}, offered(configured, [listed("order")]), at_most=MOST)
    for item in wanted:
        told.append(await tools.call("shop_order", json.dumps({"item": item}), seconds=1))


@given(
    runs_=st.lists(st.lists(ITEMS, max_size=MOST), min_size=1, max_size=4),
    outcomes=st.lists(OUTCOMES, max_size=12),
)
def test_no_call_is_carried_out_more_often_than_it_was_asked_for(runs_, outcomes):
    shop, keeper = Server(outcomes), MemoryKeeper()
    for wanted in runs_:
        asyncio.run(runs(wanted, shop, keeper, []))

    keys = [key for _, key in shop.carried_out]
    assert len(keys) == len(set(keys))
    for item, times in Counter(item for item, _ in shop.carried_out).items():
        assert times <= max(wanted.count(item) for wanted in runs_)


@given(
    wanted=st.lists(ITEMS, max_size=MOST),
    outcomes=st.lists(OUTCOMES.filter(lambda one: one != "down"), max_size=MOST),
)
def test_a_repeated_turn_is_told_the_same_and_asks_the_server_nothing(wanted, outcomes):
    shop, keeper = Server(outcomes), MemoryKeeper()
    first, again = [], []
    asyncio.run(runs(wanted, shop, keeper, first))
    carried_out = list(shop.carried_out)

    asyncio.run(runs(wanted, shop, keeper, again))

    assert again == first
    assert shop.carried_out == carried_out
