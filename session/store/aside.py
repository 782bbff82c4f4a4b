"""Puts unreadable records aside as dead letters, so that their conversation goes on."""

from collections.abc import Sequence
from datetime import datetime

from loguru import logger

from session.errors import UnexpectedReply
from session.keys import Keys
from session.leases import Lease, Stale
from session.masking import mask
from session.policy import Policy
from session.reading import Unreadable
from session.records import to_ms
from session.store.mending import Mender
from session.store.scripts import Scripts, Value


class Aside:
    """Takes from the session, the mailbox and the outbox of conversations what nobody can read."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def put(
        self,
        conversation: str,
        found: Sequence[Unreadable],
        *,
        lease: Lease | None,
        now: datetime,
        sending: bool = False,
    ) -> int | Stale:
        """Put records aside if they still stand there as they were read; returns how many were.

        `lease` is that of the turn, or with `sending` that of the outbox. Without one nothing is done while a worker
        has the turn.
        """
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        args: list[Value] = [
            lease.fence if lease else "",
            lease.holder if lease else "",
            to_ms(now),
            conversation,
            own.idle_timeout_due,
            self._policy.events_at_most,
            *(value for one in found for value in (one.place, one.why, one.raw)),
        ]
        held = own.delivery_lease if sending else own.turn_lease
        keys = [
            shared.due,
            shared.events,
            shared.dead,
            shared.waiting,
            own.session,
            own.mailbox,
            own.outbox,
            held,
            shared.paused,
        ]
        match self._mender.call([conversation], "set_aside", keys, args, now):
            case ["aside", int(count)]:
                for one in found:
                    logger.error(
                        "unreadable, put aside as a dead letter ({}): {}",
                        one.place,
                        one.why,
                        conversation=mask(conversation),
                    )
                return count
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case ["busy", int()]:
                return 0
            case reply:
                raise UnexpectedReply("set_aside", reply)
