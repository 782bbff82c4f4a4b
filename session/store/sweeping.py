"""What the sweep does in Redis: it claims due members, and removes events and dead letters that are too old."""

from datetime import datetime, timedelta
from typing import Any

from session.errors import UnexpectedReply
from session.keys import IDLE_TIMEOUT, Keys
from session.policy import Policy
from session.records import MS, from_ms, to_ms
from session.results import Claimed, Trimmed
from session.store.calls import Call, Program, command
from session.store.mending import Mender
from session.store.scripts import Scripts

#: The memory that the dead letters of a shard may take, in per cent of the server's.
_SHARE = 10


class DueStore:
    """The due index: what must happen, and when. Wake-ups, retries and time-outs all wait here."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def claim(self, shard: int, *, limit: int) -> Program[Claimed]:
        """Claim up to `limit` due members of a shard, longest due first.

        A claimed member is due again after the wake-up time, unless the worker that is woken settles it: a claim that is
        lost delays, it loses nothing.
        """
        call = self._scripts.claim_due(
            due=self._keys.shard(shard).due,
            wake_after=self._policy.wake_after // MS,
            limit=limit,
        )
        match (yield from self._mender.call_on_shard(shard, call)):
            case ["claimed", int(at), *members]:
                return Claimed(now=from_ms(at), members=tuple(members))
            case reply:
                raise UnexpectedReply("claim_due", reply)

    def idle_timeouts(self, shard: int, *, now: datetime) -> Call[list[str]]:
        """Return the conversations of a shard whose idle time-out is over; nothing is claimed."""
        return command(
            "idle_timeouts",
            "ZRANGE",
            self._keys.shard(shard).due,
            "-inf",
            to_ms(now),
            "BYSCORE",
            read=_timed_out,
        )


class RetentionStore:
    """Removes events and dead letters that are too old or too many."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy

    def trim(self, shard: int) -> Program[Trimmed]:
        """Remove events and dead letters of a shard that exceed the limits of the policy, in one round trip.

        Their age is measured with the clock of the server, which gave them their ids.
        """
        keys, policy, ms = self._keys.shard(shard), self._policy, timedelta(milliseconds=1)
        match (
            yield self._scripts.trim_streams(
                events=keys.events,
                dead=keys.dead,
                counters=keys.counters,
                events_for=policy.events_for // ms,
                letters_for=policy.letters_for // ms,
                most=policy.letters_at_most,
                share=_SHARE,
            )
        ):
            case ["trimmed", int(events), int(old), int(many)]:
                return Trimmed(events=events, old_letters=old, many_letters=many)
            case reply:
                raise UnexpectedReply("trim_streams", reply)


def _timed_out(members: Any) -> list[str]:
    return [member.removeprefix(IDLE_TIMEOUT) for member in members if member.startswith(IDLE_TIMEOUT)]
