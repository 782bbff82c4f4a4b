"""Calls of tools that a person must allow first."""

import json

import pytest

from session.agent_actions import AgentActionType
from session.steps import MemoryKeeper
from session.testing import CUSTOMER, decision
from session.timers import read_timers
from tests.ports import free_ports
from tests.stories.desk import ALIA
from tests.stories.telling import Story
from tests.worker.assistants.llm.model_server import answers, calls, refuses
from tests.worker.assistants.llm.tool_servers.conftest import calls_tool, offers, told
from tests.worker.assistants.llm.tool_servers.shop import Shop
from worker.assistants.llm.tool_servers.calls import ToolServerDown

ASKS = 'approve = ["order", "mine", "slow"]\n'
ORDER = {"server": "shop", "tool": "order", "arguments": {"item": "sofa"}}


def asked(turn):
    """What a turn asks a person for."""
    return [
        (plan.name.split()[0], plan.text, json.loads(plan.data)) for plan in turn.effects.planned.values()
    ]


def texts(turn):
    return [reply.text for reply in turn.effects.replies]


def test_a_person_is_asked_instead_of_the_server(with_tools, server, shop, turn_of):
    order = ("shop_order", {"item": "sofa"})
    server.script = [lambda _: calls(order, order), answers("I have asked a colleague.", intent="other")]
    turn = turn_of("order the sofa")

    with_tools(("shop", shop), file=ASKS).assistant(turn)

    assert shop.calls == []
    assert asked(turn) == [
        (
            "shop_order",
            "The language model asks: may it call order of shop?",
            ORDER,
        )
    ]
    assert texts(turn) == ["I have asked a colleague."]
    assert "a colleague decides" in told(server)[0]


def test_nothing_is_asked_for_if_the_model_fails(with_tools, server, shop, turn_of):
    server.script = [calls_tool("shop_order", item="sofa"), refuses(500)]
    turn = turn_of("order the sofa")

    with_tools(("shop", shop), file=ASKS).assistant(turn)

    assert turn.effects.planned == {}


def test_the_call_that_was_approved_is_made_once_and_told(with_tools, server, shop, turn_of):
    server.then = answers("It is ordered as number 1.", intent="other")
    here, keeper = with_tools(("shop", shop), file=ASKS), MemoryKeeper()
    for _ in range(2):
        turn = turn_of(decision("shop_order 1", data=ORDER, note="as agreed"), keeper=keeper)
        here.assistant(turn)

    assert shop.calls == [("order", "sofa")]
    assert texts(turn) == ["It is ordered as number 1."]
    said = server.requests[-1]["messages"][-1]["content"]
    assert "this became of what you had asked a colleague for, so tell the customer:" in said
    assert said.endswith(
        'shop_order {"item": "sofa"}: it was approved, and done: Ordered as number 1.\nas agreed'
    )
    assert "mona" not in server.said


@pytest.mark.parametrize(
    "decided", [("mona", "it was declined"), ("", "nobody has decided in time, so it was not done")]
)
def test_what_was_not_approved_is_not_done_and_told(with_tools, server, shop, turn_of, decided):
    by, why = decided
    server.then = answers("Sorry, no.", intent="other")
    turn = turn_of(decision("shop_order 1", data=ORDER, approved=False, by=by))

    with_tools(("shop", shop), file=ASKS).assistant(turn)

    assert shop.calls == []
    assert texts(turn) == ["Sorry, no."]
    assert server.requests[-1]["messages"][-1]["content"].endswith(f'{{"item": "sofa"}}: {why}')


def test_who_has_the_conversation_reads_the_outcome_and_the_model_says_nothing(
    with_tools, server, shop, turn_of
):
    turn = turn_of(decision("shop_order 1", data=ORDER))
    turn.waiting = True

    with_tools(("shop", shop), file=ASKS).assistant(turn)

    assert texts(turn) == ['shop_order {"item": "sofa"}: it was approved, and done: Ordered as number 1.']
    assert server.requests == []


def test_a_long_call_does_not_push_its_outcome_out(with_tools, server, shop, turn_of):
    server.then = answers("Ordered.", intent="other")
    turn = turn_of(decision("shop_order 1", data={**ORDER, "arguments": {"item": "sofa " * 1500}}))

    with_tools(("shop", shop), file=ASKS).assistant(turn)

    assert server.requests[-1]["messages"][-1]["content"].endswith("done: Ordered as number 1.")


def test_a_person_looks_at_an_approved_call_that_is_in_doubt(with_tools, server, shop, turn_of):
    slow = {**ORDER, "tool": "slow"}
    turn = turn_of(decision("shop_slow 1", data=slow))

    with_tools(("shop", shop), file=f"{ASKS}timeout_seconds = 2\n").assistant(turn)

    assert turn.effects.escalation == "the customer was not told the result: shop_slow"
    assert server.requests == []


def test_a_person_tells_what_the_model_cannot(with_tools, server, shop, turn_of):
    server.then = refuses(500)
    here = with_tools(("shop", shop), file=ASKS)
    turn = turn_of(decision("shop_order 1", data=ORDER, approved=False))

    here.assistant(turn)

    assert here.asked_fallback == []
    assert turn.effects.escalation == "the customer was not told the result: shop_order"


def test_a_decision_is_tried_again_while_the_server_is_down(with_tools, server, turn_of):
    shop = Shop()
    shop.url = f"http://127.0.0.1:{free_ports(1)[0]}/mcp"

    with pytest.raises(ToolServerDown):
        with_tools(("shop", shop), file=ASKS).assistant(turn_of(decision("shop_order 1", data=ORDER)))


def test_what_the_file_does_not_allow_any_more_is_not_called(with_tools, server, shop, turn_of):
    server.then = answers("Not possible any more.", intent="other")
    turn = turn_of(decision("shop_order 1", data=ORDER))

    with_tools(("shop", shop), file='tools = ["price"]\n').assistant(turn)

    assert shop.calls == []
    assert "there is no such tool any more" in server.requests[-1]["messages"][-1]["content"]
    assert offers(server.requests[-1]) == ["search", "shop_price", "answer"]


def test_the_number_of_the_customer_is_kept_for_the_call_and_not_told_to_the_model(
    with_tools, server, shop, turn_of
):
    file = f'{ASKS}customer = "phone"\n'
    server.script = [calls_tool("shop_mine"), answers("I have asked.", intent="other")]
    turn = turn_of("cancel my order")
    here = with_tools(("shop", shop), file=file)
    here.assistant(turn)

    ((_, _, data),) = asked(turn)
    here.assistant(turn_of(decision("shop_mine 1", data=data)))

    assert shop.calls == [("mine", CUSTOMER)]
    assert CUSTOMER not in server.said


def test_a_person_sees_to_what_a_former_assistant_has_asked_for(with_tools, server, shop, turn_of):
    turn = turn_of(decision("discount", "Ten per cent?", data={"percent": 10}))

    with_tools(("shop", shop)).assistant(turn)

    assert turn.effects.escalation == "the customer was not told the result: discount"
    assert server.requests == []


class OfEachTask:
    """Closes its connections after each turn: a story has a loop for each task."""

    def __init__(self, bench):
        self.bench = bench

    async def __call__(self, turn):
        try:
            return await self.bench.called(turn)
        finally:
            await self.bench.engine.close()
            await self.bench.toolbox.close()


def test_a_customer_asks_an_agent_allows_it_and_a_crash_does_not_order_twice(
    with_tools, server, shop, records
):
    here = with_tools(("shop", shop), file=ASKS)
    assistant = OfEachTask(here)
    crashes = [True]

    async def that_crashes_once(turn):
        said = await assistant(turn)
        if turn.decision and crashes.pop():
            crashes.append(False)
            raise ConnectionError
        return said

    story = Story(assistant=that_crashes_once, catalogue=records)
    server.script = [calls_tool("shop_order", item="sofa"), answers("I have asked.", intent="other")]
    story.says("order the sofa")
    assert story.hears() == ["I have asked."]

    server.then = answers("It is ordered.", intent="other")
    pairs = [part for pair in story.redis.hgetall(f"timers:whatsapp:{ALIA}").items() for part in pair]
    (open_,) = read_timers(pairs).values()
    story.agent("Mona").does(AgentActionType.DECIDE, timer=open_.message.id, approved=True)
    assert story.hears() == []
    story.waits(minutes=1)

    assert story.hears() == ["It is ordered."]
    assert shop.calls == [("order", "sofa")]
