"""Counts events: events in, increments of the counters out. Pure; `session/store/counters.py` keeps the sums.

The counters are a hash with two kinds of fields. A total only grows: `turns`, `messages|meta|text`, `commit|0.5`.
Entries that come and go are counted by time, so that their age is known: `mailbox@<second when it was stored>`,
`outbox@<second when it was queued>`, `ACTIVE@<second by which the record has expired>`; such a field is removed at zero.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from session import delivery_events, events, merge_events, timer_events
from session.campaigns import row_of
from session.event_records import EventRecord
from session.event_values import Expiry
from session.prices import Cost, Price
from session.spending import Whose
from session.template_events import TemplateChanged
from session.wait_counts import of_waits

#: The upper bounds of the histograms, in seconds.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
#: The precision of expiries, in seconds: it limits the number of fields for a million sessions to some hundred.
EXPIRY_STEP = 600

#: A field and its increment.
Increment = tuple[str, int]
#: The queues of a conversation, in which entries wait.
QueueName = Literal["mailbox", "outbox"]

_ENDLESS = "inf"
#: Characters of a sender or an assistant as a label.
_LONGEST_LABEL = 64


def waiting(place: QueueName, ms: int) -> str:
    """Return the field that counts entries of mailboxes or outboxes that wait since a time."""
    return f"{place}@{ms // 1000}"


def fold(records: Iterable[EventRecord]) -> Counter[str]:
    """Return the increments for events. Events that cannot be read are skipped and counted."""
    counters: Counter[str] = Counter()
    for record in records:
        try:
            event = record.event
            counted = [*_counted(event, record.at), *_of_record(event), *_of_timers(event)]
            counted += of_waits(record)
        except (ValueError, ArithmeticError):
            counted = [("unreadable", 1)]
        for name, more in counted:
            counters[name] += more
    return counters


def _counted(event: events.AnyEvent, at: int) -> Iterator[Increment]:
    match event:
        case (
            events.MessagesTaken()
            | events.ActionTaken()
            | merge_events.ConversationMoved()
            | merge_events.ConversationsMerged()
        ):
            yield from _of_turn(event, at)
        case events.RepliesQueuedEarly():
            yield from _waits("outbox", (event.queued,), len(event.early))
        case delivery_events.ReplySent() | delivery_events.ReplyFailed() | delivery_events.ReplyCancelled():
            # Earlier releases cancelled several replies with one event.
            count = len(event.queued) if isinstance(event, delivery_events.ReplyCancelled) else 1
            yield f"replies|{event.channel}|{_outcome(event)}", count
            yield from _waits("outbox", event.queued, -1)
            if isinstance(event, delivery_events.ReplySent) and event.came:
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
        case delivery_events.StatusNoted():
            yield from _of_status(event)
        case delivery_events.SendInDoubt():
            yield "doubts", 1
        case events.OptOutNoted():
            yield f"consent|{event.consent}", 1
        case events.TroubleNoted(over=False) | TemplateChanged():
            yield _told(event), 1
        case events.SignInNoted():
            yield f"door|{event.what}", 1
        case events.UnknownEvent(readable=False):
            yield "unreadable", 1


def _told(event: events.TroubleNoted | TemplateChanged) -> str:
    """Return what a provider has told of the business. Its words are labels, but none that it could make up without end."""
    if isinstance(event, events.TroubleNoted):
        return f"troubles|{event.trouble.partition('.')[0]}"
    after = event.after.lower() if re.fullmatch(r"[A-Za-z_]{1,24}", event.after) else "other"
    return f"templates|{event.what}|{after}"


#: Events of the commit of a turn.
_Turn = (
    events.MessagesTaken
    | events.ActionTaken
    | merge_events.ConversationMoved
    | merge_events.ConversationsMerged
)


def _of_turn(event: _Turn, at: int) -> Iterator[Increment]:
    yield "turns", 1
    for channel, kind in zip(event.channels, event.kinds, strict=True):
        yield f"messages|{channel}|{kind}", 1
    yield from _waits("mailbox", event.came, -1)
    for ms in event.came:
        yield from _timed("commit", at - ms)
    if isinstance(event, merge_events.ConversationMoved):
        yield from _waits("outbox", event.leaves, -1)
        return
    if isinstance(event, merge_events.ConversationsMerged):
        yield from _waits("outbox", event.comes, 1)
        yield "merged", 1
        if event.consent:
            yield f"consent|{event.consent}", 1
        return
    if event.replied:
        yield from _waits("outbox", (event.queued,), len(event.replied))
    if isinstance(event, events.ActionTaken):
        if event.searched:
            yield "searched", event.searched
        return
    for name in ("limited", "late", "refused", "searched"):
        if count := getattr(event, name):
            yield name, count
    if event.consent:
        yield f"consent|{event.consent}", 1
    if event.budget in set(Whose):
        yield f"budgets|{event.budget}", 1


def _of_status(event: delivery_events.StatusNoted) -> Iterator[Increment]:
    yield f"statuses|{event.status}", 1
    if price := Price.read(event.billed or ""):
        yield f"arrived|{price.category}|{'yes' if price.billable else 'no'}", 1
        if price.billable:
            yield from _of_cost(event, price.category)
    if event.again:
        yield from _waits("outbox", event.queued, 1)


def _of_cost(event: delivery_events.StatusNoted, category: str) -> Iterator[Increment]:
    country = event.country if event.country and re.fullmatch(r"[A-Z]{2}", event.country) else "unknown"
    if cost := Cost.read(event.cost or ""):
        labels = [cost.currency, category, country, _label(event.sender), _label(event.assistant)]
        if of := row_of(event.delivery):
            labels.append(of[0])
        yield f"cost|{'|'.join(labels)}", cost.micros
    else:
        yield f"unpriced|{category}|{country}", 1


def _label(name: str | None) -> str:
    return (name or "unknown").replace("|", "/").replace("@", "/")[:_LONGEST_LABEL]


def _outcome(
    event: delivery_events.ReplySent | delivery_events.ReplyFailed | delivery_events.ReplyCancelled,
) -> str:
    match event:
        case delivery_events.ReplySent():
            return "resent" if event.resent else "settled" if event.settled_by else "sent"
        case delivery_events.ReplyCancelled():
            return "cancelled"
        case delivery_events.ReplyFailed():
            code, colon, _ = event.failed.partition(":")
            if not colon:
                return "opted_out"
            return {"window": "window_closed", "unknown": "held"}.get(code, "refused")


def _of_record(event: events.AnyEvent) -> Iterator[Increment]:
    """Count what an event did to the session and its record."""
    if isinstance(event, events.MessagesTaken | events.ActionTaken | events.SessionChanged):
        if event.escalated is not None:
            yield "escalated", 1
        if event.created is not None:
            yield "created", 1
    if isinstance(
        event,
        events.MessagesTaken | events.ActionTaken | events.SessionChanged | merge_events.ConversationsMerged,
    ):
        if event.state:
            yield f"steps|{event.state.before}|{event.state.after}", 1
        if event.kept:
            yield _expiring(event.kept), 1
        if event.was:
            yield _expiring(event.was), -1
    elif (
        isinstance(event, events.RecordsSetAside | events.CustomerForgotten | merge_events.ConversationMoved)
        and event.was
    ):
        yield _expiring(event.was), -1


def _of_timers(event: events.AnyEvent) -> Iterator[Increment]:
    """Count what an event did to timers."""
    if isinstance(event, timer_events.TimersRang):
        yield "timers|rang", len(event.rang)
    if isinstance(event, timer_events.ChangesTimers):
        for what, count in (
            ("set", len(event.timers_set)),
            ("asked", len(event.approvals_asked)),
            ("cancelled", len(event.timers_gone)),
            ("moved", len(event.timers_moved)),
            ("void", event.timers_void),
        ):
            if count:
                yield f"timers|{what}", count


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
