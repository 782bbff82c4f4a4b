"""Counts events: events in, increments of the counters out. Pure; `session/store/counters.py` keeps the sums.

The counters are a hash with two kinds of fields. A total only grows: `turns`, `messages|meta|text`, `commit|0.5`.
Entries that come and go are counted by time, so that their age is known: `mailbox@<second when it was stored>`,
`outbox@<second when it was queued>`, `ACTIVE@<second by which the record has expired>`; such a field is removed at zero.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from session.models import Session, State
from session.policy import Policy
from session.records import to_ms

#: The upper bounds of the histograms, in seconds.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
#: The precision of expiries, in seconds: it limits the number of fields for a million sessions to some hundred.
EXPIRY_STEP = 600

#: A field and its increment.
Increment = tuple[str, int]
#: Where something waits.
Place = Literal["mailbox", "outbox"]

_ENDLESS = "inf"


def kept(session: Session, policy: Policy) -> str:
    """Return state and expiry of a session: "ACTIVE@4102531200000"."""
    return f"{session.state}@{to_ms(session.last_activity + policy.keep_for)}"


def kept_changes(was: str, session: Session, policy: Policy) -> dict[str, str]:
    """Return the event fields about the record; `was` is the previous value of `kept`, "" if there was none."""
    now_kept = kept(session, policy)
    if was == now_kept:
        return {}
    return {"kept": now_kept} | ({"was": was} if was else {})


def waiting(place: Place, ms: int) -> str:
    """Return the field that counts entries of mailboxes or outboxes that wait since a time."""
    return f"{place}@{ms // 1000}"


def fold(events: Iterable[Mapping[str, str]]) -> Counter[str]:
    """Return the increments for events. Unreadable events are skipped and counted."""
    counters: Counter[str] = Counter()
    for event in events:
        try:
            counted = list(_counted(event))
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
            counted = [("unreadable", 1)]
        for name, more in counted:
            counters[name] += more
    return counters


def _counted(event: Mapping[str, str]) -> Iterator[Increment]:
    if "received" in event:
        yield from _of_turn(event)
    elif "delivery" in event and ("sent" in event or "failed" in event):
        yield from _of_delivery(event)
    elif "cancelled" in event:
        queued = _times(event, "queued")
        yield f"replies|{event.get('channel', 'unknown')}|cancelled", len(queued)
        yield from _waits("outbox", queued, -1)
    elif "unreadable" in event:
        for place in json.loads(event["unreadable"]):
            yield f"aside|{place}", 1
        yield from _waits("mailbox", _times(event, "came"), -1)
        yield from _waits("outbox", _times(event, "queued"), -1)
    elif "revived" in event:
        yield f"revived|{event['revived']}", 1
        yield from _waits("mailbox", _times(event, "came"), 1)
        yield from _waits("outbox", _times(event, "queued"), 1)
    elif "forgotten" in event:
        yield "forgotten", 1
        yield from _waits("mailbox", _times(event, "came"), -1)
        yield from _waits("outbox", _times(event, "queued"), -1)
    elif "status" in event:
        yield f"statuses|{event['status']}", 1
        if "again" in event:
            yield from _waits("outbox", _times(event, "queued"), 1)
    elif "unknown" in event:
        yield "doubts", 1
    elif "trouble" in event and "over" not in event:
        yield f"troubles|{event['trouble'].partition('.')[0]}", 1
    elif "door" in event:
        yield f"door|{event['door']}", 1
    yield from _of_session(event)


def _of_turn(event: Mapping[str, str]) -> Iterator[Increment]:
    yield "turns", 1
    came = _times(event, "came")
    kinds, channels = json.loads(event.get("kinds", "[]")), json.loads(event.get("channels", "[]"))
    for channel, kind in zip(channels, kinds, strict=True):
        yield f"messages|{channel}|{kind}", 1
    yield from _waits("mailbox", came, -1)
    for ms in came:
        yield from _timed("commit", int(event["at"]) - ms)
    if "replied" in event:
        yield from _waits("outbox", _times(event, "queued"), len(json.loads(event["replied"])))
    if "limited" in event:
        yield "limited", int(event["limited"])
    if "refused" in event:
        yield "refused", int(event["refused"])
    if "searched" in event:
        yield "searched", int(event["searched"])
    if "consent" in event:
        yield f"consent|{event['consent']}", 1


def _of_delivery(event: Mapping[str, str]) -> Iterator[Increment]:
    yield f"replies|{event.get('channel', 'unknown')}|{_outcome(event)}", 1
    yield from _waits("outbox", _times(event, "queued"), -1)
    if "sent" in event and "came" in event:
        yield from _timed("sent", int(event["at"]) - int(event["came"]))


def _outcome(event: Mapping[str, str]) -> str:
    if "sent" in event:
        return "resent" if "resent" in event else "settled" if "settled_by" in event else "sent"
    code, colon, _ = event["failed"].partition(":")
    if not colon:
        return "opted_out"
    return {"window": "window_closed", "unknown": "held"}.get(code, "refused")


def _of_session(event: Mapping[str, str]) -> Iterator[Increment]:
    if "created" in event:
        yield "created", 1
    if "escalated" in event:
        yield "escalated", 1
    if "state" in event:
        before, _, after = event["state"].partition(">")
        yield f"steps|{State(before)}|{State(after)}", 1
    if event.get("kept"):
        yield _expiring(event["kept"]), 1
    if event.get("was"):
        yield _expiring(event["was"]), -1


def _expiring(kept: str) -> str:
    """Return the field that counts a record until its expiry: the end of the time step in which it expires."""
    state, _, ms = kept.partition("@")
    return f"{State(state)}@{-(int(ms) // -(1000 * EXPIRY_STEP)) * EXPIRY_STEP}"


def _timed(what: str, ms: int) -> Iterator[Increment]:
    # Clocks that differ must not make a duration negative.
    ms = max(0, ms)
    n = bisect_left(BOUNDS, ms / 1000)
    yield f"{what}|{BOUNDS[n] if n < len(BOUNDS) else _ENDLESS}", 1
    yield f"{what}|ms", ms


def _waits(place: Place, since: Iterable[int], more: int) -> Iterator[Increment]:
    for ms in since:
        yield waiting(place, ms), more


def _times(event: Mapping[str, str], name: str) -> list[int]:
    found = json.loads(event.get(name) or "[]")
    return [int(ms) for ms in (found if isinstance(found, list) else [found])]
