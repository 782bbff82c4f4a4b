"""How the tools of a server are offered to a model."""

import re

from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.llm.tool_servers.offering import (
    MOST,
    ListedTool,
    ToolServer,
    left_out,
    offered,
    told,
)

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"item": {"type": "string"}, "phone": {"type": "string"}},
    "required": ["item", "phone"],
}


def server(**fields):
    return ToolServer(**{"name": "shop", "url": "https://shop.example/mcp"} | fields)


def listed(name="find", **fields):
    return ListedTool(
        **{"name": name, "description": "Find.", "schema": SCHEMA, "reads_only": False} | fields
    )


def test_a_tool_is_a_function_named_after_its_server():
    (tool,) = offered(server(), [listed(reads_only=True)])

    function = tool.definition["function"]
    assert (tool.name, tool.server, tool.tool) == ("shop_find", "shop", "find")
    assert (function["name"], function["description"]) == ("shop_find", "Find.")
    assert function["parameters"] == {name: SCHEMA[name] for name in ("type", "properties", "required")}
    assert (tool.reads_only, tool.needs_approval, tool.customer) == (True, False, "")


def test_the_model_is_told_which_tools_ask_a_person():
    (tool,) = offered(server(approve={"find"}), [listed()])

    assert tool.needs_approval
    assert tool.definition["function"]["description"] == (
        "This asks a colleague, who decides whether it is done. Find."
    )


def test_the_argument_that_names_the_customer_is_not_for_the_model():
    (tool,) = offered(server(customer="phone"), [listed()])

    assert tool.customer == "phone"
    assert tool.definition["function"]["parameters"] == {
        "type": "object",
        "properties": {"item": {"type": "string"}},
        "required": ["item"],
    }


def test_only_tools_that_the_file_allows_are_offered():
    tools = [listed("find"), listed("refund")]
    assert [tool.tool for tool in offered(server(tools={"find", "gone"}), tools)] == ["find"]
    assert left_out(server(tools={"find", "gone"}), tools) == ["gone"]
    assert left_out(server(approve={"pay"}), tools) == ["pay"]


def test_tools_are_bounded_in_number_and_size():
    many = [listed(f"tool{n}") for n in range(MOST + 1)]
    assert len(offered(server(), many)) == MOST
    assert left_out(server(), many) == [f"tool{MOST}"]
    large = SCHEMA | {"description": "x" * 10_000}
    odd = [large, {"type": "string"}, {"type": "object", "properties": []}, SCHEMA | {"required": None}]
    assert offered(server(customer="phone"), [listed(schema=one) for one in odd]) == ()
    (tool,) = offered(server(), [listed(description="\u200bx" * 5000)])
    assert tool.definition["function"]["description"] == "x" * 1000


def test_a_result_is_cut_and_has_nothing_invisible():
    assert told("a\u200b\U000e0041b\n") == "ab\n"
    assert told("x" * 5000) == "x" * 4000 + " [cut off here]"


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=128)


@given(st.sets(NAMES, min_size=1, max_size=MOST))
def test_every_name_is_one_for_openai_and_no_two_are_the_same(names):
    tools = offered(server(), [listed(name) for name in names])
    assert {tool.tool for tool in tools} == names
    assert len({tool.name for tool in tools}) == len(names)
    assert all(re.fullmatch(r"shop_[A-Za-z0-9_-]{1,59}", tool.name) for tool in tools)
