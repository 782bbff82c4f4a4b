"""What happens while a turn is in progress: its lease is renewed, steps are kept, replies leave early, messages join."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from session.admission import consent_of
from session.errors import UnexpectedReply
from session.events import RepliesQueuedEarly
from session.keys import Keys
from session.leases import TOO_LATE, Lease, Stale
from session.messages import Delivery, Message
from session.policy import Policy
from session.reading import read_entry
from session.records import MS, to_ms
from session.results import NoRoom, Renewed, SaidEarly
from session.steps import EarlyReply
from session.store.calls import Program, fields
from session.store.mending import Mender
from session.store.scripts import Scripts


class RunningTurnStore:
    """Reads and writes for a turn under its lease; who has lost it writes nothing, and is told."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def renew(self, conversation: str, lease: Lease) -> Program[Renewed | Stale]:
        """Extend a lease by its full time from now on, and return what has come meanwhile."""
        own = self._keys.of(conversation)
        call = self._scripts.renew_lease(
            lease=own.turn_lease,
            due=own.shared.due,
            mailbox=own.mailbox,
            silence=own.silence,
            stop=own.stop,
            fence=lease.fence,
            holder=lease.holder,
            lease_for=self._policy.lease_for // MS,
            member=own.turn_due,
            garbage=TOO_LATE // MS,
        )
        match (yield from self._mender.call([conversation], call)):
            case ["renewed", int(entries), int(silenced), str(stop)]:
                return Renewed(entries=entries, silenced=bool(silenced), stop=stop)
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("renew_lease", reply)

    def keep(self, conversation: str, lease: Lease, field: str, value: str) -> Program[str | Stale]:
        """Keep a step, and return what is kept: an earlier value if there is one. Field and value: see `session.steps`."""
        own = self._keys.of(conversation)
        call = self._scripts.keep_step(
            lease=own.turn_lease,
            steps=own.steps,
            fence=lease.fence,
            holder=lease.holder,
            field=field,
            value=value,
            keep_for=self._policy.seen_for // MS,
        )
        match (yield from self._mender.call([conversation], call)):
            case ["kept", str(kept)]:
                return kept
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("keep_step", reply)

    def say(
        self,
        conversation: str,
        lease: Lease,
        field: str,
        text: str,
        deliveries: Sequence[Delivery],
        *,
        at: datetime,
    ) -> Program[SaidEarly | NoRoom | Stale]:
        """Queue the deliveries of an early reply, unless it was said before; `field` identifies it, see `session.steps`."""
        own = self._keys.of(conversation)
        ids = tuple(delivery.id for delivery in deliveries)
        event = RepliesQueuedEarly(early=ids, queued=deliveries[0].queued_at)
        call = self._scripts.say_now(
            lease=own.turn_lease,
            steps=own.steps,
            outbox=own.outbox,
            due=own.shared.due,
            events=own.shared.events,
            fence=lease.fence,
            holder=lease.holder,
            field=field,
            value=EarlyReply(text=text, ids=ids, at=to_ms(at)).to_json(),
            keep_for=self._policy.seen_for // MS,
            most=self._policy.outbox_at_most,
            wake_after=self._policy.wake_after // MS,
            member=own.deliver_due,
            event_cap=self._policy.events_at_most,
            replies=[delivery.to_json() for delivery in deliveries],
            event=fields(event.concerning(conversation)),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["said", str(value), int(wake)]:
                return SaidEarly(value=value, wake_delivery=bool(wake))
            case ["full"]:
                return NoRoom()
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("say_now", reply)

    def more(self, conversation: str, lease: Lease, *, taken: int) -> Program[list[Message] | Stale]:
        """Return the messages after the first `taken` entries of the mailbox that can join the turn.

        They end before an action, an opt-out or opt-in, whatever this release cannot read, and when the turn has as many
        messages as a turn may have.
        """
        own = self._keys.of(conversation)
        call = self._scripts.read_more(
            lease=own.turn_lease,
            mailbox=own.mailbox,
            fence=lease.fence,
            holder=lease.holder,
            taken=taken,
            limit=max(0, self._policy.turn_messages - taken),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["more", *entries]:
                read = (read_entry(str(entry), conversation) for entry in entries)
                return [one for one in takewhile(self._may_join, read) if isinstance(one, Message)]
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("read_more", reply)

    def _may_join(self, entry: object) -> bool:
        return isinstance(entry, Message) and consent_of(entry, self._policy) is None
