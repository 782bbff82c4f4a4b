import pytest

from tests.worker.assistants.llm.model_server import calls
from tests.worker.assistants.llm.tool_servers.shop import Shop, serving


@pytest.fixture
def shop():
    with serving(Shop()) as shop:
        yield shop


@pytest.fixture
def with_tools(bench, tmp_path):
    """Makes an assistant that has the tools of servers."""

    def make(*shops, file="", **settings):
        path = tmp_path / "mcp.toml"
        servers = (f'[[server]]\nname = "{name}"\nurl = "{shop.url}"\n{file}' for name, shop in shops)
        path.write_text("".join(servers), encoding="utf-8")
        # A busy machine may take long.
        return bench(**{"mcp_file": path, "llm_timeout_seconds": 40} | settings)

    return make


def calls_tool(name, **arguments):
    return lambda _: calls((name, arguments))


def told(server, number=-1):
    """What the model was told of its calls before a request."""
    return [one["content"] for one in server.requests[number]["messages"] if one["role"] == "tool"]


def offers(request):
    return [tool["function"]["name"] for tool in request["tools"]]
