"""Reads the MCP servers whose tools a model may call, from `MCP_FILE`:

[[server]]
name = "shop"                                   # its tools are called shop_...
url = "https://shop.example/mcp"                # a server over HTTP
headers = { Authorization = "Bearer ..." }      # that it wants with each request
tools = ["find_order", "refund"]                # without: all
approve = ["refund"]                            # called only after a person has said yes
timeout_seconds = 5                             # for one answer
senders = ["meta:106540352242922"]              # without: all senders of the business
customer = "phone"                              # the argument that gets the number of the customer, from us

[[server]]
name = "docs"
command = ["uvx", "our-docs-mcp"]               # a program that is started, in the place of `url`
env = { DOCS_TOKEN = "..." }                    # of this program
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from session.errors import SettingsError
from session.phones import BadNumber
from worker.assistants.llm.tool_servers.offering import ToolServer
from worker.senders_file import named_sender
from worker.tables import tables_in, text_in, wrong_in

SETTING: Final = "MCP_FILE"


def read_tool_servers(path: Path, *, country: str = "") -> Sequence[ToolServer]:
    """Return the servers of a file; `country` is that of numbers of senders without a country code.

    Raises `SettingsError` that names the file, the server and the problem.
    """
    named, found = f"{SETTING}={path}", dict[str, ToolServer]()
    for number, table in enumerate(tables_in(text_in(path, named), "server", named=named), start=1):
        where = f"server {table.get('name', number)}"
        try:
            server = ToolServer.model_validate(table)
            senders = frozenset(named_sender(sender, country) for sender in server.senders)
        except ValidationError as error:
            raise SettingsError(": ".join(filter(None, (named, where, *wrong_in(error))))) from None
        except BadNumber as error:
            raise SettingsError(f"{named}: {where}: senders: {error}") from None
        if server.name in found:
            raise SettingsError(f"{named}: two servers have the name {server.name}")
        found[server.name] = server.model_copy(update={"senders": senders})
    if not found:
        raise SettingsError(f"{named}: it names no server; write each as [[server]]")
    return tuple(found.values())
