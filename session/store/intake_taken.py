"""What a worker is given when it takes the intake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    """Return the bodies that a script found; one that does not say when it came is as old as its place in the stream."""
    return tuple(
        Body(
            id=id_,
            source=source,
            at=moment_of(id_, at, latest=now + TOO_LATE) or to_ms(now),
            body=body.encode("utf-8", "surrogateescape"),
        )
        for id_, source, at, body in zip(rest[::4], rest[1::4], rest[2::4], rest[3::4], strict=True)
    )
