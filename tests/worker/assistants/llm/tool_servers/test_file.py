"""The file of tool servers."""

import pytest

from session.errors import SettingsError
from worker.assistants.llm.tool_servers.file import read_tool_servers
from worker.tables import Followed

SHOP = '[[server]]\nname = "shop"\nurl = "https://shop.example/mcp"\n'


def written(tmp_path, text):
    path = tmp_path / "mcp.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_server_over_http_and_a_program(tmp_path):
    text = SHOP + (
        'headers = { Authorization = "Bearer secret" }\ntools = ["find", "refund"]\napprove = ["refund"]\n'
        'timeout_seconds = 2.5\nsenders = ["twilio:whatsapp:0100 123 4567"]\ncustomer = "phone"\n'
        '[[server]]\nname = "docs"\ncommand = ["uvx", "docs"]\nenv = { TOKEN = "hidden" }\n'
    )
    shop, docs = read_tool_servers(written(tmp_path, text), country="EG")

    assert (shop.url, shop.timeout_seconds, shop.customer) == ("https://shop.example/mcp", 2.5, "phone")
    assert shop.headers["Authorization"].get_secret_value() == "Bearer secret"
    assert (shop.tools, shop.approve) == ({"find", "refund"}, {"refund"})
    assert shop.serves("twilio:+201001234567")
    assert not shop.serves("meta:1")
    assert (docs.command, docs.tools) == (("uvx", "docs"), None)
    assert docs.serves("meta:1")
    assert "secret" not in repr((shop, docs))
    assert "hidden" not in repr((shop, docs))


def test_a_slash_at_the_end_of_an_address_stays_because_servers_redirect_without_it(tmp_path):
    (shop,) = read_tool_servers(written(tmp_path, SHOP.replace("/mcp", "/mcp/")))

    assert shop.url == "https://shop.example/mcp/"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it names no server"),
        ("[[server", "MCP_FILE="),
        ('[[server]]\nname = "shop"\n', "server shop: write either url or command"),
        (SHOP + 'command = ["x"]\n', "write either url or command"),
        (SHOP + 'env = { A = "b" }\n', "headers belong to url, env to command"),
        (SHOP + SHOP, "two servers have the name shop"),
        (SHOP.replace("shop", "my_shop"), "server my_shop: name"),
        (SHOP.replace("https://", "ftp://"), "server shop: url"),
        (SHOP + "tools = []\n", "server shop: tools"),
        (SHOP + 'tools = ["a"]\napprove = ["b"]\n', "approve names 'b', which is not in tools"),
        (SHOP + "timeout_seconds = 0\n", "server shop: timeout_seconds"),
        (SHOP + 'senders = ["twilio:12"]\n', "server shop: senders"),
        (SHOP + 'token = "secret"\n', "server shop: token: Extra inputs are not permitted$"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, text, problem):
    with pytest.raises(SettingsError, match=problem):
        read_tool_servers(written(tmp_path, text))


def test_a_changed_file_is_read_again_and_one_that_is_damaged_changes_nothing(tmp_path):
    followed = Followed(written(tmp_path, SHOP), read_tool_servers)

    written(tmp_path, SHOP.replace("shop.example", "new.example.com"))
    assert [server.url for server in followed.now] == ["https://new.example.com/mcp"]
    written(tmp_path, "[[server")
    assert [server.url for server in followed.now] == ["https://new.example.com/mcp"]
