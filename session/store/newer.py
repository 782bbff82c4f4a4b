"""Leaves to a newer release what it wrote, while workers of several releases run side by side."""

from datetime import datetime, timedelta
from typing import Final

from loguru import logger

from session.errors import UnexpectedReply
from session.leases import Held, Lease
from session.records import to_ms
from session.store.scripts import Scripts, Value

#: Whoever is woken next may be of the newer release.
_LOOK_AGAIN: Final = timedelta(seconds=2)


def leave_to_newer(
    scripts: Scripts, lease: Lease, *, keys: tuple[str, str], member: str, now: datetime, was: dict[str, int]
) -> Held:
    """Give a lease back; `keys` are the lease and `due`, `was` is what stood in the lease before it was taken."""
    retry_at = to_ms(now + _LOOK_AGAIN)
    values: list[Value] = [part for pair in was.items() for part in pair]
    answer = scripts.call(
        "leave_to_newer", keys, [lease.fence, lease.holder, retry_at, member, "alone", "", *values]
    )
    if answer[0] not in ("left", "stale"):
        raise UnexpectedReply("leave_to_newer", answer)
    logger.warning("left to a newer release, which wrote it: {}", member.partition("|")[0])
    return Held(until=retry_at)
