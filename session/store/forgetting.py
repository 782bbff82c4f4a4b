"""Removes the data of one customer: its keys, and its entries in the shared streams."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from redis.exceptions import ResponseError

from session.campaigns import id_of as id_of_row
from session.conversations import conversation_of, customer_of, id_of, mentions
from session.errors import UnexpectedReply
from session.events import CustomerForgotten
from session.ids import new_id
from session.keys import Keys
from session.leases import Lease, Stale
from session.policy import Policy
from session.records import MS
from session.results import Forgotten, Rewrite
from session.store.aliases import resolve
from session.store.calls import Program, Where, as_entries, command, fields, scan
from session.store.campaigns import CampaignStore
from session.store.failures import FAILURES
from session.store.identities import IdentityStore
from session.store.mending import Mender
from session.store.scripts import Scripts

_PAGE = 1000
_WORST_LAST = list(Rewrite)


class ForgettingStore:
    """Removes a customer. Hashes of message ids and of the conversation stay, so that redeliveries and late statuses are dropped."""

    def __init__(
        self, scripts: Scripts, keys: Keys, policy: Policy, *, new_id: Callable[[], str] = new_id
    ) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy
        self._new_id = new_id
        self._identities = IdentityStore(scripts, keys, policy)
        self._campaigns = CampaignStore(scripts, keys, policy)

    def whole(self, conversations: Iterable[str]) -> Program[list[str]]:
        """Return the conversations of the same customers under all their names; that where a customer is now comes last."""
        found: dict[str, None] = {}
        for one in (yield from self.resolve(list(conversations))):
            found |= dict.fromkeys([*(yield from self._identities.names(one)), one])
        return list(found)

    def resolve(self, conversations: Sequence[str]) -> Program[list[str]]:
        """Return for each conversation the one where its customer is now."""
        return resolve(self._keys, conversations)

    def known(self, names: Sequence[str]) -> Program[list[str]]:
        """Return the ids that a customer is forgotten with under each of the names, besides those received under it.

        They are those of the rows of campaigns, which may be handed over at this moment; and, if there are other names, those
        received under the last one. A message that comes again may show one of the others alone, and that may have its place in
        another shard.
        """
        found: list[str] = []
        for name in names:
            rows = yield from self._campaigns.rows_of(name)
            # One that was never started may be removed, and another one has its name and ids then.
            found += [id_of_row(campaign.name, row) for campaign, row in rows if campaign.started]
        *others, last = names
        if not others:
            return found
        try:
            seen: list[str] = yield command("known", "ZRANGE", self._keys.of(last).seen, 0, -1, read=list)
        except ResponseError:  # nothing is known if the key has a wrong type
            return found
        return found + seen

    def forget(self, conversation: str, *, traced: bool = False, known: Sequence[str] = ()) -> Program[int]:
        """Remove all keys and due members of one customer; returns how many keys there were.

        The hashes are stored if there was a key, or if `traced` says that there were other traces. They expire when
        providers do not deliver again any more. `known` are ids that are hashed beside those of its own.
        """
        forgotten = yield from self._forget(conversation, lease=None, event=None, traced=traced, known=known)
        return forgotten.removed if isinstance(forgotten, Forgotten) else 0

    def forget_in_turn(
        self, conversation: str, lease: Lease, *, event: CustomerForgotten, known: Sequence[str] = ()
    ) -> Program[Forgotten | Stale]:
        """Do the same in the turn of the first entry of the mailbox. Later entries stay, but rows of campaigns; they must be woken.

        The script adds the times of what was removed to `event`, which names no customer.
        """
        return self._forget(conversation, lease=lease, event=event, traced=True, known=known)

    def _forget(
        self,
        conversation: str,
        *,
        lease: Lease | None,
        event: CustomerForgotten | None,
        traced: bool,
        known: Sequence[str] = (),
    ) -> Program[Forgotten | Stale]:
        own = self._keys.of(conversation)
        call = self._scripts.forget_customer(
            due=own.shared.due,
            events=own.shared.events,
            waiting=own.shared.waiting,
            forgotten=own.shared.forgotten,
            secret=own.shared.secret,
            session=own.session,
            mailbox=own.mailbox,
            outbox=own.outbox,
            lease=own.turn_lease,
            seen=own.seen,
            silence=own.silence,
            stop=own.stop,
            others=own.others,
            event_cap=self._policy.events_at_most,
            fence=lease.fence if lease else "",
            holder=lease.holder if lease else "",
            consumed=1 if lease else -1,
            wake_after=self._policy.wake_after // MS,
            seen_for=self._policy.seen_for // MS,
            conversation=conversation,
            turn_due=own.turn_due,
            deliver_due=own.deliver_due,
            media_due=own.media_due,
            idle_timeout_due=own.idle_timeout_due,
            timer_due=own.timer_due,
            fresh=self._new_id() + self._new_id(),
            traced="yes" if traced else "no",
            event=fields(event.by_whom() if event else {}),
            also_known=known,
        )
        match (yield from self._mender.call([conversation], call)):
            case ["forgotten", int(removed), int(left)]:
                return Forgotten(removed=removed, left=left)
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("forget_customer", reply)

    def remove_traces(self, conversation: str) -> Program[int]:
        """Remove every event and dead letter of a conversation, and its rows in campaigns; returns how many.

        Reads the whole streams. A dead letter without a conversation is removed too, if its raw body names the customer.
        """
        customer = customer_of(conversation)
        # An unreadable body may be in any shard.
        streams = [self._keys.shard(shard).dead for shard in range(self._keys.shards)]
        streams.append(self._keys.of(conversation).shared.events)
        removed: int = yield from self._campaigns.forget(conversation)
        for stream in streams:
            after = "-"
            while after:
                page, after = yield from _page(stream, after)
                for id_, entry in page:
                    of_customer = entry.get("conversation") == conversation
                    if of_customer or (
                        "conversation" not in entry
                        and mentions(entry.get("raw", "") + " " + entry.get("source", ""), customer)
                    ):
                        removed += yield command("traces", "XDEL", stream, id_)
        return removed

    def traced(self, customers: Collection[str]) -> Program[set[str]]:
        """Return the conversations of customers, in any scope, with entries in the streams or rows in campaigns.

        Reads the whole streams.
        """
        found: set[str] = set((yield from self._campaigns.of(customers)))
        for shard in range(self._keys.shards):
            shared = self._keys.shard(shard)
            for stream in (shared.events, shared.dead):
                after = "-"
                while after:
                    page, after = yield from _page(stream, after)
                    found |= {entry["conversation"] for _, entry in page if "conversation" in entry}
        return {one for one in found if customer_of(one) in customers}

    def kept_of(self, customer: str) -> Program[set[str]]:
        """Return the conversations of a customer, in any scope, that have a key. Reads every key of the server."""
        keys = set((yield from scan("kept_of", f"*:{id_of(customer)}")))
        scopes = {"", *(key.split(":")[-2] for key in keys)}
        every = [self._keys.of(conversation_of(customer, scope)) for scope in scopes]
        return {one.conversation for one in every if not keys.isdisjoint(one.everything())}

    def rewrite_files(self) -> Program[Rewrite]:
        """Start a rewrite of the append-only file on every server, replicas included, so that it no longer contains the customer.

        Returns the worst outcome. Never raises.
        """
        infos = yield command("persistence", "INFO", "persistence", where=Where.EACH)
        if not any(isinstance(info, FAILURES) or _has_file(info) for info in infos):
            return Rewrite.OFF
        begun = yield command("rewrite", "BGREWRITEAOF", where=Where.EACH)
        outcomes = [_outcome(info, answer) for info, answer in zip(infos, begun, strict=True)]
        return max(outcomes, key=_WORST_LAST.index, default=Rewrite.REFUSED)


def shared_secret(keys: Keys, *, fresh: str) -> Program[str]:
    """Return the secret of the deployment; if there is none yet, `fresh` becomes the secret."""
    key = keys.shard(0).secret
    found: str | None = yield command("secret", "GET", key)
    if found is None:
        # Only if it is missing, because a full server refuses the command.
        yield command("secret", "SET", key, fresh, "NX")
        found = yield command("secret", "GET", key)
    return str(found)


def _page(stream: str, after: str) -> Program[tuple[list[tuple[str, dict[str, str]]], str]]:
    """Return a page of a stream, and the start of the next page ("" after the last one)."""
    page = yield command("traces", "XRANGE", stream, after, "+", "COUNT", _PAGE, read=as_entries)
    return page, f"({page[-1][0]}" if len(page) == _PAGE else ""


def _has_file(info: Any) -> bool:
    return bool(info.get("aof_enabled"))


def _outcome(info: Any, begun: Any) -> Rewrite:
    if isinstance(info, FAILURES):
        return Rewrite.REFUSED
    if not _has_file(info):
        return Rewrite.OFF
    if isinstance(begun, FAILURES):
        return Rewrite.UNDER_WAY if "already in progress" in str(begun) else Rewrite.REFUSED
    return Rewrite.BEGUN
