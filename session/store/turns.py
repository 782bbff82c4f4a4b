"""The turn of one conversation: taken in one round trip, committed in another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from session.errors import UnexpectedReply
from session.keys import Keys
from session.leases import (
    ATTEMPTS_AT_MOST,
    TOO_LATE,
    Held,
    Lease,
    Listener,
    MailboxEmpty,
    Stale,
    TurnTaken,
    Unread,
    handed_over,
    read_turn,
)
from session.limits import TURN_LIMITS
from session.pauses import sender_of
from session.policy import Policy
from session.reading import Unreadable, read_session
from session.records import MS, to_ms
from session.results import Committed
from session.store.calls import Program, Value, fields, flat
from session.store.durability import wait_of
from session.store.mending import NOT_FOUND, Mender
from session.store.scripts import Scripts
from session.timers import KEPT_FOR
from session.turn_result import TurnResult


class TurnStore:
    """Takes, commits and abandons turns."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def take(
        self,
        conversation: str,
        *,
        holder: str,
        limit: int | None = None,
        alone: bool = False,
        listener: Listener | None = None,
    ) -> Program[TurnTaken | MailboxEmpty | Held]:
        """Lease a conversation and read the session, the waiting messages and the uses of the limits at once.

        `alone` says that this process does nothing else: if it dies, the attempt counts. A second call with the same `holder`
        may say so later. As long as the lease lasts, what comes is published on the channel of `listener` at once, as "takeover|<conversation>",
        "stop|<conversation>" or "message|<conversation>". A lost notice is found by the next renewal.

        Unreadable records are moved to the dead letters first; the turn has the remaining ones.
        """
        own = self._keys.of(conversation)
        call = self._scripts.take_turn(
            **own.of_turn,
            holder=holder,
            lease_for=self._policy.lease_for // MS,
            limit=limit or self._policy.turn_messages,
            member=own.turn_due,
            garbage=TOO_LATE // MS,
            alone="1" if alone else "",
            listener=listener.channel if listener else "",
            hears="messages" if listener and listener.messages else "",
        )
        while True:
            match (yield from self._mender.call([conversation], call)):
                case ["held", int(until), int(at), int(gathers)]:
                    if held := (yield from self._mender.held(until, at, self._mender.mend(conversation))):
                        return replace(held, gathers=(until - at) * MS if gathers else None)
                case ["empty"]:
                    return MailboxEmpty()
                case [
                    "taken",
                    int(fence),
                    int(at),
                    int(attempt),
                    int(crashes),
                    str(record),
                    int(opted_out),
                    *rest,
                ]:
                    if attempt > ATTEMPTS_AT_MOST and (yield from self._mender.mend(conversation)):
                        continue
                    lease = Lease(fence=fence, holder=holder)
                    session = read_session(record, conversation) if record else None
                    kept = (session, record)
                    found = read_turn(
                        conversation, lease, (attempt, crashes), kept, rest, at=at, opted_out=bool(opted_out)
                    )
                    if isinstance(found, TurnTaken):
                        return found
                    if left := (yield from self._without(found, conversation)):
                        return left
                case reply:
                    raise UnexpectedReply("take_turn", reply)

    def _without(self, unread: Unread, conversation: str) -> Program[Held | None]:
        """Move unreadable records to the dead letters; None if some were, and the turn can be taken again.

        Otherwise its lease is returned: a newer release wrote what waits, or what is unreadable was not found again.
        """
        if unread.unreadable:
            put = yield from self._mender.put_aside(conversation, unread.unreadable, lease=unread.lease)
            if isinstance(put, Stale):
                return Held(until=0)
            if put:
                return None
        own = self._keys.of(conversation)
        return (
            yield from self._mender.give_back(
                unread.lease,
                keys=(own.turn_lease, own.shared.due),
                member=own.turn_due,
                was={"attempts": unread.attempt - 1},
                why=NOT_FOUND if unread.unreadable else None,
            )
        )

    def set_aside(
        self, conversation: str, taken: TurnTaken, records: Sequence[Unreadable]
    ) -> Program[Stale | None]:
        """Move records to the dead letters that can be read but always end their turn with an error; the lease stays."""
        done = yield from self._mender.put_aside(conversation, records, lease=taken.lease)
        return done if isinstance(done, Stale) else None

    def commit(
        self,
        conversation: str,
        lease: Lease,
        result: TurnResult,
        *,
        go_on: bool = True,
        courier: str = "",
    ) -> Program[Committed | Stale]:
        """Write a whole turn if the lease is still the current one; else write nothing.

        With `go_on` the lease stays if more messages wait, and they are returned. Without it the lease is released, and a
        wake-up must be published if any are left. If all that are left gather, it is released too, and nobody gets them before.

        With `courier`, the id of a caller who sends, the outbox is taken under it, unless something waits there already. Not
        if `Policy.durability` demands a wait before something is sent: the turn would wait as well.
        """
        policy, own, session = self._policy, self._keys.of(conversation), result.session
        since = result.waits_since_ms()
        record = session.to_json() if session else ""
        has_agents = result.waited or result.silence or since is not None
        uses: list[Value] = []
        for limit in TURN_LIMITS:
            uses += [result.uses.get(limit.name, 0), limit.window // MS]
        call = self._scripts.commit_turn(
            **own.of_turn,
            events=own.shared.events,
            dead=own.shared.dead,
            waiting=own.shared.waiting,
            delivery_lease=own.delivery_lease,
            paused=own.shared.paused,
            spent=own.shared.spent,
            fence=lease.fence,
            holder=lease.holder,
            lease_for=policy.lease_for // MS,
            record=record,
            forget_at=to_ms(session.expires_at(policy)) if session else 0,
            consumed=result.consumed,
            idle_timeout_at=result.idle_timeout_ms(policy),
            wake_after=policy.wake_after // MS,
            limit=policy.turn_messages if go_on else 0,
            turn_due=own.turn_due,
            deliver_due=own.deliver_due,
            idle_timeout_due=own.idle_timeout_due,
            timer_due=own.timer_due,
            keep_timers_for=KEPT_FOR,
            event_cap=policy.events_at_most,
            consent=result.consent or "",
            wish=result.marketing.to_json() if result.marketing else "",
            agents="yes" if has_agents else "no",
            conversation=conversation,
            waits_since="" if since is None else since,
            silence_change=result.silence or "",
            silence_for=policy.seen_for // MS,
            courier="" if wait_of(policy) else courier,
            send_for=policy.send_lease_for // MS,
            garbage=TOO_LATE // MS,
            sender=sender_of(session.route) if session and session.route else "",
            said=result.said,
            replies=[delivery.to_json() for delivery in result.deliveries],
            event=fields(result.event.concerning(conversation)),
            uses=uses,
            steps_stay="yes" if session and session.wait and session.wait.open else "no",
            finished=result.finished,
            timer_changes=[part for change in result.timers.written.items() for part in change],
            letters=flat([letter.to_fields() for letter in result.dead]),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case ["committed", int() | list() as delivery, int(left), 0, int(wait)]:
                outbox = handed_over(delivery, courier, result.deliveries)
                gathers = wait * MS if wait else None
                woken = delivery == 1
                return Committed(
                    wake_delivery=woken, left=left, next_turn=None, outbox=outbox, gathers=gathers
                )
            case ["committed", int() | list() as delivery, int(left), int(fence), int(at), *rest]:
                outbox, woken = handed_over(delivery, courier, result.deliveries), delivery == 1
                on, kept = Lease(fence=fence, holder=lease.holder), (session, record)
                following: TurnTaken | MailboxEmpty | Held | Unread
                following = read_turn(conversation, on, (1, 0), kept, rest, at=at, opted_out=result.opted_out)
                if isinstance(following, Unread):
                    following = (yield from self._without(following, conversation)) or (
                        yield from self.take(conversation, holder=lease.holder)
                    )
                if isinstance(following, TurnTaken):
                    return Committed(wake_delivery=woken, left=left, next_turn=following, outbox=outbox)
                return Committed(wake_delivery=woken, left=0, next_turn=None, outbox=outbox)
            case reply:
                raise UnexpectedReply("commit_turn", reply)

    def abandon(
        self, conversation: str, lease: Lease, *, wait: timedelta = timedelta(), counts: bool = True
    ) -> Program[Stale | None]:
        """Release a turn without a result; it is due again after `wait`. `counts` says whether the attempt counts."""
        own = self._keys.of(conversation)
        call = self._scripts.abandon_turn(
            lease=own.turn_lease,
            due=own.shared.due,
            media=own.media,
            fence=lease.fence,
            holder=lease.holder,
            wait=wait // MS,
            member=own.turn_due,
            counts="yes" if counts else "no",
            waits="",
        )
        match (yield call):
            case ["abandoned", int()]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("abandon_turn", reply)
