"""The session record outside of a turn: read, updated, timed out, counted, forgotten."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from redis.exceptions import ResponseError

from session.conversations import conversation_of, id_of
from session.errors import UnexpectedReply
from session.events import CustomerForgotten, SessionChanged
from session.ids import new_id
from session.keys import ConversationKeys, Keys
from session.leases import Lease, Stale
from session.limits import Counter
from session.machine import idle_timeout_at, waits_since
from session.models import Session
from session.policy import Policy
from session.reading import Unreadable
from session.records import to_ms
from session.results import Busy, Changed, Forgotten, IdleTimeout, Updated
from session.store.aside import Aside
from session.store.asking import asking
from session.store.mending import Mender
from session.store.scripts import Scripts, Value, fields


class SessionStore:
    """Reads and writes session records one by one, and lapses them in batches."""

    def __init__(
        self, scripts: Scripts, keys: Keys, policy: Policy, *, new_id: Callable[[], str] = new_id
    ) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._aside = Aside(scripts, keys, policy)
        self._keys = keys
        self._policy = policy
        self._new_id = new_id

    def read(self, conversation: str, *, now: datetime) -> tuple[str, int]:
        """Return the record as it stands, "" if there is none, and when it expires (ms, 0 for never)."""
        key = self._keys.of(conversation).session
        client = self._scripts.client
        with asking("read"):
            record: Any
            try:
                record = client.get(key)
            except ResponseError as error:
                if "WRONGTYPE" not in str(error) or not self._mender.mend(conversation, now=now):
                    raise
                record = None
            expires: Any = client.pexpiretime(key)
        if record is None or 0 < expires <= to_ms(now):
            return "", 0
        return str(record), max(0, int(expires))

    def set_aside(self, conversation: str, found: Unreadable, *, now: datetime) -> bool:
        """Put a record aside that cannot be read, unless a worker has the turn; returns whether it was."""
        return self._aside.put(conversation, [found], lease=None, now=now) == 1

    def read_many(self, conversations: Sequence[str]) -> list[str]:
        """Return the records of conversations of one shard, "" where there is none, in one round trip."""
        keys = [self._keys.of(conversation).session for conversation in conversations]
        with asking("read_many"):
            records: Any = self._scripts.client.mget(keys) if keys else []
        return [record or "" for record in records]

    def update(
        self, session: Session, *, was: str, now: datetime, event: SessionChanged | None = None
    ) -> Updated | Changed | Busy:
        """Write a session from outside a turn, if `was` still stands and no worker holds the conversation."""
        conversation = session.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        timeout, since = idle_timeout_at(session, self._policy), waits_since(session)
        written = fields(event.stamped(at=to_ms(now), conversation=conversation)) if event else []
        match self._mender.call(
            [conversation],
            "update_session",
            [own.session, own.turn_lease, shared.due, shared.events, shared.waiting],
            [
                to_ms(now),
                was,
                session.to_json(),
                to_ms(session.last_activity + self._policy.keep_for),
                to_ms(timeout) if timeout else 0,
                own.idle_timeout_due,
                self._policy.events_at_most,
                conversation,
                to_ms(since) if since else "",
                *written,
            ],
            now,
        ):
            case ["updated"]:
                return Updated()
            case ["changed"]:
                return Changed()
            case ["busy", int(until)]:
                return Busy(until=until)
            case reply:
                raise UnexpectedReply("update_session", reply)

    def time_out(self, shard: int, timeouts: Sequence[IdleTimeout], *, now: datetime) -> int:
        """Write what the sweep decided for sessions of one shard; returns how many changed."""
        shared = self._keys.shard(shard)
        keys = [shared.due, shared.events, shared.waiting]
        args: list[Value] = [to_ms(now), self._policy.events_at_most]
        for timeout in timeouts:
            own = self._keys.of(timeout.conversation)
            keys += [own.session, own.turn_lease]
            args += [
                own.idle_timeout_due,
                timeout.was,
                timeout.becomes,
                to_ms(timeout.next_at) if timeout.next_at else "",
                timeout.conversation,
                timeout.states,
            ]
        match self._mender.call_on_shard(shard, "time_out_sessions", keys, args, now):
            case ["lapsed", int(written), *unreadable]:
                for number in unreadable:
                    self._mender.mend(timeouts[number - 1].conversation, now=now)
                return written
            case reply:
                raise UnexpectedReply("time_out_sessions", reply)

    def count(self, key: str, *, limit: int, uses: int, now: datetime) -> tuple[bool, Counter]:
        """Count uses against a limit if they are allowed; `uses` of 0 only looks."""
        window_end = to_ms(now + self._policy.window)
        match self._scripts.call("count_use", [key], [to_ms(now), limit, window_end, uses]):
            case ["counted" | "refused" as tag, int(used), int(ends)]:
                return tag == "counted", Counter(used=used, until=ends)
            case reply:
                raise UnexpectedReply("count_use", reply)

    def forget(self, conversation: str, *, now: datetime, traced: bool = False) -> int:
        """Remove every key and every due member of one customer; returns how many keys there were.

        What providers deliver again or tell later brings nothing back: hashes of it are kept for as long as they may
        do so, if there was any key, or anything else as `traced` says.
        """
        forgotten = self._forget(conversation, now, lease=None, event=None, traced=traced)
        return forgotten.removed if isinstance(forgotten, Forgotten) else 0

    def forget_in_turn(
        self, conversation: str, lease: Lease, *, now: datetime, event: CustomerForgotten
    ) -> Forgotten | Stale:
        """Do the same in the turn of the first entry of the mailbox; what waits behind it stays, and must be woken.

        The script completes `event` with what was removed; it names no customer.
        """
        return self._forget(conversation, now, lease=lease, event=event, traced=True)

    def _forget(
        self,
        conversation: str,
        now: datetime,
        *,
        lease: Lease | None,
        event: CustomerForgotten | None,
        traced: bool,
    ) -> Forgotten | Stale:
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        match self._mender.call(
            [conversation],
            "forget_customer",
            [
                shared.due,
                shared.events,
                shared.waiting,
                shared.forgotten,
                shared.secret,
                *own.everything(),
            ],
            [
                to_ms(now),
                self._policy.events_at_most,
                lease.fence if lease else "",
                lease.holder if lease else "",
                1 if lease else -1,
                to_ms(now + self._policy.wake_after),
                to_ms(now + self._policy.seen_for),
                conversation,
                own.turn_due,
                own.deliver_due,
                own.idle_timeout_due,
                self._new_id() + self._new_id(),
                "yes" if traced else "no",
                *fields(event.by_whom() if event else {}),
            ],
            now,
        ):
            case ["forgotten", int(removed), int(left)]:
                return Forgotten(removed=removed, left=left)
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("forget_customer", reply)

    def exists(self, conversation: str) -> bool:
        """Whether there is a record, readable or not."""
        with asking("exists"):
            return bool(self._scripts.client.exists(self._keys.of(conversation).session))

    def kept_of(self, customer: str) -> set[str]:
        """Return the conversations of a customer, at whichever sender, that have any key. Reads every key of the server."""
        with asking("kept_of"):
            keys = set[str](self._scripts.client.scan_iter(match=f"*:{id_of(customer)}", count=1000))
        scopes = {"", *(key.split(":")[-2] for key in keys)}
        every = (self._keys.of(conversation_of(customer, scope)) for scope in scopes)
        return {one.conversation for one in every if not keys.isdisjoint(one.everything())}

    def conversations(self) -> Iterator[str]:
        """Yield the conversations that have a session, in no order. Reads every key: for people, not for workers."""
        for shard in range(self._keys.shards):
            prefix = ConversationKeys("", self._keys.shard(shard).prefix).session
            pattern = prefix.replace("{", "[{]").replace("}", "[}]") + "*"
            with asking("conversations"):
                for key in self._scripts.client.scan_iter(match=pattern, count=1000):
                    yield str(key).removeprefix(prefix)
