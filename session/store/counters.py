"""Adds new events to the counters of a shard, and to the outcomes of campaigns; and reads the counters and the lengths of the queues."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import Any

from redis.exceptions import ResponseError

from session.campaign_outcomes import tokens_of
from session.counters import EXPIRY_STEP, fold
from session.errors import UnexpectedReply
from session.event_records import EventRecord
from session.keys import Keys, ShardKeys
from session.models import State
from session.pauses import read_pauses, readable_troubles
from session.policy import Policy
from session.records import MS, to_ms
from session.results import Depth, QueueStatistics
from session.store.calls import Program, Value, as_entries, as_fields, command
from session.store.mending import Mender
from session.store.scripts import Scripts
from session.wait_counts import FIELD, KEPT_FOR

_PAGE = 500


class CounterStore:
    """The counters of every shard."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys)
        self._keys = keys

    def fold(self, shard: int, *, swept: datetime | None = None, pages: int = 40) -> Program[int]:
        """Count the events since the last call of any process; returns how many this call counted.

        `swept` is the time of this sweep, which is stored. Two callers at once count each event once.
        """
        try:
            return (yield from self._fold(shard, swept=swept, pages=pages))
        except ResponseError:
            # A key has a wrong type: it is moved to the dead letters, and the next call counts.
            if not (yield from self._mender.mend_shard(shard)):
                raise
            return 0

    def _fold(self, shard: int, *, swept: datetime | None, pages: int) -> Program[int]:
        keys = self._keys.shard(shard)
        counted = 0
        found = yield command("counters", "HMGET", keys.counters, "last", "swept")
        last, before = (value or "" for value in found)
        if last and not re.fullmatch(r"[0-9]{1,20}-[0-9]{1,20}", last):
            # The last counted event is unknown: counting continues with new events.
            newest = yield command(
                "counters", "XREVRANGE", keys.events, "+", "-", "COUNT", 1, read=as_entries
            )
            yield self._scripts.add_to_counters(
                counters=keys.counters,
                outcomes=(),
                expected=last,
                last=newest[0][0] if newest else "0-0",
                keep_for=0,
                increments=(),
                tokens=(),
            )
            return 0
        for _ in range(pages):
            page = yield command(
                "counters", "XRANGE", keys.events, f"({last or '0-0'}", "+", "COUNT", _PAGE, read=as_entries
            )
            if not page:
                break
            last, added = yield from self._add(keys, last, page)
            counted += added
        if swept:
            yield self._scripts.put_field(hash=keys.counters, field="swept", value=to_ms(swept))
            if _step(int(before) if re.fullmatch(r"[0-9]{1,15}", before) else 0) != _step(to_ms(swept)):
                yield from self._drop_expired(keys.counters, swept)
        return counted

    def queue_statistics(self, shard: int) -> Program[QueueStatistics]:
        """Return the queue statistics and the counters of a shard, in one round trip."""
        keys = self._keys.shard(shard)
        call = self._scripts.read_queue_statistics(
            intake=keys.intake,
            lease=keys.intake_lease,
            due=keys.due,
            dead=keys.dead,
            events=keys.events,
            fence=keys.fence,
            paused=keys.paused,
            counters=keys.counters,
            troubles=keys.troubles,
        )
        match (yield from self._mender.call_on_shard(shard, call)):
            case [
                "statistics",
                int(now),
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
                counters = _numbers(as_fields(rest[2 * senders + troubles :]))
                return QueueStatistics(
                    now=now,
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
                    paused=read_pauses(as_fields(rest[: 2 * senders]))[0],
                    troubles=readable_troubles(rest[2 * senders : 2 * senders + troubles]),
                    sessions=_sessions(counters, now),
                    counts=_counts(counters),
                )
            case reply:
                raise UnexpectedReply("read_queue_statistics", reply)

    def _add(
        self, keys: ShardKeys, last: str, page: list[tuple[str, dict[str, str]]]
    ) -> Program[tuple[str, int]]:
        """Count a page of events, and note what they tell of campaigns.

        Returns the last counted event, and how many were counted.
        """
        newest = page[-1][0]
        records = [EventRecord.of(fields, id=id_) for id_, fields in page]
        increments: list[Value] = []
        for name, more in fold(records).items():
            increments += [name, more] if more else []
        tokens = tokens_of(records)
        match (
            yield self._scripts.add_to_counters(
                counters=keys.counters,
                outcomes=[keys.outcomes(campaign) for campaign in tokens],
                expected=last,
                last=newest,
                keep_for=Policy().campaigns_for // MS,
                increments=increments,
                tokens=[
                    part
                    for place, rows in enumerate(tokens.values())
                    for row, text in rows.items()
                    for part in (place, row, text)
                ],
            )
        ):
            case ["added"]:
                return newest, len(page)
            case ["moved", str(other)]:
                return other, 0
            case reply:
                raise UnexpectedReply("add_to_counters", reply)

    def _drop_expired(self, key: str, now: datetime) -> Program[None]:
        names: Any = yield command("counters", "HKEYS", key)
        expired = [name for name in names if _ends(name) * 1000 <= to_ms(now)]
        if expired:
            yield command("counters", "HDEL", key, *expired)


def _numbers(counters: Mapping[str, str]) -> dict[str, int]:
    """Return the counters; values that are not numbers, and fields with an invalid time, are left out."""
    return {
        name: int(count)
        for name, count in counters.items()
        if re.fullmatch(r"-?[0-9]{1,18}", count) and re.fullmatch(r"[^@]*(@[0-9]{1,12})?", name)
    }


def _depth(counters: Mapping[str, int], place: str) -> Depth:
    counts = {_second(name): count for name, count in counters.items() if name.startswith(f"{place}@")}
    return Depth(count=sum(counts.values()), oldest_at=1000 * min(counts, default=0))


def _sessions(counters: Mapping[str, int], now: int) -> Counter[State]:
    found: Counter[State] = Counter()
    for name, count in counters.items():
        if _is_state(name) and _second(name) * 1000 > now:
            found[State(name.partition("@")[0])] += count
    return found


def _counts(counters: Mapping[str, int]) -> Counter[str]:
    return Counter(
        {name: value for name, value in counters.items() if "@" not in name and name not in ("last", "swept")}
    )


def _is_state(name: str) -> bool:
    return name.partition("@")[0] in State.__members__


def _ends(name: str) -> float:
    """Return the second in which a field is not needed any more."""
    if name.startswith(FIELD) and "@" in name:
        return _second(name) + KEPT_FOR
    return _second(name) if _is_state(name) else inf


def _second(name: str) -> int:
    return int(name.partition("@")[2])


def _step(ms: int) -> int:
    return ms // (1000 * EXPIRY_STEP)
