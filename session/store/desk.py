"""Reads what the desk shows of conversations. Each method is limited, and says if there may be more."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from redis.cluster import RedisCluster

from session.conversations import customer_of
from session.event_records import EventRecord
from session.keys import ConversationKeys, Keys
from session.snapshots import ConversationSnapshot, Listed, Waiting
from session.store.asking import asking
from session.store.scripts import Scripts

#: Conversations in a list: more than an agent reads, and few enough to be read again at each change.
LISTED = 100
#: A list consists of the conversations of so many newest events, of all shards together.
_EVENTS_LISTED = 1000
#: The events of a conversation are those among so many newest events of its shard.
_EVENTS_SHOWN = 500
#: Keys in a page of a scan, and pages of a search: about a tenth of a second.
_SCAN_PAGE, _SCAN_PAGES = 1000, 100
#: What precedes the conversation in the key of its session.
_SESSION = ConversationKeys("").session
#: Entries of a mailbox or an outbox that are shown.
_WAITING_SHOWN = 50
#: For an agent with scopes: conversations of a shard among which those of the scopes are sought.
_WAITING_LOOKED_AT = 10_000


class DeskStore:
    """Reads all conversations, or only those that an agent may see."""

    def __init__(self, scripts: Scripts, keys: Keys, covers: Callable[[str], bool] | None = None) -> None:
        self._scripts = scripts
        self._client: Any = scripts.client
        self._keys = keys
        self._covers = covers

    def within(self, covers: Callable[[str], bool]) -> "DeskStore":
        """Return a store that knows only the conversations for which `covers` returns True."""
        return DeskStore(self._scripts, self._keys, covers)

    def _seen(self, conversations: Sequence[str]) -> list[str]:
        return [name for name in conversations if self._covers is None or self._covers(name)]

    def waiting(self, *, limit: int = LISTED) -> Waiting:
        """Return at most `limit` conversations that wait for an agent, the longest wait first. Two round trips per shard."""
        found: list[tuple[float, str]] = []
        total = 0
        with asking("waiting"):
            for shard in range(self._keys.shards):
                index = self._keys.shard(shard).waiting
                last = limit if self._covers is None else _WAITING_LOOKED_AT
                since = dict(self._client.zrange(index, 0, last - 1, withscores=True))
                seen = self._seen(list(since))
                total += int(self._client.zcard(index)) if self._covers is None else len(seen)
                found += [(since[name], name) for name in seen]
        return Waiting(since={name: int(since) for since, name in sorted(found)[:limit]}, total=total)

    def recent(self, *, limit: int = LISTED, events: int = _EVENTS_LISTED) -> Listed:
        """Return the conversations of the newest events, newest first. One round trip per shard."""
        pages = max(1, events // self._keys.shards)
        newest: dict[str, tuple[int, int]] = {}
        cut = False
        with asking("recent"):
            for shard in range(self._keys.shards):
                page = self._client.xrevrange(self._keys.shard(shard).events, count=pages)
                cut = cut or len(page) == pages
                for id_, event in page:
                    if conversation := event.get("conversation"):
                        newest.setdefault(conversation, _moment(id_))
        ordered = sorted(self._seen(list(newest)), key=lambda name: newest[name], reverse=True)
        return Listed(conversations=tuple(ordered[:limit]), cut=cut or len(ordered) > limit)

    def records(self, conversations: Sequence[str]) -> dict[str, str]:
        """Return the session records of the conversations that have one. One round trip per shard."""
        by_shard: dict[int, list[str]] = {}
        for conversation in self._seen(conversations):
            by_shard.setdefault(self._keys.shard_of(conversation), []).append(conversation)
        found: dict[str, str] = {}
        with asking("records"):
            for names in by_shard.values():
                records = self._client.mget([self._keys.of(name).session for name in names])
                found |= {name: str(record) for name, record in zip(names, records, strict=True) if record}
        return found

    def snapshot(self, conversation: str) -> ConversationSnapshot:
        """Return the data of one conversation, in one round trip. The caller has checked whether the agent may see it."""
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        with asking("snapshot"), self._client.pipeline(transaction=False) as pipe:
            # Events are read before the record, so that the record contains all that they report.
            pipe.xrevrange(shared.events, count=_EVENTS_SHOWN)
            pipe.get(own.session)
            pipe.pexpiretime(own.session)
            pipe.hgetall(own.deliveries)
            pipe.lrange(own.mailbox, 0, _WAITING_SHOWN - 1)
            pipe.lrange(own.outbox, 0, _WAITING_SHOWN - 1)
            pipe.exists(own.opt_out)
            answers = [_unless_wrong(answer) for answer in pipe.execute(raise_on_error=False)]
        newest, record, expires, deliveries, mailbox, outbox, opted_out = answers
        return ConversationSnapshot(
            record=record or "",
            expires_at=max(0, int(expires or 0)),
            deliveries=deliveries or {},
            mailbox=tuple(mailbox or ()),
            outbox=tuple(outbox or ()),
            opted_out=bool(opted_out),
            events=tuple(
                EventRecord.of(fields, shard=shared.shard, id=id_)
                for id_, fields in reversed(newest or [])
                if fields.get("conversation") == conversation
            ),
        )

    def find(self, part: str, *, limit: int = 50) -> Listed:
        """Return conversations whose customer's id (usually a number) contains `part`, in any order.

        Reads 100,000 keys at most, or until it has found `limit`.
        """
        found: dict[str, None] = {}
        with asking("find"):
            for number, page in enumerate(_session_keys(self._client), 1):
                conversations = self._seen([key.partition(_SESSION)[2] for key in page])
                found |= dict.fromkeys(name for name in conversations if part in customer_of(name).casefold())
                if len(found) >= limit or number == _SCAN_PAGES:
                    return Listed(conversations=tuple(found)[:limit], cut=True)
        return Listed(conversations=tuple(found), cut=False)


def _unless_wrong(answer: Any) -> Any:
    """Return an answer; None for a key of a wrong type, which a worker moves to the dead letters. Raises other errors."""
    if isinstance(answer, Exception):
        if "WRONGTYPE" in str(answer):
            return None
        raise answer
    return answer


def _session_keys(client: Any) -> Iterator[list[str]]:
    """Yield pages with the keys of all sessions, one server after the other."""
    if not isinstance(client, RedisCluster):
        yield from _scanned(client.scan)
        return
    for node in client.get_primaries():  # type: ignore[no-untyped-call]
        yield from _scanned(partial(_scan_node, client, node))


def _scanned(scan: Any) -> Iterator[list[str]]:
    cursor = 0
    while True:
        cursor, keys = scan(cursor, match=f"*{_SESSION}*", count=_SCAN_PAGE)
        yield keys
        if not cursor:
            return


def _scan_node(client: Any, node: Any, cursor: int, **options: Any) -> tuple[int, list[str]]:
    cursors, keys = client.scan(cursor, target_nodes=node, **options)
    return cursors[node.name], keys


def _moment(id_: str) -> tuple[int, int]:
    ms, _, number = id_.partition("-")
    return int(ms), int(number)
