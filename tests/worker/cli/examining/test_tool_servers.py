"""The doctor asks the MCP servers for their tools."""

import pytest

from tests.clocks import START
from tests.ports import free_ports
from tests.worker.assistants.llm.tool_servers.shop import Shop, serving
from worker.assistants.llm.tool_servers.connection import Connection
from worker.assistants.llm.tool_servers.offering import ToolServer
from worker.assistants.llm.tool_servers.toolbox import Toolbox
from worker.cli.examining.tool_servers import examine_tool_servers


def examined(*servers):
    found = examine_tool_servers(Toolbox(lambda: servers, Connection), START)
    return [(one.verdict, one.words) for one in found]


def test_the_tools_of_a_server_are_named_and_so_is_what_it_does_not_have():
    with serving(Shop()) as shop:
        found = examined(
            ToolServer(name="shop", url=shop.url, tools={"price", "refund"}),
            ToolServer(name="other", url=shop.url, approve={"pay"}),
        )

    assert found == [
        ("ok", "shop offers price"),
        ("warn", "shop does not offer refund"),
        ("ok", "other offers price, order, slow, fails, huge, mine"),
        ("warn", "other does not offer pay"),
    ]


def test_a_wrong_name_for_the_number_of_the_customer_is_a_warning():
    with serving(Shop()) as shop:
        of = {"name": "shop", "url": shop.url, "tools": {"mine"}}
        right, wrong = (examined(ToolServer(**of, customer=name)) for name in ("phone", "number"))

    assert right == [("ok", "shop offers mine")]
    assert wrong == [
        *right,
        (
            "warn",
            "no tool of shop has the argument number, so none gets the number of the customer",
        ),
    ]


@pytest.mark.processes
def test_a_server_that_does_not_answer_is_a_failure_that_says_why():
    shop = Shop()
    with serving(shop):
        lost = shop.url.replace("/mcp", "/elsewhere")
        down = f"http://127.0.0.1:{free_ports(1)[0]}/mcp"
        found = examined(
            ToolServer(name="lost", url=lost),
            ToolServer(name="down", url=down),
            ToolServer(name="none", command=("/no/such/program",)),
        )

    assert found == [
        ("fail", "the MCP server lost cannot be reached: error -32601"),
        ("fail", "the MCP server down cannot be reached: ConnectError"),
        ("fail", "the MCP server none cannot be reached: FileNotFoundError"),
    ]
