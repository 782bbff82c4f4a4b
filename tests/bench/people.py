"""Customers and what they write: bodies as Meta posts them, sessions as they lie in Redis. All of it made up."""

import time
from collections.abc import Iterator
from datetime import datetime

from session.contents import Text
from session.history import HistoryEntry, Role
from session.messages import Message, Route
from session.models import Context, Session, State
from tests.bench.ground import META_SENDER, SECRET
from worker.cli.replay.requests import CustomerText, SignedRequest, meta_request

#: So long that a session with twenty of them is 4 KB.
WORDS = "I am looking for a flat near the river, about three million"


def customer(number: int) -> str:
    """Return a phone number that nobody can have: there is no country 999."""
    return f"+999{number:09}"


def message_id(number: int) -> str:
    """Return an id as long as Meta's are."""
    return f"wamid.HBgMOTk5MDAwMDAwMDAwFQIAEhgUM0E{number:020}AA=="


def posts(
    customers: int, each: int, *, first: int = 0, mark: str = ""
) -> Iterator[tuple[str, str, SignedRequest]]:
    """Yield customer, text and request; all customers write their first message, then all their second, ...

    The timestamps are those of now: replies go out within a day of the customer's message only.
    """
    now = int(time.time())
    for turn in range(each):
        for number in range(first, first + customers):
            text = f"{mark}{turn}: {WORDS}"
            written = CustomerText(
                id=message_id(number * 1000 + turn), customer=customer(number), text=text, at=now
            )
            yield written.customer, text, meta_request(written, secret=SECRET, sender=META_SENDER)


def session(number: int, *, now: datetime, said: int = 20, state: State = State.ACTIVE) -> Session:
    """Return a session as it stands after a conversation of `said` messages, both sides counted."""
    who = customer(number)
    history = tuple(
        HistoryEntry(
            role=Role.ASSISTANT if n % 2 else Role.USER,
            content=f"{n}: {WORDS}",
            timestamp=now,
            message_id=f"{number:09}abc.{n}" if n % 2 else message_id(number * 1000 + n),
        )
        for n in range(said)
    )
    return Session(
        id=f"s{number:011}",
        customer_id=who,
        agent_id="default",
        state=state,
        created_at=now,
        last_activity=now,
        message_count=said // 2,
        route=_route(who),
        context=Context(message_history=history, language="en"),
    )


def message(number: int, turn: int, *, now_ms: int) -> Message:
    """Return a message as the intake makes it."""
    who = customer(number)
    return Message(
        id=message_id(number * 1000 + turn),
        customer=who,
        route=_route(who),
        content=Text(text=f"{turn}: {WORDS}"),
        sent_at=now_ms,
        received_at=now_ms,
        name="Replayed Customer",
    )


def _route(who: str) -> Route:
    return Route(channel="meta", sender=META_SENDER, address=who.removeprefix("+"))
