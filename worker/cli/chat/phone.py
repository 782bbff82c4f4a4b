"""A customer's phone in the terminal: talks to the simulator over its HTTP API, reads typed lines, shows replies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import click
import httpx

from session.printable import visible

POLL = 20.0  #: seconds of one long poll; the simulator allows 30

Fields = dict[str, Any]  #: the JSON of a reply, or of a message without its channel

_NUMBER = r"-?\d+(?:\.\d+)?"


class Mistake(click.ClickException):
    """Raised when a typed line has no meaning, or when the simulator does not answer."""


@dataclass(slots=True, kw_only=True)
class Phone:
    """The phone of one customer, with the buttons and rows of the last reply that had some."""

    client: httpx.Client
    customer: str
    channel: str
    after: int = 0  #: number of the newest reply that was shown
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
            content: Fields = answer.json()
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            url = self.client.base_url
            place = f"{url.scheme}://{url.netloc.decode()}"  # without user and password
            raise Mistake(
                f"no simulator answers at {place} ({type(error).__name__}); start it with make run"
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise Mistake(str(content.get("error", f"the simulator answered {answer.status_code}")))
        return content


def read_line(line: str, offered: list[Fields]) -> Fields | float:
    """Return the message of a typed line, or the seconds that it waits. Raises `Mistake` if it has no meaning."""
    if not line.startswith("/"):
        return {"text": line}
    if (tapped := re.fullmatch(r"/(\d{1,2})", line)) and 1 <= int(tapped[1]) <= len(offered):
        return offered[int(tapped[1]) - 1]
    if sent := re.fullmatch(r"/(image|document)(?: (.*))?", line):
        return {"kind": sent[1], "text": (sent[2] or "").strip()}
    if form := re.fullmatch(r"/form ([^=,]+=[^=,]*(?:,[^=,]+=[^=,]*)*)", line):
        answers = (answer.partition("=") for answer in form[1].split(","))
        return {"kind": "form", "details": {name.strip(): value.strip() for name, _, value in answers}}
    if line == "/voice":
        return {"kind": "voice"}
    if place := re.fullmatch(rf"/location ({_NUMBER})[ ,]+({_NUMBER})", line):
        return {"kind": "location", "location": {"latitude": float(place[1]), "longitude": float(place[2])}}
    if pause := re.fullmatch(rf"/wait ({_NUMBER})", line):
        return float(pause[1])
    raise Mistake(
        f"there is no {line} to tap" if tapped else f"unknown command: {line}; /help lists all commands"
    )


def said(fields: Fields) -> str:
    """Return a message of the customer as a transcript shows it."""
    match fields:
        case {"button": {"title": title}} | {"row": {"title": title}}:
            return f"[{visible(title)}]"
        case {"location": {"latitude": latitude, "longitude": longitude}}:
            return f"(location) {latitude} {longitude}"
        case {"details": {**answers}}:
            return visible(f"(form) {', '.join(f'{name}: {value}' for name, value in answers.items())}")
        case {"kind": kind}:
            return visible(f"({kind}) {fields.get('text', '')}".rstrip())
    return visible(str(fields["text"]))


def shown(reply: Fields) -> str:
    """Return a reply as it is printed, with numbered buttons and rows."""
    kind, text = reply["type"], reply.get("text", "")
    lines: list[str] = (text if kind in {"text", "interactive"} else f"({kind}) {text}".rstrip()).split("\n")
    lines = [*filter(None, [reply.get("header")]), *lines, *_beside_the_text(reply)]
    for number, choice in enumerate([*reply.get("buttons", []), *reply.get("rows", [])], start=1):
        note = f" - {choice['description']}" if choice.get("description") else ""
        lines.append(f"/{number} {choice['title']}{note}")
    return "bot: " + "\n     ".join(map(visible, lines))


def _beside_the_text(reply: Fields) -> Iterator[str]:
    """Yield what a reply has besides its text and its choices, a line each."""
    media, place, link = reply.get("media"), reply.get("location"), reply.get("link")
    if media and (named := media.get("filename") or media.get("link")):
        yield f"[{named}]"
    if place:
        called = [place[part] for part in ("name", "address") if place.get(part)]
        yield ", ".join([*called, f"{place['latitude']} {place['longitude']}"])
    for card in reply.get("contacts") or ():
        phones = (phone.get("phone", "") for phone in card.get("phones", ()))
        yield ", ".join([card.get("name", {}).get("formatted_name", ""), *phones])
    if reply.get("footer"):
        yield str(reply["footer"])
    if link:
        yield f"[{link['title']}] {link['id']}"
    if reply.get("opens") and not reply.get("rows"):
        yield f"[{reply['opens']}] opens a form: /form name=value, name=value"
    if reply.get("asksLocation"):
        yield "[Send location]: /location LAT LON"
