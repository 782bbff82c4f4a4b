"""A customer's phone in the terminal, a client of the simulator's HTTP API."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import click
import httpx

POLL = 20.0  #: seconds of one long poll; the simulator allows 30

Fields = dict[str, Any]  #: the JSON of a reply, or of a message without its channel


class Mistake(click.ClickException):
    """Raised for an unknown command, or if the simulator or webhook does not accept it."""


@dataclass(slots=True, kw_only=True)
class Phone:
    """One customer's phone: the connection to the simulator, and the options of the last reply."""

    client: httpx.Client
    customer: str
    channel: str
    after: int = 0  #: number of the newest reply that was read
    offered: list[Fields] = field(default_factory=list)

    def open(self) -> None:
        """Skip earlier replies."""
        self.after = self._ask("GET", params={"after": 0})["last"]

    def say(self, fields: Fields) -> str | None:
        """Send a message; return the problem if the webhook did not accept it."""
        status = self._ask("POST", json={"channel": self.channel, **fields})["status"]
        return None if status == httpx.codes.OK else f"(the webhook answered {status})"

    def listen(self, wait: float) -> list[Fields]:
        """Return the new replies, oldest first; wait up to `wait` seconds for a first one."""
        found = self._ask("GET", params={"after": self.after, "wait": f"{wait:.2f}"})
        replies: list[Fields] = found["messages"]
        # A restarted simulator counts from 1 again.
        self.after = replies[-1]["n"] if replies else min(self.after, found["last"])
        for reply in replies:
            about = {"replyTo": reply["id"]}
            buttons = [{"kind": "button", "button": button} | about for button in reply.get("buttons", [])]
            rows = [{"kind": "choice", "row": row} | about for row in reply.get("rows", [])]
            self.offered = buttons + rows or self.offered
        return replies

    def _ask(self, method: str, **request: Any) -> Fields:
        path = f"/simulator/customers/{quote(self.customer, safe='+')}/messages"
        try:
            answer = self.client.request(method, path, **request)
            told: Fields = answer.json()
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            url = self.client.base_url
            place = f"{url.scheme}://{url.netloc.decode()}"  # without a user and a password
            words = f"no simulator at {place} ({type(error).__name__}); start it with make run"
            raise Mistake(words) from error
        if answer.status_code != httpx.codes.OK:
            raise Mistake(str(told.get("error", f"the simulator answered {answer.status_code}")))
        return told
