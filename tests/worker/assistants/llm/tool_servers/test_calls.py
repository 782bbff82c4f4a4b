"""A model that calls the tools of a real MCP server."""

import json

import pytest

from session.steps import MemoryKeeper
from session.testing import CUSTOMER, timer
from tests.ports import free_ports
from tests.worker.assistants.llm.conftest import FALLBACK
from tests.worker.assistants.llm.model_server import answers, calls, refuses
from tests.worker.assistants.llm.tool_servers.conftest import calls_tool, offers, told
from tests.worker.assistants.llm.tool_servers.shop import Shop, serving


def test_the_model_calls_a_tool_and_may_say_the_figures_of_its_result(with_tools, server, shop, turn_of):
    server.script = [calls_tool("shop_price", item="sofa"), answers("It costs 7,250 pounds.", intent="other")]
    turn = turn_of("what does the sofa cost?")

    assert with_tools(("shop", shop)).assistant(turn) is None

    assert [reply.text for reply in turn.effects.replies] == ["It costs 7,250 pounds."]
    assert shop.calls == [("price", "sofa")]
    assert told(server) == ["The sofa costs 7250 pounds."]
    first = server.requests[0]
    assert offers(first)[:2] == ["search", "shop_price"]
    assert offers(first)[-1] == "answer"
    (price,) = [one["function"] for one in first["tools"] if one["function"]["name"] == "shop_price"]
    assert price["description"] == "The price of an item."
    assert price["parameters"]["required"] == ["item"]
    assert "The other tools are those of the business" in first["messages"][0]["content"]


def test_a_repeated_turn_does_not_call_again(with_tools, server, shop, turn_of):
    """The worker has died after the call and before the commit; the model decides the same again."""
    keeper = MemoryKeeper()
    here = with_tools(("shop", shop))
    for _ in range(2):
        server.script = [
            calls_tool("shop_order", item="sofa"),
            answers("Ordered as number 1.", intent="other"),
        ]
        turn = turn_of("order the sofa", keeper=keeper)
        here.assistant(turn)

    assert shop.calls == [("order", "sofa")]
    assert told(server, 1) == told(server, 3) == ["Ordered as number 1."]
    assert [reply.text for reply in turn.effects.replies] == ["Ordered as number 1."]


def test_the_same_call_twice_in_a_turn_is_made_twice_with_keys_of_their_own(
    with_tools, server, shop, turn_of
):
    order = ("shop_order", {"item": "chair"})
    server.script = [lambda _: calls(order, order), answers("Two chairs.", intent="other")]

    with_tools(("shop", shop)).assistant(turn_of("two chairs"))

    assert shop.calls == [("order", "chair")] * 2
    assert len(set(shop.keys)) == 2
    assert CUSTOMER not in "".join(shop.keys)


def test_calls_of_a_turn_are_limited_and_then_not_offered(with_tools, server, shop, turn_of):
    price = ("shop_price", {"item": "sofa"})
    server.script = [lambda _: calls(price, price, price), answers("Expensive.", intent="other")]

    with_tools(("shop", shop), llm_max_tool_calls=2).assistant(turn_of("a sofa"))

    assert len(shop.calls) == 2
    assert told(server)[-1] == '{"error": "no call is left in this turn; answer now"}'
    assert offers(server.requests[1]) == ["search", "answer"]


def test_in_its_last_request_the_model_can_only_answer(with_tools, server, shop, turn_of):
    """What is called in it could not be told any more."""
    server.script = [calls_tool("shop_price", item="sofa"), calls_tool("shop_order", item="sofa")]
    here = with_tools(("shop", shop), llm_max_requests=2)

    assert here.assistant(turn_of("a sofa")) == FALLBACK

    assert shop.calls == [("price", "sofa")]
    assert offers(server.requests[1]) == ["answer"]


def test_an_answer_together_with_a_call_is_not_sent(with_tools, server, shop, turn_of):
    """It says that something is done before it is known."""
    server.script = [
        lambda _: calls(("shop_fails", {}), ("answer", {"text": "Done!", "intent": "other"})),
        answers("The shop is closed.", intent="other"),
    ]
    turn = turn_of("order the sofa")

    with_tools(("shop", shop)).assistant(turn)

    assert [reply.text for reply in turn.effects.replies] == ["The shop is closed."]


@pytest.mark.parametrize(
    "wrong",
    [
        (("shop_fails", {}), "Error executing tool fails"),
        (("shop_order", {"thing": "sofa"}), "Field required"),
        (("shop_order", ["sofa"]), "the arguments must be one JSON object"),
    ],
)
def test_the_model_is_told_why_a_call_fails(with_tools, server, shop, turn_of, wrong):
    call, reason = wrong
    server.script = [lambda _: calls(call), answers("That did not work.", intent="other")]
    turn = turn_of("order the sofa")

    assert with_tools(("shop", shop)).assistant(turn) is None

    assert reason in json.loads(told(server)[0])["error"]
    assert shop.calls == []


def test_a_slow_call_is_in_doubt_and_not_made_again(with_tools, server, shop, turn_of, log):
    slow = calls_tool("shop_slow", item="sofa")
    keeper = MemoryKeeper()
    here = with_tools(("shop", shop), file="timeout_seconds = 2\n")
    for _ in range(2):
        server.script = [slow, slow, answers("Nobody knows.", intent="other")]
        turn = turn_of("order the sofa, secret", keeper=keeper)
        here.assistant(turn)

    assert shop.calls == [("slow", "sofa")]
    assert all("nobody knows whether it was carried out" in one for one in told(server))
    assert [reply.text for reply in turn.effects.replies] == ["Nobody knows."]
    assert "sofa" not in "".join(log)
    assert "secret" not in "".join(log)


def test_a_slow_call_leaves_the_model_time_to_say_so(with_tools, server, shop, turn_of):
    server.script = [calls_tool("shop_slow", item="sofa"), answers("It takes long.", intent="other")]
    turn = turn_of("order the sofa")

    with_tools(("shop", shop), llm_timeout_seconds=6).assistant(turn)

    assert [reply.text for reply in turn.effects.replies] == ["It takes long."]


def test_a_huge_result_is_cut_and_an_endless_one_is_not_read(with_tools, server, shop, turn_of):
    server.script = [
        lambda _: calls(("shop_huge", {"words": 10_000}), ("shop_huge", {"words": 500_000})),
        answers("Much.", intent="other"),
    ]

    with_tools(("shop", shop)).assistant(turn_of("tell me everything"))

    cut, not_read = told(server)
    assert len(cut) < 4100
    assert cut.endswith("[cut off here]")
    assert "nobody knows" in not_read


def test_two_servers_may_have_tools_of_the_same_name(with_tools, server, shop, turn_of):
    server.script = [calls_tool("other_order", item="lamp"), answers("Ordered.", intent="other")]

    with serving(Shop()) as other:
        with_tools(("shop", shop), ("other", other)).assistant(turn_of("a lamp"))
        assert other.calls == [("order", "lamp")]

    assert shop.calls == []
    assert {"shop_order", "other_order"} <= {*offers(server.requests[0])}


def test_a_server_that_is_down_leaves_its_tools_out_until_it_is_back(with_tools, server, turn_of):
    shop = Shop()
    (port,) = free_ports(1)
    shop.url = f"http://127.0.0.1:{port}/mcp"
    here = with_tools(("shop", shop))
    turn = turn_of("hello")

    assert here.assistant(turn) is None
    assert [reply.text for reply in turn.effects.replies] == ["I am here."]
    assert offers(server.requests[-1]) == ["search", "answer"]
    assert "The other tools" not in server.requests[-1]["messages"][0]["content"]
    with serving(shop, port=port):
        here.assistant(turn_of("hello again"))
        assert "shop_order" in offers(server.requests[-1])


def test_a_name_in_approve_that_no_tool_has_leaves_none_of_them(with_tools, server, shop, turn_of, log):
    with_tools(("shop", shop), file='approve = ["ordr"]\n').assistant(turn_of("a sofa"))

    assert offers(server.requests[-1]) == ["search", "answer"]
    assert "the MCP server shop has no tool 'ordr', which approve names" in "".join(log)


def test_a_server_that_goes_away_before_a_call_is_told_to_the_model(with_tools, server, turn_of):
    def goes_away(_):
        gone.__exit__(None, None, None)
        return calls(("shop_order", {"item": "sofa"}))

    gone = serving(shop := Shop())
    gone.__enter__()
    server.script = [goes_away, answers("Try again later.", intent="other")]
    turn = turn_of("order the sofa")

    with_tools(("shop", shop)).assistant(turn)

    assert told(server) == ['{"error": "the server cannot be reached, so nothing was done"}']
    assert turn.effects.escalation is None


def test_tools_may_change_while_the_server_runs(with_tools, server, shop, turn_of):
    def changes(_):
        shop.mcp.remove_tool("order")
        return calls(("shop_order", {"item": "sofa"}))

    here = with_tools(("shop", shop))
    server.script = [changes, answers("It cannot be ordered.", intent="other")]

    here.assistant(turn_of("order the sofa"))
    assert "Unknown tool" in told(server)[0]
    here.assistant(turn_of("order the sofa"))
    assert "shop_order" not in offers(server.requests[-1])


@pytest.mark.parametrize("broken", [refuses(500), answers("Write to @shop"), answers("For 9,999 pounds.")])
def test_after_a_call_that_changed_something_a_person_tells_what_the_model_cannot(
    with_tools, server, shop, turn_of, broken
):
    server.script = [calls_tool("shop_order", item="sofa"), broken]
    server.then = broken
    here = with_tools(("shop", shop))
    turn = turn_of("order the sofa")

    assert here.assistant(turn) is None

    assert here.asked_fallback == []
    assert turn.effects.escalation == "the customer was not told the result: shop_order"
    assert [reply.text for reply in turn.effects.replies] == ["A colleague will answer you here shortly."]


def test_after_a_call_that_only_reads_the_fallback_answers(with_tools, server, shop, turn_of):
    server.script = [calls_tool("shop_price", item="sofa"), refuses(500)]
    turn = turn_of("the price of the sofa?")

    assert with_tools(("shop", shop)).assistant(turn) == FALLBACK
    assert turn.effects.escalation is None


def test_the_number_of_the_customer_comes_from_us_and_only_where_the_file_says_so(
    with_tools, server, shop, turn_of
):
    mine = calls_tool("shop_mine", phone="+200000000000")
    for file in ("", 'customer = "phone"\n'):
        server.script = [mine, answers("One order.", intent="other")]
        with_tools(("shop", shop), file=file).assistant(turn_of("my orders?"))

    assert shop.calls == [("mine", "+200000000000"), ("mine", CUSTOMER)]
    assert CUSTOMER not in server.said


def test_the_number_of_the_customer_is_not_chosen_where_the_schema_hides_its_argument(
    with_tools, server, shop, turn_of
):
    (mine,) = [tool for tool in shop.mcp._tool_manager.list_tools() if tool.name == "mine"]
    mine.parameters = {"type": "object", "allOf": [mine.parameters]}
    server.script = [calls_tool("shop_mine", phone="+200000000000"), answers("No order.", intent="other")]

    with_tools(("shop", shop), file='customer = "phone"\n').assistant(turn_of("my orders?"))

    assert shop.calls == []
    assert "Field required" in told(server)[0]


def test_a_server_is_for_the_senders_that_the_file_names(with_tools, server, shop, turn_of):
    with_tools(("shop", shop), file='senders = ["meta:1"]\n').assistant(turn_of("hello"))
    assert offers(server.requests[-1]) == ["search", "answer"]


def test_a_reminder_may_use_tools(with_tools, server, shop, turn_of):
    server.script = [
        calls_tool("shop_price", item="sofa"),
        answers("It costs 7250 pounds now.", intent="other"),
    ]
    turn = turn_of(timer("price", "Tell the price of the sofa."), said=(("user", "hello"),))

    with_tools(("shop", shop)).assistant(turn)

    assert [reply.text for reply in turn.effects.replies] == ["It costs 7250 pounds now."]
