"""Checks the message templates that are sent after the customer service window."""

from collections.abc import Iterator

from session.channels import NAMESPACES, PROVIDERS
from session.template_definitions import Definitions
from session.template_fitting import in_place_of
from session.templates import UnusableTemplate
from worker.cli.examining.assistants import answers_from_records
from worker.cli.examining.finding import Finding, failure, ok, warning
from worker.senders import AfterWindow, Senders

_PULL = "run inturn templates pull"


def examine_templates(senders: Senders, known: Definitions, *, channels: list[str]) -> Iterator[Finding]:
    """Yield whether each of them can be sent through the channels with credentials, as far as they are known."""
    for channel, after in dict.fromkeys(_used(senders, channels)):
        named = f"{after.template} ({after.language}) at {channel}, which is sent after the customer service window"
        if not known.covers(channel):
            yield warning("templates", f"not known is {named}", _PULL)
            continue
        definition = known.find(channel, after.template, after.language)
        if definition is None:
            mend = f"correct AFTER_WINDOW_TEMPLATE or after_window of the sender; or {_PULL}"
            yield failure("templates", f"there is no {named}", mend)
            continue
        try:
            in_place_of("text", definition, name=after.template, language=after.language)
        except UnusableTemplate as error:
            yield failure(
                "templates", str(error), "choose another one for AFTER_WINDOW_TEMPLATE or after_window"
            )
        else:
            yield ok("templates", f"can be sent: {named}")


def examine_news(senders: Senders, *, channels: list[str]) -> Iterator[Finding]:
    """Yield a warning if a sender that tells news of saved searches has no template for them."""
    names = [*senders.named] if senders.named else channels
    late = [name for name in names if _has_window(name.partition(":")[0])]
    without = [
        name
        for name in late
        if answers_from_records((one := senders.named.get(name, senders.usual)).assistant)
        and not one.after_window
    ]
    if without:
        words = f"news of saved searches wait for the next message of a customer who has not written for a day: {', '.join(without)}"
        yield warning("templates", words, "set AFTER_WINDOW_TEMPLATE, or after_window of the sender")


def _has_window(channel: str) -> bool:
    return NAMESPACES[PROVIDERS[channel].namespace.name].window is not None


def _used(senders: Senders, channels: list[str]) -> Iterator[tuple[str, AfterWindow]]:
    """Yield each channel that has a window with a template that is set for it."""
    for channel in channels:
        if not _has_window(channel):
            continue
        own = [sender for name, sender in senders.named.items() if name.partition(":")[0] == channel]
        yield from ((channel, one.after_window) for one in (own or [senders.usual]) if one.after_window)
