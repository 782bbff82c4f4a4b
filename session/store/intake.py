"""The intake: raw bodies in the order of their arrival, and from there into the mailboxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from session.actions import SILENCING, Action, Deed
from session.errors import StoreFull, UnexpectedReply
from session.keys import INTAKE, Keys
from session.messages import Message
from session.models import State
from session.policy import Policy
from session.records import to_ms
from session.store.intake_taken import IntakeEmpty, IntakeTaken, bodies_of
from session.store.lease import Held, Lease, Stale
from session.store.mending import TOO_LATE, Mender
from session.store.scripts import Scripts, Value, flat
from session.tally import waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a batch of messages and actions."""

    accepted: int
    duplicates: int
    woken: tuple[str, ...]  #: conversations for which a wake-up must be published


class IntakeStore:
    """Stores bodies, hands them out, and receives the messages found in them."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def store(
        self, body: bytes, *, source: str, now: datetime, lane: str, by_agent: bool = False
    ) -> int | None:
        """Keep a raw body; bodies of one `lane` are drained in the order of their arrival.

        Returns the shard whose intake must be woken, or None if somebody is coming anyway.
        Raises `StoreFull` if Redis' memory is used up to `Policy.full_at`; what agents do, which is little and works off
        what waits, is kept until the server itself refuses. Raises `StoreUnavailable` if it may not have been kept.
        """
        shard = self._keys.shard_of(lane)
        keys = self._keys.shard(shard)
        at = to_ms(now)
        wake_by = to_ms(now + self._policy.wake_after)
        mark = 100 if by_agent else self._policy.full_at
        args: list[Value] = [source, at, body, INTAKE, wake_by, mark]
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
                return IntakeTaken(lease=Lease(fence=fence, holder=holder), bodies=bodies_of(rest, now))
            case reply:
                raise UnexpectedReply("take_intake", reply)

    def receive(self, entries: Sequence[Message | Action], *, now: datetime) -> Received:
        """Put messages and actions into their mailboxes, in their order; ids that are known already are dropped.

        One round trip a shard, and one for each action. `entries` are all that was drained together: a repeated call
        changes nothing, however many they are.
        """
        results: list[Received] = []
        messages: list[Message] = []
        oldest = min((entry.received_at for entry in entries), default=0)
        for entry in entries:
            if isinstance(entry, Message):
                messages.append(entry)
            else:
                results += self._receive_messages(messages, oldest, now)
                messages = []
                results.append(self._receive_action(entry, now))
        results += self._receive_messages(messages, oldest, now)
        return Received(
            accepted=sum(result.accepted for result in results),
            duplicates=sum(result.duplicates for result in results),
            woken=tuple(name for result in results for name in result.woken),
        )

    def _receive_messages(self, messages: Sequence[Message], oldest: int, now: datetime) -> list[Received]:
        by_shard: dict[int, list[Message]] = {}
        for message in messages:
            by_shard.setdefault(self._keys.shard_of(message.conversation), []).append(message)
        return [self._receive(shard, batch, oldest, now) for shard, batch in by_shard.items()]

    def _receive_action(self, action: Action, now: datetime) -> Received:
        conversation = action.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        # Where an agent has it already, an answer silences nobody: what was said before the agent came may go out.
        unless = State.WAITING_AGENT if action.deed is Deed.ANSWER else ""
        match self._mender.call(
            [conversation],
            "receive_action",
            [
                own.mailbox,
                own.seen,
                own.silence,
                own.session,
                shared.due,
                shared.tally,
                shared.forgotten,
                shared.secret,
            ],
            [
                to_ms(now),
                to_ms(now + self._policy.wake_after),
                # Messages may be on their way from an intake beside it, and must stay known: they clear up themselves.
                10 * self._policy.seen_at_most,
                to_ms(now + self._policy.seen_for),
                own.turn_due,
                action.id,
                action.to_json(),
                waiting("mailbox", action.received_at),
                "yes" if action.deed in SILENCING else "no",
                unless,
            ],
            now,
        ):
            case ["received", int(accepted), int(woken)]:
                return Received(
                    accepted=accepted, duplicates=1 - accepted, woken=(conversation,) if woken else ()
                )
            case reply:
                raise UnexpectedReply("receive_action", reply)

    def _receive(self, shard: int, messages: Sequence[Message], oldest: int, now: datetime) -> Received:
        numbers: dict[str, int] = {}
        entries: list[Value] = []
        for message in messages:
            conversation = message.conversation
            number = numbers.setdefault(conversation, len(numbers) + 1)
            came = message.received_at
            entries += [number, message.id, message.to_json(), came, waiting("mailbox", came)]
        conversations = list(numbers)
        of = [self._keys.of(conversation) for conversation in conversations]
        shared = self._keys.shard(shard)
        keys = [shared.due, shared.tally, shared.forgotten, shared.secret]
        keys += [key for own in of for key in (own.mailbox, own.seen)]
        args: list[Value] = [
            to_ms(now),
            to_ms(now + self._policy.wake_after),
            self._policy.seen_at_most,
            to_ms(now + self._policy.seen_for),
            len(of),
            oldest,
            *(own.turn_due for own in of),
            *entries,
        ]
        match self._mender.call(conversations, "receive", keys, args, now):
            case ["received", int(accepted), int(duplicates), *woken]:
                return Received(
                    accepted=accepted,
                    duplicates=duplicates,
                    woken=tuple(conversations[number - 1] for number in woken),
                )
            case reply:
                raise UnexpectedReply("receive", reply)

    def settle(
        self,
        shard: int,
        lease: Lease,
        handled: Sequence[str],
        *,
        now: datetime,
        go_on: bool = True,
        dead: Sequence[dict[str, str]] = (),
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
                *flat(dead),
            ],
            now,
        ):
            case ["settled", int(left)]:
                return left
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("settle_intake", reply)
