"""The counters of a shard: counts the events that nobody has counted yet, and reads the sums and what waits."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from redis.exceptions import ResponseError

from session.counters import EXPIRY_STEP, fold
from session.errors import UnexpectedReply
from session.event_records import EventRecord
from session.keys import Keys
from session.models import State
from session.pauses import read_pauses, readable_troubles
from session.records import to_ms
from session.snapshots import Depth, QueueStatistics
from session.store.asking import asking
from session.store.mending import Mender
from session.store.scripts import Scripts, Value

_PAGE = 500


class CounterStore:
    """Keeps the counters of every shard."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys)
        self._client = scripts.client
        self._keys = keys

    def fold(self, shard: int, *, now: datetime, swept: bool = False, pages: int = 40) -> int:
        """Count the events since the last call, whoever made it; returns how many were counted here.

        `swept` notes that the sweep was here. Two callers at once count each event once.
        """
        try:
            return self._fold(shard, now, swept=swept, pages=pages)
        except ResponseError:
            # A key of a wrong type: once it is put aside, the next call counts.
            if not self._mender.mend_shard(shard, now=now):
                raise
            return 0

    def _fold(self, shard: int, now: datetime, *, swept: bool, pages: int) -> int:
        keys = self._keys.shard(shard)
        counted = 0
        with asking("tally"):
            last, before = self._read(keys.counters, "last", "swept")
            if last and not re.fullmatch(r"[0-9]{1,20}-[0-9]{1,20}", last):
                # Nobody knows what was counted: it goes on with what comes from here on.
                newest: Any = self._client.xrevrange(keys.events, count=1)
                self._scripts.call(
                    "add_to_counters", [keys.counters], [last, newest[0][0] if newest else "0-0"]
                )
                return 0
            for _ in range(pages):
                page: Any = self._client.xrange(keys.events, min=f"({last or '0-0'}", count=_PAGE)
                if not page:
                    break
                last, added = self._add(keys.counters, last, page)
                counted += added
            if swept:
                self._scripts.call("put_field", [keys.counters], ["swept", to_ms(now)])
                if _step(int(before) if re.fullmatch(r"[0-9]{1,15}", before) else 0) != _step(to_ms(now)):
                    self._drop_expired(keys.counters, now)
        return counted

    def queue_statistics(self, shard: int, *, now: datetime) -> QueueStatistics:
        """Return what waits in a shard and what was counted, in one round trip."""
        keys = self._keys.shard(shard)
        match self._mender.call_on_shard(
            shard,
            "read_queue_statistics",
            [
                keys.intake,
                keys.intake_lease,
                keys.due,
                keys.dead,
                keys.events,
                keys.fence,
                keys.paused,
                keys.counters,
                keys.troubles,
            ],
            [to_ms(now)],
            now,
        ):
            case [
                "statistics",
                int(bodies),
                int(bodies_at),
                int(draining),
                int(due),
                int(overdue),
                int(first_due_at),
                int(dead),
                int(dead_at),
                int(events),
                int(fence),
                int(senders),
                int(troubles),
                *rest,
            ]:
                counters = _numbers(_pairs(rest[2 * senders + troubles :]))
                return QueueStatistics(
                    intake=Depth(count=bodies, oldest_at=bodies_at),
                    mailboxes=_depth(counters, "mailbox"),
                    outboxes=_depth(counters, "outbox"),
                    dead=Depth(count=dead, oldest_at=dead_at),
                    due=due,
                    overdue=overdue,
                    first_due_at=first_due_at,
                    draining=bool(draining),
                    leases_granted=fence,
                    events=events,
                    swept_at=counters.get("swept", 0),
                    paused=read_pauses(_pairs(rest[: 2 * senders]))[0],
                    troubles=readable_troubles(rest[2 * senders : 2 * senders + troubles]),
                    sessions=_sessions(counters, now),
                    counts=_counts(counters),
                )
            case reply:
                raise UnexpectedReply("read_queue_statistics", reply)

    def _read(self, key: str, *names: str) -> list[str]:
        found: Any = self._client.hmget(key, list(names))
        return [value or "" for value in found]

    def _add(self, key: str, last: str, page: list[tuple[str, dict[str, str]]]) -> tuple[str, int]:
        """Add what a page of events comes to; returns the last event that is counted now, and how many were."""
        newest = page[-1][0]
        increments = {
            name: more
            for name, more in fold(EventRecord.of(fields, id=id_) for id_, fields in page).items()
            if more
        }
        args: list[Value] = [last, newest]
        for name, more in increments.items():
            args += [name, more]
        match self._scripts.call("add_to_counters", [key], args):
            case ["added"]:
                return newest, len(page)
            case ["moved", str(other)]:
                return other, 0
            case reply:
                raise UnexpectedReply("add_to_counters", reply)

    def _drop_expired(self, key: str, now: datetime) -> None:
        names: Any = self._client.hkeys(key)
        expired = [name for name in names if _is_state(name) and _second(name) * 1000 <= to_ms(now)]
        if expired:
            self._client.hdel(key, *expired)


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _numbers(counters: Mapping[str, str]) -> dict[str, int]:
    """Return what is counted; what is no number, or counted under no moment, is left out."""
    return {
        name: int(count)
        for name, count in counters.items()
        if re.fullmatch(r"-?[0-9]{1,18}", count) and re.fullmatch(r"[^@]*(@[0-9]{1,12})?", name)
    }


def _depth(counters: Mapping[str, int], place: str) -> Depth:
    counts = {_second(name): count for name, count in counters.items() if name.startswith(f"{place}@")}
    return Depth(count=sum(counts.values()), oldest_at=1000 * min(counts, default=0))


def _sessions(counters: Mapping[str, int], now: datetime) -> Counter[State]:
    found: Counter[State] = Counter()
    for name, count in counters.items():
        if _is_state(name) and _second(name) * 1000 > to_ms(now):
            found[State(name.partition("@")[0])] += count
    return found


def _counts(counters: Mapping[str, int]) -> Counter[str]:
    return Counter(
        {name: value for name, value in counters.items() if "@" not in name and name not in ("last", "swept")}
    )


def _is_state(name: str) -> bool:
    return name.partition("@")[0] in State.__members__


def _second(name: str) -> int:
    return int(name.partition("@")[2])


def _step(ms: int) -> int:
    return ms // (1000 * EXPIRY_STEP)
