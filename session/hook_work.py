"""How far a hook has come in the events of a shard, and when an event is tried again, or given up. Pure.

Its state is a hash: `after`, the last event up to which everything is settled; `passed`, how many events that is; `seen`, the
newest event when it was taken last; `accepted`, when its receiver accepted something last, in ms; `down`, how often since then
nothing was accepted. Events behind `after` that are settled, or were tried, have a field of their own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from session.dead_letters import AnyLetter, HookLetter
from session.event_records import EventRecord
from session.leases import Lease
from session.policy import Policy
from session.records import MS, to_ms

#: The value of the field of an event that is settled.
SETTLED: Final = "settled"
_TRIES = re.compile(r"([0-9]{1,4}) ([0-9]{1,16}) ([0-9]{1,16}) ([0-9]{1,16})")
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """The failed attempts to send an event: "2 1790000000000 1790000009000 1790000011000"."""

    counted: int  #: those that count, at least 1: while a receiver accepts nothing, they are not the fault of the event
    since: int  #: when the first one failed, in ms
    last: int  #: when the latest one failed, in ms
    not_before: int  #: when the next one is due, in ms

    def to_text(self) -> str:
        """Return the value of the field."""
        return f"{self.counted} {self.since} {self.last} {self.not_before}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what a field says; None if it cannot be read: then the event counts as one that was not tried."""
        found = _TRIES.fullmatch(text)
        if not found:
            return None
        counted, since, last, not_before = map(int, found.groups())
        return cls(counted=counted, since=since, last=last, not_before=not_before)


@dataclass(frozen=True, slots=True, kw_only=True)
class HookTaken:
    """This worker has the lease of a hook."""

    lease: Lease
    now: datetime  #: by the clock of the server, when it was taken
    lost: int  #: events that were trimmed since the last time, before they were sent
    records: tuple[EventRecord, ...]  #: the next events, oldest first
    #: dead letters that are sent once more, in this order, by their ids in the stream
    letters: Mapping[str, HookLetter] = field(default_factory=dict)
    after: str = "0-0"
    passed: int = 0
    accepted: int = 0
    down: int = 0
    settled: frozenset[str] = frozenset()
    tries: Mapping[str, Tries] = field(default_factory=dict)  #: by the id of an event


def read_taken(
    lease: Lease,
    *,
    now: datetime,
    lost: int,
    state: Mapping[str, str],
    records: Sequence[EventRecord],
    letters: Mapping[str, AnyLetter],
) -> HookTaken:
    """Return what a script found. A number that is none counts as 0."""
    tries = {name: found for name, text in state.items() if (found := Tries.read(text))}
    return HookTaken(
        lease=lease,
        now=now,
        lost=lost,
        records=tuple(records),
        letters={id_: letter for id_, letter in letters.items() if isinstance(letter, HookLetter)},
        after=state.get("after", "0-0"),
        passed=number_in(state, "passed"),
        accepted=number_in(state, "accepted"),
        down=number_in(state, "down"),
        settled=frozenset(name for name, text in state.items() if text == SETTLED),
        tries=tries,
    )


def failed(before: Tries | None, *, now: datetime, accepted: int, wait: Any, policy: Policy) -> Tries | None:
    """Return the attempts after a further failed one; None if the event is given up.

    `accepted` is when the receiver accepted anything last, in ms; `wait` returns how long to wait after so many attempts. An
    attempt counts if the receiver has accepted something since the one before: else it is away, and no event is given up for
    that until the patience of the policy is over.
    """
    at = to_ms(now)
    if before is None:
        return Tries(counted=1, since=at, last=at, not_before=at + wait(1) // MS)
    counted = before.counted + (accepted >= before.last)
    if counted >= policy.hook_attempts or at - before.since >= policy.hook_patience // MS:
        return None
    return Tries(counted=counted, since=before.since, last=at, not_before=at + wait(counted) // MS)


def advanced(after: str, ids: Sequence[str], settled: Iterable[str]) -> tuple[str, int]:
    """Return the last of these events up to which all are settled (`after` if there is none), and how many they are."""
    done, count = set(settled), 0
    for id_ in ids:
        if id_ not in done:
            break
        after, count = id_, count + 1
    return after, count


def is_behind(id_: str, after: str) -> bool:
    """Whether an event comes behind another one; False for what is not the id of an event."""
    return bool(_ID.fullmatch(id_) and _ID.fullmatch(after)) and _place(id_) > _place(after)


def _place(id_: str) -> tuple[int, int]:
    ms, _, number = id_.partition("-")
    return int(ms), int(number)


def number_in(state: Mapping[str, str], name: str) -> int:
    """Return a number in a state; 0 if there is none, or one that cannot be read."""
    text = state.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,16}", text) else 0
