"""`inturn chat`: chat in the terminal as a WhatsApp customer, through the simulator."""

import contextlib
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import TextIO

import click
import httpx

from session.addresses import BadAddress, taken_apart
from session.channels import PROVIDERS
from session.clock import SteadyClock
from session.customers import typed
from worker.cli.chat.phone import POLL, Mistake, Phone, read_line, shown
from worker.cli.chat.script import ChatScript
from worker.cli.running.settings import RunSettings
from worker.cli.running.stack import running_stack

readline: ModuleType | None = None
with contextlib.suppress(ImportError):  # Windows has no readline; input works there without it
    import readline

PROMPT = "you> "
HELP = """\
/1, /2 …             tap a button or select a row of the latest reply that has some
/image [caption]     send an image
/document [caption]  send a document
/voice               send a voice note
/location LAT LON    send a location
/form NAME=VALUE, …  send the answers of a form (Meta)
/wait SECONDS        in a script: wait for more replies
/quit                leave (or press Ctrl-D or Ctrl-C)
Anything else is sent as text."""

Echo = Callable[[str], None]


def converse(phone: Phone, *, read: Callable[[str], str], echo: Echo, above: Echo) -> None:
    """Chat until the customer leaves; a second thread shows replies `above` the prompt.

    `read` shows a prompt and returns one line; its EOFError or KeyboardInterrupt ends the chat.
    """
    leaving = threading.Event()
    threading.Thread(target=_show_replies, args=(phone, above, leaving), name="replies", daemon=True).start()
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
        message = read_line(line, phone.offered)
        problem = "(/wait is for scripts only)" if isinstance(message, float) else phone.say(message)
    except Mistake as mistake:
        problem = f"({mistake.message})"
    if problem:
        echo(problem)


def _show_replies(phone: Phone, echo: Echo, leaving: threading.Event) -> None:
    failing = False
    while not leaving.is_set():
        try:
            for reply in phone.listen(POLL):
                echo(shown(reply))
            failing = False
        except Mistake as mistake:
            if not failing and not leaving.is_set():
                echo(f"({mistake.message})")
            failing = True
            leaving.wait(1)


def _above(text: str) -> None:
    """Print above the line that is being typed, and print that line again."""
    typed_so_far = readline.get_line_buffer() if readline else ""
    click.echo(f"\r\x1b[K{text}\n{PROMPT}{typed_so_far}", nl=False)


@click.command()
@click.option(
    "--from",
    "customer",
    help="The customer: a phone number in any spelling, or US.…; by default one for each channel.",
)
@click.option("--channel", type=click.Choice([*PROVIDERS]), default=next(iter(PROVIDERS)), show_default=True)
@click.option(
    "--script", type=click.File(encoding="utf-8"), help="Send the lines of a file; - is standard input."
)
@click.option(
    "--url", envvar="SIMULATOR_URL", help="URL of the simulator; by default that of the running stack."
)
@click.option(
    "--timeout", default=15.0, show_default=True, help="Seconds to wait for a reply to a script's line."
)
@click.option(
    "--quiet",
    default=0.4,
    show_default=True,
    help="Seconds without a further reply after which an answer is complete.",
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
    """Write to the assistant as a customer: at a prompt, or with the lines of a script or of standard input."""
    # A test passes a transport as the object of the context.
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
        if script is None and sys.stdin.isatty():
            converse(phone, read=input, echo=click.echo, above=_above if sys.stdout.isatty() else click.echo)
        elif not ChatScript(phone=phone, clock=SteadyClock(), echo=click.echo, **pace).run(
            script or sys.stdin
        ):
            context.exit(1)
