"""The result of a run: percentiles, throughput over time, and whether a guarantee was broken. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from worker.cli.replay.run import Run, SentMessage

_PARTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
_POINTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The result of a run."""

    seconds: float  #: from the first request to the last answer or reply
    requests: int
    accepted: int
    redelivered: int
    replies: int
    lost: int
    doubled: int
    out_of_order: int
    failures: dict[str, int]
    accept_ms: dict[str, float]
    reply_ms: dict[str, float]  #: from the request to the reply at the provider; empty without a simulator
    accepted_a_second: float
    replied_a_second: float
    late_ms: float  #: p99 of the delay with which requests were sent: the limit of the load generator
    watched: bool  #: whether replies were observed

    @property
    def kept(self) -> bool:
        """Whether every guarantee was kept, as far as it was observed."""
        return not (self.lost or self.doubled or self.out_of_order)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"kept": self.kept}


def figures_of(run: Run, *, watched: bool) -> Figures:
    """Return the figures of a finished run."""
    messages = list(run.messages)
    accepted = [one for one in messages if one.status == HTTPStatus.OK]
    fresh = [one for one in accepted if not one.planned.again]
    answered = [one for one in fresh if one.answered_at]
    ends = [one.sent_at + one.accepted_after for one in accepted] + [one.answered_at[0] for one in answered]
    seconds = max(ends, default=run.began) - run.began
    sending = max((one.sent_at + one.accepted_after for one in accepted), default=run.began) - run.began
    return Figures(
        seconds=seconds,
        requests=len(messages),
        accepted=len(accepted),
        redelivered=sum(one.planned.again for one in messages),
        replies=len(answered),
        lost=len(fresh) - len(answered) if watched else 0,
        doubled=sum(len(one.answered_at) > 1 for one in fresh),
        out_of_order=run.order_broken,
        failures=dict(run.failures),
        accept_ms=percentiles([one.accepted_after for one in accepted]),
        reply_ms=percentiles([one.answered_at[0] - one.sent_at for one in answered]),
        accepted_a_second=len(accepted) / sending if sending > 0 else 0.0,
        replied_a_second=len(answered) / seconds if seconds > 0 else 0.0,
        late_ms=percentiles([one.sent_at - one.due_at for one in messages]).get("p99", 0.0),
        watched=watched,
    )


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return percentiles in ms; an empty mapping if there are no values."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    last = len(ordered) - 1
    return {name: 1000 * ordered[min(last, int(part * len(ordered)))] for name, part in _PARTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values over time; `at` in seconds since the run began."""

    at: list[float]
    values: dict[str, list[float]]


def over_time(run: Run, figures: Figures) -> dict[str, Series]:
    """Return what the plots show: throughput, latency of answers and replies, queue lengths."""
    step = max(0.5, figures.seconds / _POINTS)
    buckets = max(1, int(figures.seconds / step) + 1)
    sent: list[list[SentMessage]] = [[] for _ in range(buckets)]
    back: list[int] = [0] * buckets
    for one in list(run.messages):
        place = min(buckets - 1, max(0, int((one.sent_at - run.began) / step)))
        if one.status == HTTPStatus.OK:
            sent[place].append(one)
        if one.answered_at:
            back[min(buckets - 1, max(0, int((one.answered_at[0] - run.began) / step)))] += 1
    at = [step * n for n in range(buckets)]
    accept = [percentiles([one.accepted_after for one in bucket]) for bucket in sent]
    reply = [
        percentiles([one.answered_at[0] - one.sent_at for one in bucket if one.answered_at])
        for bucket in sent
    ]
    series = {
        "throughput (a second)": Series(
            at=at,
            values={
                "accepted": [len(bucket) / step for bucket in sent],
                "replied": [count / step for count in back],
            },
        ),
        "accept latency (ms)": _latency(at, accept),
        "reply latency (ms)": _latency(at, reply),
        "waiting": Series(
            at=[depth.at - run.began for depth in run.depths],
            values={
                name: [float(getattr(depth, name)) for depth in run.depths]
                for name in ("intake", "turns", "deliveries")
            },
        ),
    }
    return {name: one for name, one in series.items() if one.at and any(map(any, one.values.values()))}


def _latency(at: list[float], rows: list[dict[str, float]]) -> Series:
    there = [(when, row) for when, row in zip(at, rows, strict=True) if row]
    return Series(
        at=[when for when, _ in there],
        values={name: [row[name] for _, row in there] for name in ("p50", "p90", "p99")},
    )
