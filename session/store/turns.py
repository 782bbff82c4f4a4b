"""The turn of one conversation: taken in one round trip, committed in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from session.actions import BEGINS, Action
from session.errors import UnexpectedReply
from session.keys import Keys
from session.limits import Counter, Counters
from session.messages import Message
from session.models import Session
from session.policy import Policy
from session.records import to_ms
from session.settlement import Settlement
from session.store.lease import Held, Lease, Stale
from session.store.scripts import Scripts, Value, fields, flat

#: An abandoned lease is collected after this time; only its count of attempts is lost with it.
_GARBAGE_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """The turn is ours, and this is all it needs."""

    lease: Lease
    attempt: int  #: 1 for the first
    session: Session | None
    opted_out: bool  #: the customer wants nothing to be sent
    counters: Counters
    messages: tuple[Message, ...]  #: oldest first; at least one, unless it is the turn of an action
    action: Action | None = None  #: it is taken alone


@dataclass(frozen=True, slots=True)
class MailboxEmpty:
    """Nothing waits: somebody has done the work already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The turn is written."""

    wake_delivery: bool  #: whether a wake-up for the outbox must be published
    left: int  #: messages and actions that wait
    next_turn: TurnTaken | None  #: the turn goes on with these; None: the lease was given back


class TurnStore:
    """Takes, commits and abandons turns."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy

    def take(
        self, conversation: str, *, holder: str, now: datetime, limit: int | None = None
    ) -> TurnTaken | MailboxEmpty | Held:
        """Lease a conversation and read the session, the waiting messages and both counters at once."""
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        match self._scripts.call(
            "take_turn",
            [
                own.turn_lease,
                own.session,
                own.mailbox,
                own.rate_messages,
                own.rate_searches,
                shared.due,
                shared.fence,
                own.opt_out,
            ],
            [
                to_ms(now),
                holder,
                to_ms(now + self._policy.lease_for),
                limit or self._policy.turn_messages,
                own.turn_due,
                to_ms(now + _GARBAGE_AFTER),
            ],
        ):
            case ["held", int(until)]:
                return Held(until=until)
            case ["empty"]:
                return MailboxEmpty()
            case ["taken", int(fence), int(attempt), str(record), int(opted_out), *rest]:
                session = Session.model_validate_json(record) if record else None
                lease = Lease(fence=fence, holder=holder)
                return _taken(lease, attempt, session, rest, opted_out=bool(opted_out))
            case reply:
                raise UnexpectedReply("take_turn", reply)

    def commit(
        self,
        conversation: str,
        lease: Lease,
        settlement: Settlement,
        *,
        now: datetime,
        go_on: bool = True,
    ) -> Committed | Stale:
        """Write a whole turn, if the lease is still the current one; else nothing at all.

        With `go_on` the lease stays if more messages wait, and they are returned; without, it is given back and
        a wake-up must be published if any are left.
        """
        policy = self._policy
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        session = settlement.session
        changes: dict[str, str] = {"conversation": conversation, "at": str(to_ms(now))}
        event = fields(changes | settlement.changes)
        args: list[Value] = [
            lease.fence,
            lease.holder,
            to_ms(now),
            to_ms(now + policy.lease_for),
            session.to_json() if session else "",
            to_ms(session.last_activity + policy.keep_for) if session else 0,
            settlement.consumed,
            settlement.counted_messages,
            settlement.counted_searches,
            to_ms(now + policy.window),
            settlement.lapse_ms(policy),
            to_ms(now + policy.wake_after),
            policy.turn_messages if go_on else 0,
            own.turn_due,
            own.deliver_due,
            own.lapse_due,
            policy.events_at_most,
            settlement.consent or "",
            len(settlement.deliveries),
            len(event),
            *(delivery.to_json() for delivery in settlement.deliveries),
            *event,
        ]
        keys = [
            own.turn_lease,
            own.session,
            own.mailbox,
            own.outbox,
            own.rate_messages,
            own.rate_searches,
            shared.due,
            shared.fence,
            shared.events,
            shared.dead,
            own.opt_out,
        ]
        since = settlement.waits_since_ms()
        if settlement.waited or settlement.silence or since is not None:
            keys += [own.silence, shared.waiting]
            till = to_ms(now + policy.seen_for)
            args += [settlement.silence or "", till, conversation, "" if since is None else since]
        args += flat(settlement.dead)
        match self._scripts.call("commit_turn", keys, args):
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case ["committed", int(woken), int(left), 0]:
                return Committed(wake_delivery=bool(woken), left=left, next_turn=None)
            case ["committed", int(woken), int(left), int(fence), *rest]:
                on = Lease(fence=fence, holder=lease.holder)
                following = _taken(on, 1, session, rest, opted_out=settlement.opted_out)
                return Committed(wake_delivery=bool(woken), left=left, next_turn=following)
            case reply:
                raise UnexpectedReply("commit_turn", reply)

    def abandon(self, conversation: str, lease: Lease, *, retry_at: datetime) -> Stale | None:
        """Give a turn back undone; it is due again at `retry_at`, and the attempt counts."""
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        match self._scripts.call(
            "abandon_turn",
            [own.turn_lease, shared.due],
            [lease.fence, lease.holder, to_ms(retry_at), own.turn_due],
        ):
            case ["abandoned"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("abandon_turn", reply)


def _taken(
    lease: Lease, attempt: int, session: Session | None, rest: Sequence[str | int], *, opted_out: bool
) -> TurnTaken:
    said, said_until, searched, searched_until, *entries = rest
    messages, action = _first_of(entries)
    return TurnTaken(
        lease=lease,
        attempt=attempt,
        session=session,
        opted_out=opted_out,
        counters=Counters(
            messages=Counter(used=int(said), until=int(said_until)),
            searches=Counter(used=int(searched), until=int(searched_until)),
        ),
        messages=messages,
        action=action,
    )


def _first_of(entries: Sequence[str | int]) -> tuple[tuple[Message, ...], Action | None]:
    """Return what one turn takes from the head of a mailbox: messages up to the first action, or one action."""
    messages: list[Message] = []
    for entry in map(str, entries):
        if entry.startswith(BEGINS):
            return tuple(messages), None if messages else Action.model_validate_json(entry)
        messages.append(Message.model_validate_json(entry))
    return tuple(messages), None
