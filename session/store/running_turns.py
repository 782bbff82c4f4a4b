"""What happens while a turn is in progress: its lease is renewed, steps are kept, replies leave early, messages join."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from session.errors import UnexpectedReply
from session.events import RepliesQueuedEarly
from session.hearing import consent_of
from session.keys import Keys
from session.leases import TOO_LATE, Lease, Stale
from session.media_work import MediumRecord, read_records, still_waited_for, with_media
from session.messages import Delivery, Message
from session.policy import Policy
from session.reading import read_entry
from session.records import MS, from_ms, to_ms
from session.replies import Reply
from session.results import MoreMessages, NoRoom, Renewed, SaidEarly
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
        reply: Reply,
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
            value=EarlyReply.of(reply, ids, at=to_ms(at)).to_json(),
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

    def more(
        self, conversation: str, lease: Lease, *, taken: int, unfetched: bool = False
    ) -> Program[MoreMessages | Stale]:
        """Return the messages after the first `taken` entries of the mailbox that can join the turn.

        They have what is known of their media. They end before an action, a timer, an opt-out or opt-in, whatever this release cannot
        read, without `unfetched` before one for whose media a turn would still wait, and when the turn has as many messages as
        a turn may have.
        """
        own = self._keys.of(conversation)
        call = self._scripts.read_more(
            lease=own.turn_lease,
            mailbox=own.mailbox,
            media=own.media,
            provider_ids=own.provider_ids,
            fence=lease.fence,
            holder=lease.holder,
            taken=taken,
            limit=max(0, self._policy.turn_messages - taken),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["more", int(at), [*pairs], [*replies], *entries]:
                media = read_records(map(str, pairs))
                read = (read_entry(str(entry), conversation) for entry in entries)
                found = [one for one in takewhile(self._may_join, read) if isinstance(one, Message)]
                if not unfetched:
                    found = list(takewhile(lambda one: not self._is_waited_for(one, media, at), found))
                return MoreMessages(
                    messages=[with_media(one, media) for one in found],
                    replies=dict(zip(map(str, replies[::2]), map(str, replies[1::2]), strict=True)),
                )
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("read_more", reply)

    def _may_join(self, entry: object) -> bool:
        return isinstance(entry, Message) and not entry.is_timer and consent_of(entry, self._policy) is None

    def _is_waited_for(self, message: Message, media: Mapping[str, MediumRecord], at: int) -> bool:
        fields, _ = still_waited_for([message], media, now=from_ms(at), at_most=self._policy.media_wait)
        return bool(fields)
