"""What a worker is given when it takes the intake."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from session import records
from session.records import moment_of, to_ms
from session.store.lease import Lease
from session.store.mending import TOO_LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One stored request body."""

    id: str  #: of the stream entry
    source: str  #: the endpoint it came in by, with the query string where there was one
    at: int  #: ms since the epoch, when it came
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeTaken:
    """The lease of the intake, and the oldest bodies."""

    lease: Lease
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class IntakeEmpty:
    """Nothing waits in the intake."""


def bodies_of(rest: Sequence[str], now: datetime) -> tuple[Body, ...]:
    """Return the bodies that a script found, up to the first that only a newer release can read: order is kept.

    One that does not say when it came is as old as its place in the stream.
    """
    bodies: list[Body] = []
    for id_, source, at, body, written in zip(*(rest[n::5] for n in range(5)), strict=True):
        if re.fullmatch(r"[0-9]{1,4}", written) and int(written) > records.FORMAT:
            break
        came = moment_of(id_, at, latest=now + TOO_LATE) or to_ms(now)
        bodies.append(Body(id=id_, source=source, at=came, body=body.encode("utf-8", "surrogateescape")))
    return tuple(bodies)
