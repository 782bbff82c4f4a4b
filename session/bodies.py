"""Bodies of requests, and what a worker receives with the lease of an intake. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from session import records
from session.leases import TOO_LATE, Lease
from session.records import moment_of, to_ms

#: The source of what API clients did.
API = "api"
#: The source of the rows of campaigns.
CAMPAIGNS = "campaign"
#: The source of answers of agents that are message templates.
DESK_TEMPLATES = "desk-template"
#: The source of what saved searches wait for.
SAVED_SEARCHES = "saved_search"
#: The first format in which a worker knows bodies of a source; the others are as old as formats.
FORMATS = {API: 3, CAMPAIGNS: 3, DESK_TEMPLATES: 3, SAVED_SEARCHES: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One stored request body."""

    id: str  #: of the stream entry
    source: str  #: the endpoint that received it, with the query string if there was one
    at: int  #: ms since the epoch, when it arrived
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeTaken:
    """The lease of the intake, and the oldest bodies."""

    lease: Lease
    now: datetime  #: by the clock of the server, when it was taken
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class IntakeEmpty:
    """Nothing waits in the intake."""


def bodies_of(rest: Sequence[str], now: datetime) -> tuple[Body, ...]:
    """Return the bodies from the answer of a script, up to the first that only a newer release can read, because of the order.

    A body without a time has the time of its id in the stream.
    """
    bodies: list[Body] = []
    for id_, source, at, body, written in zip(*(rest[n::5] for n in range(5)), strict=True):
        if re.fullmatch(r"[0-9]{1,4}", written) and int(written) > records.FORMAT:
            break
        came = moment_of(id_, at, latest=now + TOO_LATE) or to_ms(now)
        bodies.append(Body(id=id_, source=source, at=came, body=body.encode("utf-8", "surrogateescape")))
    return tuple(bodies)
