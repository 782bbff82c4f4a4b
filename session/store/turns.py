"""The turn of one conversation: taken in one round trip, committed in another."""

from collections.abc import Sequence
from datetime import datetime

from session.errors import UnexpectedReply
from session.keys import Keys
from session.leases import (
    ATTEMPTS_AT_MOST,
    TOO_LATE,
    Held,
    Lease,
    LeftToNewer,
    MailboxEmpty,
    Stale,
    TurnTaken,
    Unread,
    read_turn,
)
from session.policy import Policy
from session.reading import Unreadable, read_session
from session.records import to_ms
from session.results import Committed
from session.store.aside import Aside
from session.store.mending import Mender
from session.store.newer import leave_to_newer
from session.store.scripts import Scripts, Value, fields, flat
from session.turn_result import TurnResult


class TurnStore:
    """Takes, commits and abandons turns."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._aside = Aside(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def take(
        self, conversation: str, *, holder: str, now: datetime, limit: int | None = None, alone: bool = False
    ) -> TurnTaken | MailboxEmpty | Held:
        """Lease a conversation and read the session, the waiting messages and both counters at once.

        `alone` says that nothing else is done in this process: if it dies, this attempt counts. Who takes a second time
        with the same `holder` may say so later.

        What cannot be read is put aside as a dead letter first; the turn is that of what is left.
        """
        found = self._take(conversation, holder, now, limit, alone=alone)
        if isinstance(found, Unread | LeftToNewer):
            return self._without(found, conversation, holder, now, alone=alone)
        return found

    def _without(
        self, unread: Unread | LeftToNewer, conversation: str, holder: str, now: datetime, *, alone: bool
    ) -> TurnTaken | MailboxEmpty | Held:
        """Put aside what cannot be read, and take the turn of what is left; leave to newer releases what is theirs."""
        if isinstance(unread, LeftToNewer):
            own = self._keys.of(conversation)
            keys = (own.turn_lease, self._keys.shard_for(conversation).due)
            was = {"attempts": unread.attempt - 1}
            return leave_to_newer(
                self._scripts, unread.lease, keys=keys, member=own.turn_due, now=now, was=was
            )
        if isinstance(self._aside.put(conversation, unread.unreadable, lease=unread.lease, now=now), Stale):
            return Held(until=to_ms(now))
        return self.take(conversation, holder=holder, now=now, alone=alone)

    def _take(
        self, conversation: str, holder: str, now: datetime, limit: int | None, *, alone: bool
    ) -> TurnTaken | MailboxEmpty | Held | Unread | LeftToNewer:
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        keys = [
            own.turn_lease,
            own.session,
            own.mailbox,
            own.rate_messages,
            own.rate_searches,
            shared.due,
            shared.fence,
            own.opt_out,
            own.outbox,
        ]
        args: list[Value] = [
            to_ms(now),
            holder,
            to_ms(now + self._policy.lease_for),
            limit or self._policy.turn_messages,
            own.turn_due,
            to_ms(now + TOO_LATE),
            "1" if alone else "",
        ]
        match self._mender.call([conversation], "take_turn", keys, args, now):
            case ["held", int(until)]:
                if not 0 < until <= to_ms(now + TOO_LATE) and self._mender.mend(conversation, now=now):
                    return self._take(conversation, holder, now, limit, alone=alone)
                return Held(until=until)
            case ["empty"]:
                return MailboxEmpty()
            case ["taken", int(fence), int(attempt), int(crashes), str(record), int(opted_out), *rest]:
                if attempt > ATTEMPTS_AT_MOST and self._mender.mend(conversation, now=now):
                    return self._take(conversation, holder, now, limit, alone=alone)
                lease = Lease(fence=fence, holder=holder)
                session = read_session(record, conversation) if record else None
                return read_turn(
                    conversation,
                    lease,
                    (attempt, crashes),
                    (session, record),
                    rest,
                    opted_out=bool(opted_out),
                )
            case reply:
                raise UnexpectedReply("take_turn", reply)

    def set_aside(
        self, conversation: str, taken: TurnTaken, records: Sequence[Unreadable], *, now: datetime
    ) -> Stale | None:
        """Put records aside that can be read and yet let nobody get to the end of their turn; the lease stays."""
        done = self._aside.put(conversation, records, lease=taken.lease, now=now)
        return done if isinstance(done, Stale) else None

    def commit(
        self,
        conversation: str,
        lease: Lease,
        turn_result: TurnResult,
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
        session = turn_result.session
        event = fields(turn_result.event.stamped(at=to_ms(now), conversation=conversation))
        args: list[Value] = [
            lease.fence,
            lease.holder,
            to_ms(now),
            to_ms(now + policy.lease_for),
            session.to_json() if session else "",
            to_ms(session.last_activity + policy.keep_for) if session else 0,
            turn_result.consumed,
            turn_result.counted_messages,
            turn_result.counted_searches,
            to_ms(now + policy.window),
            turn_result.idle_timeout_ms(policy),
            to_ms(now + policy.wake_after),
            policy.turn_messages if go_on else 0,
            own.turn_due,
            own.deliver_due,
            own.idle_timeout_due,
            policy.events_at_most,
            turn_result.consent or "",
            len(turn_result.deliveries),
            len(event),
            *(delivery.to_json() for delivery in turn_result.deliveries),
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
            own.stop,
        ]
        since = turn_result.waits_since_ms()
        if turn_result.waited or turn_result.silence or since is not None:
            keys += [own.silence, shared.waiting]
            till = to_ms(now + policy.seen_for)
            args += [turn_result.silence or "", till, conversation, "" if since is None else since]
        args += flat([letter.to_fields() for letter in turn_result.dead])
        match self._mender.call([conversation], "commit_turn", keys, args, now):
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case ["committed", int(woken), int(left), 0]:
                return Committed(wake_delivery=bool(woken), left=left, next_turn=None)
            case ["committed", int(woken), int(left), int(fence), *rest]:
                on = Lease(fence=fence, holder=lease.holder)
                kept = (session, str(args[4]))
                read = read_turn(conversation, on, (1, 0), kept, rest, opted_out=turn_result.opted_out)
                following: TurnTaken | MailboxEmpty | Held = (
                    self._without(read, conversation, lease.holder, now, alone=False)
                    if isinstance(read, Unread | LeftToNewer)
                    else read
                )
                if isinstance(following, TurnTaken):
                    return Committed(wake_delivery=bool(woken), left=left, next_turn=following)
                return Committed(wake_delivery=bool(woken), left=0, next_turn=None)
            case reply:
                raise UnexpectedReply("commit_turn", reply)

    def abandon(
        self, conversation: str, lease: Lease, *, retry_at: datetime, counts: bool = True
    ) -> Stale | None:
        """Give a turn back undone; it is due again at `retry_at`, and the attempt counts unless it was none."""
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        match self._scripts.call(
            "abandon_turn",
            [own.turn_lease, shared.due],
            [lease.fence, lease.holder, to_ms(retry_at), own.turn_due, "yes" if counts else "no"],
        ):
            case ["abandoned"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("abandon_turn", reply)
