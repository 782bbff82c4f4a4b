"""A chat in the terminal as a WhatsApp customer. It only uses the simulator's HTTP API."""

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import TextIO

import click
import httpx

from session.addresses import BadAddress, taken_apart
from session.channels import PROVIDERS
from session.clock import Clock, SystemClock
from session.customers import typed
from session.visible import visible
from worker.cli.phone import POLL, Fields, Mistake, Phone
from worker.cli.running.settings import RunSettings
from worker.cli.running.stack import running_stack

readline: ModuleType | None = None
with contextlib.suppress(ImportError):  # Windows has no readline; input works there without it
    import readline

PROMPT = "you> "
HELP = """\
/1, /2 …             tap a button or select a row of the latest reply that has some
/image [caption]     send an image
/voice               send a voice note
/location LAT LON    send a location
/wait SECONDS        in a script: wait for more replies
/quit                leave (or press Ctrl-D or Ctrl-C)
Anything else is sent as text."""

_FIGURE = r"-?\d+(?:\.\d+)?"

Echo = Callable[[str], None]


def read_line(line: str, offered: list[Fields]) -> Fields | float:
    """Return what a typed line sends, or the seconds that it waits. Raises `Mistake` for an unknown command."""
    if not line.startswith("/"):
        return {"text": line}
    if (tapped := re.fullmatch(r"/(\d{1,2})", line)) and 1 <= int(tapped[1]) <= len(offered):
        return offered[int(tapped[1]) - 1]
    if sent := re.fullmatch(r"/image(?: (.*))?", line):
        return {"kind": "image", "text": (sent[1] or "").strip()}
    if line == "/voice":
        return {"kind": "voice"}
    if place := re.fullmatch(rf"/location ({_FIGURE})[ ,]+({_FIGURE})", line):
        return {"kind": "location", "location": {"latitude": float(place[1]), "longitude": float(place[2])}}
    if pause := re.fullmatch(rf"/wait ({_FIGURE})", line):
        return float(pause[1])
    raise Mistake(
        f"there is no {line} to tap" if tapped else f"unknown command: {line}; /help lists all commands"
    )


def spoken(fields: Fields) -> str:
    """Return the customer's action in the form of a transcript."""
    match fields:
        case {"button": {"title": title}} | {"row": {"title": title}}:
            return f"[{visible(title)}]"
        case {"location": {"latitude": latitude, "longitude": longitude}}:
            return f"(location) {latitude} {longitude}"
        case {"kind": kind}:
            return visible(f"({kind}) {fields.get('text', '')}".rstrip())
    return visible(str(fields["text"]))


def shown(reply: Fields) -> str:
    """Return a printed reply, with its buttons and rows numbered."""
    kind, text = reply["type"], reply.get("text", "")
    lines = (text if kind in {"text", "interactive"} else f"({kind}) {text}".rstrip()).split("\n")
    for number, choice in enumerate([*reply.get("buttons", []), *reply.get("rows", [])], start=1):
        note = f" - {choice['description']}" if choice.get("description") else ""
        lines.append(f"/{number} {choice['title']}{note}")
    return "bot: " + "\n     ".join(map(visible, lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Sends lines one after the other and prints both sides."""

    phone: Phone
    clock: Clock
    timeout: float  #: seconds to wait for the first reply to a line
    quiet: float  #: seconds without a further reply after which an answer is complete
    echo: Echo

    def run(self, lines: Iterable[str]) -> bool:
        """Send all lines except blank ones and comments; return whether each got an answer."""
        said = (line.rstrip("\r\n") for line in lines if line.strip() and not line.startswith("#"))
        unanswered = [line for line in said if not self._say(line)]
        return not unanswered

    def _say(self, line: str) -> bool:
        said = read_line(line, self.phone.offered)
        if isinstance(said, float):
            until = self.clock.now() + timedelta(seconds=said)
            while self._hear((until - self.clock.now()).total_seconds()):
                pass
            return True
        self.echo(f"you: {spoken(said)}")
        problem = self.phone.say(said)
        if problem or not self._hear(self.timeout):
            self.echo(problem or f"(no answer within {self.timeout:g} s)")
            return False
        while self._hear(self.quiet):
            pass
        return True

    def _hear(self, seconds: float) -> bool:
        """Print the next replies; return whether there were any within so many seconds."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while (left := (until - self.clock.now()).total_seconds()) > 0:
            if replies := self.phone.listen(min(left, POLL)):
                self.echo("\n".join(map(shown, replies)))
                return True
        return False


def converse(phone: Phone, *, read: Callable[[str], str], echo: Echo, above: Echo) -> None:
    """Chat until the customer leaves; a second thread shows replies `above` the prompt when they arrive.

    `read` shows a prompt and returns one line; end of file or an interrupt leaves the chat.
    """
    leaving = threading.Event()
    threading.Thread(target=_follow, args=(phone, above, leaving), name="replies", daemon=True).start()
    try:
        while (line := read(PROMPT).strip()) != "/quit":
            if line == "/help":
                echo(HELP)
            elif line:
                _type(phone, line, echo)
    except (EOFError, KeyboardInterrupt):
        echo("")
    finally:
        leaving.set()


def _type(phone: Phone, line: str, echo: Echo) -> None:
    try:
        said = read_line(line, phone.offered)
        problem = "(/wait is for scripts only)" if isinstance(said, float) else phone.say(said)
    except Mistake as mistake:
        problem = f"({mistake.message})"
    if problem:
        echo(problem)


def _follow(phone: Phone, echo: Echo, leaving: threading.Event) -> None:
    told = False
    while not leaving.is_set():
        try:
            for reply in phone.listen(POLL):
                echo(shown(reply))
            told = False
        except Mistake as mistake:
            if not told and not leaving.is_set():
                echo(f"({mistake.message})")
            told = True
            leaving.wait(1)


def _above(text: str) -> None:
    """Print above the line that is being typed, and show that line again."""
    begun = readline.get_line_buffer() if readline else ""
    click.echo(f"\r\x1b[K{text}\n{PROMPT}{begun}", nl=False)


@click.command()
@click.option(
    "--from",
    "customer",
    help="The customer: a number in any spelling, or US.…; each channel has a default.",
)
@click.option("--channel", type=click.Choice([*PROVIDERS]), default=next(iter(PROVIDERS)), show_default=True)
@click.option(
    "--script", type=click.File(encoding="utf-8"), help="Send the lines of a file; - is standard input."
)
@click.option(
    "--url", envvar="SIMULATOR_URL", help="URL of the simulator; by default that of the running stack."
)
@click.option(
    "--timeout", default=15.0, show_default=True, help="Seconds to wait for a reply to a line of a script."
)
@click.option(
    "--quiet",
    default=0.4,
    show_default=True,
    help="Seconds without a reply after which an answer is complete.",
)
@click.pass_context
def chat(
    context: click.Context,
    /,
    *,
    customer: str | None,
    channel: str,
    script: TextIO | None,
    url: str | None,
    **pace: float,
) -> None:
    """Write to the assistant as a WhatsApp customer."""
    # A test passes a transport as the context's object.
    transport = context.find_object(httpx.BaseTransport)
    stack = None if url else running_stack()
    url = url or (stack and stack.simulator_url) or "http://127.0.0.1:8001"
    try:
        taken_apart(url)
    except BadAddress as error:
        raise click.UsageError(f"--url {error}") from None
    if not url.startswith(("http://", "https://")):
        raise click.UsageError("--url must be a URL that begins with http:// or https://")
    with httpx.Client(base_url=url, timeout=POLL + 15, trust_env=False, transport=transport) as client:
        customer = typed(
            customer or PROVIDERS[channel].simulated.customer, RunSettings.load().default_country
        ).customers[0]
        phone = Phone(client=client, customer=customer, channel=channel)
        phone.open()
        if script is None:
            click.echo(f"You are {customer} on {channel}. /help lists the commands.")
            converse(phone, read=input, echo=click.echo, above=_above if sys.stdout.isatty() else click.echo)
        elif not Script(phone=phone, clock=SystemClock(), echo=click.echo, **pace).run(script):
            context.exit(1)
