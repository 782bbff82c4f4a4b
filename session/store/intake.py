"""The intake: raw bodies in the order of their arrival."""

from session import records
from session.bodies import FORMATS, IntakeEmpty, IntakeTaken, bodies_of
from session.errors import StoreFull, UnexpectedReply
from session.keys import INTAKE, Keys
from session.leases import Held, Lease
from session.policy import Policy
from session.records import MS, from_ms
from session.results import Stored, Tried
from session.store.calls import Program
from session.store.durability import durable
from session.store.mending import Mender
from session.store.scripts import Scripts


class IntakeStore:
    """Stores bodies, and returns them to workers. `MailboxStore.receive` removes handled ones."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def store(
        self, body: bytes, *, source: str, ordering_key: str, by_agent: bool = False
    ) -> Program[Stored]:
        """Store a raw body; bodies with the same `ordering_key` are drained in the order of arrival.

        Raises `StoreFull` if the memory of Redis is used up to `Policy.full_at`. Agent actions are few and complete waiting
        work, so they are stored until the server itself refuses. Raises `StoreUnavailable` if it is not certain that the body
        was stored; `NotDurable` if it was, but may not survive what `Policy.durability` demands.
        """
        shard = self._keys.shard_of(ordering_key)
        keys = self._keys.shard(shard)
        mark = 100 if by_agent else self._policy.full_at
        needed = max(records.LOWEST, FORMATS.get(source, 1))
        call = self._scripts.store_body(
            intake=keys.intake,
            due=keys.due,
            source=source,
            body=body,
            member=INTAKE,
            wake_after=self._policy.wake_after // MS,
            mark=mark,
            format=needed if needed > 1 else "",
        )
        match (yield from self._mender.call_on_shard(shard, durable(call, self._policy))):
            case ["stored", int(woken), int(at)]:
                return Stored(wake=shard if woken else None, at=at)
            case ["full", int(used)]:
                raise StoreFull(used, mark)
            case reply:
                raise UnexpectedReply("store_body", reply)

    def try_body(self) -> Program[Tried]:
        """Test on every shard whether a body could be stored; nothing stays. One round trip for each shard.

        Returns what is found on the shard that was not swept for longest.
        Raises `StoreFull` or `StoreUnavailable` if a body could not be stored.
        """
        mark, looked = self._policy.full_at, list[Tried]()
        for shard in range(self._keys.shards):
            keys = self._keys.shard(shard)
            call = self._scripts.try_body(trial=keys.trial, counters=keys.counters, mark=mark)
            match (yield durable(call, self._policy)):
                case ["kept", str(swept), int(now)]:
                    looked.append(Tried(swept_at=int(swept) if swept.isdecimal() else 0, now=now))
                case ["full", int(used)]:
                    raise StoreFull(used, mark)
                case reply:
                    raise UnexpectedReply("try_body", reply)
        return min(looked, key=lambda one: one.swept_at)

    def take(
        self, shard: int, *, holder: str, limit: int, bytes_at_most: int = 1_000_000
    ) -> Program[IntakeTaken | IntakeEmpty | Held]:
        """Take the lease of a shard's intake and its oldest bodies: at most `limit`, of `bytes_at_most` together.

        The oldest body is always returned, whatever its size.
        """
        keys = self._keys.shard(shard)
        call = self._scripts.take_intake(
            lease=keys.intake_lease,
            intake=keys.intake,
            due=keys.due,
            fences=keys.fence,
            holder=holder,
            lease_for=self._policy.lease_for // MS,
            limit=limit,
            member=INTAKE,
            heavy=bytes_at_most,
        )
        while True:
            match (yield from self._mender.call_on_shard(shard, call)):
                case ["held", int(until), int(at)]:
                    if held := (yield from self._mender.held(until, at, self._mender.mend_shard(shard))):
                        return held
                case ["empty"]:
                    return IntakeEmpty()
                case ["taken", int(fence), int(at), *rest]:
                    lease, bodies = Lease(fence=fence, holder=holder), bodies_of(rest, from_ms(at))
                    if bodies:
                        return IntakeTaken(lease=lease, bodies=bodies, now=from_ms(at))
                    where = (keys.intake_lease, keys.due)
                    return (yield from self._mender.give_back(lease, keys=where, member=INTAKE, was={}))
                case reply:
                    raise UnexpectedReply("take_intake", reply)
