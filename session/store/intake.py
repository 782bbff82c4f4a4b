"""The intake: raw bodies in the order of their arrival, and from there into the mailboxes."""

from collections.abc import Sequence
from datetime import datetime

from session import records
from session.agent_actions import AgentAction
from session.dead_letters import AnyLetter
from session.errors import StoreFull, UnexpectedReply
from session.keys import INTAKE, Keys
from session.leases import TOO_LATE, Held, IntakeEmpty, IntakeTaken, Lease, Stale, bodies_of
from session.messages import Message
from session.policy import Policy
from session.records import to_ms
from session.results import Received
from session.store.mailboxes import Mailboxes
from session.store.mending import Mender
from session.store.newer import leave_to_newer
from session.store.scripts import Scripts, Value, flat


class IntakeStore:
    """Stores bodies, hands them out, and receives the messages found in them."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy
        self._mailboxes = Mailboxes(self._mender, keys, policy)

    def store(
        self, body: bytes, *, source: str, now: datetime, ordering_key: str, by_agent: bool = False
    ) -> int | None:
        """Keep a raw body; bodies of one `ordering_key` are drained in the order of their arrival.

        Returns the shard whose intake must be woken, or None if somebody is coming anyway.
        Raises `StoreFull` if Redis' memory is used up to `Policy.full_at`; what agents do, which is little and works off
        what waits, is kept until the server itself refuses. Raises `StoreUnavailable` if it may not have been kept.
        """
        shard = self._keys.shard_of(ordering_key)
        keys = self._keys.shard(shard)
        at = to_ms(now)
        wake_by = to_ms(now + self._policy.wake_after)
        mark = 100 if by_agent else self._policy.full_at
        args: list[Value] = [source, at, body, INTAKE, wake_by, mark]
        args.append(records.FORMAT if records.FORMAT > 1 else "")
        match self._mender.call_on_shard(shard, "store_body", [keys.intake, keys.due], args, now):
            case ["stored", int(woken)]:
                return shard if woken else None
            case ["full", int(used)]:
                raise StoreFull(used, mark)
            case reply:
                raise UnexpectedReply("store_body", reply)

    def take(
        self, shard: int, *, holder: str, now: datetime, limit: int, bytes_at_most: int = 1_000_000
    ) -> IntakeTaken | IntakeEmpty | Held:
        """Take the lease of a shard's intake and its oldest bodies: at most `limit`, of `bytes_at_most` together.

        The oldest comes whatever its size: nothing is too large to be taken.
        """
        keys = self._keys.shard(shard)
        till = to_ms(now + self._policy.lease_for)
        match self._mender.call_on_shard(
            shard,
            "take_intake",
            [keys.intake_lease, keys.intake, keys.due, keys.fence],
            [to_ms(now), holder, till, limit, INTAKE, bytes_at_most],
            now,
        ):
            case ["held", int(until)]:
                if not 0 < until <= to_ms(now + TOO_LATE) and self._mender.mend_shard(shard, now=now):
                    return self.take(shard, holder=holder, now=now, limit=limit)
                return Held(until=until)
            case ["empty"]:
                return IntakeEmpty()
            case ["taken", int(fence), *rest]:
                lease, bodies = Lease(fence=fence, holder=holder), bodies_of(rest, now)
                if not bodies:
                    where = (keys.intake_lease, keys.due)
                    return leave_to_newer(self._scripts, lease, keys=where, member=INTAKE, now=now, was={})
                return IntakeTaken(lease=lease, bodies=bodies)
            case reply:
                raise UnexpectedReply("take_intake", reply)

    def receive(self, entries: Sequence[Message | AgentAction], *, now: datetime) -> Received:
        """Put messages and actions into their mailboxes, see `Mailboxes.receive`."""
        return self._mailboxes.receive(entries, now=now)

    def settle(
        self,
        shard: int,
        lease: Lease,
        handled: Sequence[str],
        *,
        now: datetime,
        go_on: bool = True,
        dead: Sequence[AnyLetter] = (),
    ) -> int | Stale:
        """Drop handled bodies and keep the dead letters found in them; returns how many bodies are left.

        With `go_on` the lease stays if bodies are left, and the holder takes again; without, it is given back
        and a wake-up must be published if any are left.
        """
        keys = self._keys.shard(shard)
        match self._mender.call_on_shard(
            shard,
            "settle_intake",
            [keys.intake_lease, keys.intake, keys.due, keys.fence, keys.dead],
            [
                lease.fence,
                lease.holder,
                INTAKE,
                "" if go_on else to_ms(now + self._policy.wake_after),
                len(handled),
                *handled,
                *flat([letter.to_fields() for letter in dead]),
            ],
            now,
        ):
            case ["settled", int(left)]:
                return left
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("settle_intake", reply)
