"""Counts events: events in, increments of the counters out. Pure; `session/store/counters.py` keeps the sums.

The counters are a hash with two kinds of fields. A total only grows: `turns`, `messages|meta|text`, `commit|0.5`.
Entries that come and go are counted by time, so that their age is known: `mailbox@<second when it was stored>`,
`outbox@<second when it was queued>`, `ACTIVE@<second by which the record has expired>`; such a field is removed at zero.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from session import events
from session.event_records import EventRecord
from session.event_values import Expiry

#: The upper bounds of the histograms, in seconds.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
#: The precision of expiries, in seconds: it limits the number of fields for a million sessions to some hundred.
EXPIRY_STEP = 600

#: A field and its increment.
Increment = tuple[str, int]
#: The queues of a conversation, in which entries wait.
QueueName = Literal["mailbox", "outbox"]

_ENDLESS = "inf"


def waiting(place: QueueName, ms: int) -> str:
    """Return the field that counts entries of mailboxes or outboxes that wait since a time."""
    return f"{place}@{ms // 1000}"


def fold(records: Iterable[EventRecord]) -> Counter[str]:
    """Return the increments for events. Events that cannot be read are skipped and counted."""
    counters: Counter[str] = Counter()
    for record in records:
        try:
            counted = [*_counted(record.event, record.at), *_of_record(record.event)]
        except (ValueError, ArithmeticError):
            counted = [("unreadable", 1)]
        for name, more in counted:
            counters[name] += more
    return counters


def _counted(event: events.AnyEvent, at: int) -> Iterator[Increment]:
    match event:
        case events.MessagesTaken() | events.ActionTaken():
            yield from _of_turn(event, at)
        case events.RepliesQueuedEarly():
            yield from _waits("outbox", (event.queued,), len(event.early))
        case events.ReplySent() | events.ReplyFailed() | events.ReplyCancelled():
            # Earlier releases cancelled several replies with one event.
            count = len(event.queued) if isinstance(event, events.ReplyCancelled) else 1
            yield f"replies|{event.channel}|{_outcome(event)}", count
            yield from _waits("outbox", event.queued, -1)
            if isinstance(event, events.ReplySent) and event.came:
                yield from _timed("sent", at - event.came)
        case events.RecordsSetAside():
            for place in event.unreadable:
                yield f"aside|{place}", 1
            yield from _left(event)
        case events.LetterRevived():
            yield f"revived|{event.revived}", 1
            yield from _waits("mailbox", event.came, 1)
            yield from _waits("outbox", event.queued, 1)
        case events.CustomerForgotten():
            yield "forgotten", 1
            yield from _left(event)
        case events.StatusNoted():
            yield f"statuses|{event.status}", 1
            if event.again:
                yield from _waits("outbox", event.queued, 1)
        case events.SendInDoubt():
            yield "doubts", 1
        case events.OptOutNoted():
            yield f"consent|{event.consent}", 1
        case events.TroubleNoted(over=False):
            yield f"troubles|{event.trouble.partition('.')[0]}", 1
        case events.SignInNoted():
            yield f"door|{event.what}", 1
        case events.UnknownEvent(readable=False):
            yield "unreadable", 1


def _of_turn(event: events.MessagesTaken | events.ActionTaken, at: int) -> Iterator[Increment]:
    yield "turns", 1
    for channel, kind in zip(event.channels, event.kinds, strict=True):
        yield f"messages|{channel}|{kind}", 1
    yield from _waits("mailbox", event.came, -1)
    for ms in event.came:
        yield from _timed("commit", at - ms)
    if event.replied:
        yield from _waits("outbox", (event.queued,), len(event.replied))
    if isinstance(event, events.ActionTaken):
        return
    counts = (("limited", event.limited), ("refused", event.refused), ("searched", event.searched))
    yield from ((name, count) for name, count in counts if count)
    if event.consent:
        yield f"consent|{event.consent}", 1


def _outcome(event: events.ReplySent | events.ReplyFailed | events.ReplyCancelled) -> str:
    match event:
        case events.ReplySent():
            return "resent" if event.resent else "settled" if event.settled_by else "sent"
        case events.ReplyCancelled():
            return "cancelled"
        case events.ReplyFailed():
            code, colon, _ = event.failed.partition(":")
            if not colon:
                return "opted_out"
            return {"window": "window_closed", "unknown": "held"}.get(code, "refused")


def _of_record(event: events.AnyEvent) -> Iterator[Increment]:
    """Count what an event did to the session and its record."""
    if isinstance(event, events.MessagesTaken | events.SessionChanged):
        if event.created is not None:
            yield "created", 1
        if event.escalated is not None:
            yield "escalated", 1
    if isinstance(event, events.MessagesTaken | events.ActionTaken | events.SessionChanged):
        if event.state:
            yield f"steps|{event.state.before}|{event.state.after}", 1
        if event.kept:
            yield _expiring(event.kept), 1
        if event.was:
            yield _expiring(event.was), -1
    elif isinstance(event, events.RecordsSetAside | events.CustomerForgotten) and event.was:
        yield _expiring(event.was), -1


def _left(event: events.RecordsSetAside | events.CustomerForgotten) -> Iterator[Increment]:
    yield from _waits("mailbox", event.came, -1)
    yield from _waits("outbox", event.queued, -1)


def _expiring(record: Expiry) -> str:
    """Return the field that counts a record until its expiry: the end of the time step in which it expires."""
    return f"{record.state}@{-(record.at // -(1000 * EXPIRY_STEP)) * EXPIRY_STEP}"


def _timed(what: str, ms: int) -> Iterator[Increment]:
    # Clocks that differ must not make a duration negative.
    ms = max(0, ms)
    n = bisect_left(BOUNDS, ms / 1000)
    yield f"{what}|{BOUNDS[n] if n < len(BOUNDS) else _ENDLESS}", 1
    yield f"{what}|ms", ms


def _waits(place: QueueName, since: Iterable[int], more: int) -> Iterator[Increment]:
    for ms in since:
        yield waiting(place, ms), more
