"""Reads conversations for the desk and the API. Each method has a limit, and says if there may be more."""

from collections.abc import Callable, Sequence
from typing import Any

from session.conversations import customer_of
from session.event_records import EventRecord
from session.keys import ConversationKeys, Keys, ShardKeys
from session.progress import SendSnapshot
from session.results import ConversationSnapshot, Listed, Waiting
from session.store.aliases import resolve
from session.store.calls import (
    Call,
    Program,
    Together,
    as_entries,
    as_fields,
    as_scores,
    command,
    scan_page,
    unless_wrong,
)

#: Conversations in a list: more than an agent reads, and few enough to be read again at each change.
LISTED = 100
#: A list shows the conversations of this many of the newest events of all shards together.
_EVENTS_LISTED = 1000
#: The events of a conversation are looked for among this many of the newest events of its shard.
_EVENTS_SHOWN = 500
#: Pages of a scan that a search may take: about a tenth of a second.
_SCAN_PAGES = 100
#: The key of a session begins with this; the conversation follows.
_OF = ConversationKeys("", ShardKeys(0)).session
#: Entries of a mailbox or an outbox that are shown.
_WAITING_SHOWN = 50
#: For an agent with scopes: how many conversations of a shard are searched for those of the scopes.
_WAITING_LOOKED_AT = 10_000


class DeskStore:
    """Reads all conversations, or only those that an agent may see."""

    def __init__(self, keys: Keys, covers: Callable[[str], bool] | None = None) -> None:
        self._keys = keys
        self._covers = covers

    def resolve(self, conversations: Sequence[str]) -> Program[list[str]]:
        """Return for each conversation the one where its customer is now: itself, unless it has moved."""
        return resolve(self._keys, conversations)

    def within(self, covers: Callable[[str], bool]) -> "DeskStore":
        """Return the same store, restricted to the conversations for which `covers` is true."""
        return DeskStore(self._keys, covers)

    def _seen(self, conversations: Sequence[str]) -> list[str]:
        return [name for name in conversations if self._covers is None or self._covers(name)]

    def waiting(self, *, limit: int = LISTED) -> Program[Waiting]:
        """Return the conversations that wait for an agent, longest wait first, at most `limit`. One round trip."""
        last = limit if self._covers is None else _WAITING_LOOKED_AT
        asked: list[Call[Any]] = []
        for shard in range(self._keys.shards):
            index = self._keys.shard(shard).waiting
            asked.append(command("waiting", "ZRANGE", index, 0, last - 1, "WITHSCORES", read=as_scores))
            asked.append(command("waiting", "ZCARD", index))
        answers = yield Together(asked)
        found: list[tuple[float, str]] = []
        total = 0
        for since, count in zip(answers[::2], answers[1::2], strict=True):
            seen = self._seen(list(since))
            total += count if self._covers is None else len(seen)
            found += [(since[name], name) for name in seen]
        return Waiting(since={name: int(since) for since, name in sorted(found)[:limit]}, total=total)

    def recent(
        self, *, limit: int = LISTED, events: int = _EVENTS_LISTED, until: int | None = None
    ) -> Program[Listed]:
        """Return the conversations of the newest events, newest first; events after `until` (ms) do not count. One round trip."""
        each = max(1, events // self._keys.shards)
        pages = yield Together(
            [_newest(self._keys.shard(shard).events, each, until) for shard in range(self._keys.shards)]
        )
        newest: dict[str, tuple[int, int]] = {}
        for page in pages:
            for id_, event in page:
                if conversation := event.get("conversation"):
                    newest.setdefault(conversation, _moment(id_))
        ordered = sorted(self._seen(list(newest)), key=lambda name: newest[name], reverse=True)
        cut = any(len(page) == each for page in pages)
        return Listed(
            conversations=tuple(ordered[:limit]),
            cut=cut or len(ordered) > limit,
            until=max((ms for ms, _ in newest.values()), default=0),
        )

    def records(self, conversations: Sequence[str]) -> Program[dict[str, str]]:
        """Return the session records of those conversations that have one. One round trip."""
        by_shard: dict[int, list[str]] = {}
        for conversation in self._seen(conversations):
            by_shard.setdefault(self._keys.shard_of(conversation), []).append(conversation)
        answers = yield Together(
            [
                command("records", "MGET", *(self._keys.of(name).session for name in names))
                for names in by_shard.values()
            ]
        )
        found: dict[str, str] = {}
        for names, records in zip(by_shard.values(), answers, strict=True):
            found |= {name: record for name, record in zip(names, records, strict=True) if record}
        return found

    def snapshot(self, conversation: str) -> Program[ConversationSnapshot]:
        """Return everything about one conversation, in one round trip. The caller checks the permission."""
        own = self._keys.of(conversation)
        asked: list[Call[Any]] = [
            # Before the record, so that the page shows the effect of every event that it shows.
            _newest(own.shared.events, _EVENTS_SHOWN),
            command("snapshot", "GET", own.session),
            command("snapshot", "PEXPIRETIME", own.session),
            command("snapshot", "HGETALL", own.deliveries, read=as_fields),
            command("snapshot", "LRANGE", own.mailbox, 0, _WAITING_SHOWN - 1),
            command("snapshot", "LRANGE", own.outbox, 0, _WAITING_SHOWN - 1),
            command("snapshot", "EXISTS", own.opt_out),
            command("snapshot", "HGETALL", own.media, read=as_fields),
            command("snapshot", "HGETALL", own.timers, read=as_fields),
            command("snapshot", "HGETALL", own.prices, read=as_fields),
        ]
        answers = yield Together(asked, errors=True)
        newest, record, expires, deliveries, mailbox, outbox, opted_out, media, timers, prices = map(
            unless_wrong, answers
        )
        return ConversationSnapshot(
            record=record or "",
            expires_at=max(0, int(expires or 0)),
            deliveries=deliveries or {},
            mailbox=tuple(mailbox or ()),
            outbox=tuple(outbox or ()),
            opted_out=bool(opted_out),
            media=media or {},
            timers=timers or {},
            prices=prices or {},
            events=tuple(
                EventRecord.of(event, shard=own.shared.shard, id=id_)
                for id_, event in reversed(newest or [])
                if event.get("conversation") == conversation
            ),
        )

    def send(self, conversation: str, id_: str) -> Program[SendSnapshot]:
        """Return what is stored about one message of an API client. One round trip. The caller checks the permission."""
        own = self._keys.of(conversation)
        asked: list[Call[Any]] = [
            # In the order in which it goes on, so that it is found wherever it goes meanwhile.
            command("send", "XLEN", own.shared.intake),
            command("send", "ZSCORE", own.seen, id_),
            command("send", "LRANGE", own.mailbox, 0, _WAITING_SHOWN - 1),
            command("send", "LLEN", own.mailbox),
            command("send", "LRANGE", own.outbox, 0, _WAITING_SHOWN - 1),
            command("send", "LLEN", own.outbox),
            command("send", "HGETALL", own.deliveries, read=as_fields),
            command("send", "GET", own.session),
            command("send", "EXISTS", own.opt_out),
        ]
        answers = yield Together(asked, errors=True)
        unread, seen, mailbox, entries, outbox, replies, deliveries, record, opted_out = map(
            unless_wrong, answers
        )
        return SendSnapshot(
            record=record or "",
            opted_out=bool(opted_out),
            known=seen is not None,
            unread=int(unread or 0),
            mailbox=tuple(mailbox or ()),
            outbox=tuple(outbox or ()),
            waiting=int(entries or 0) + int(replies or 0),
            deliveries=deliveries or {},
        )

    def find(self, part: str, *, limit: int = 50) -> Program[Listed]:
        """Return conversations whose customer, usually a number, contains `part`; in no order.

        Reads 100,000 keys at most, or until it has found `limit`.
        """
        found: dict[str, None] = {}
        position = ""
        for _ in range(_SCAN_PAGES):
            page, position = yield scan_page("find", f"*{_OF}*", position)
            conversations = self._seen([key.partition(_OF)[2] for key in page])
            found |= dict.fromkeys(name for name in conversations if part in customer_of(name).casefold())
            if not position or len(found) >= limit:
                break
        return Listed(conversations=tuple(found)[:limit], cut=bool(position) or len(found) >= limit)


def _newest(stream: str, count: int, until: int | None = None) -> Call[list[tuple[str, dict[str, str]]]]:
    last = "+" if until is None else str(until)
    return command("events", "XREVRANGE", stream, last, "-", "COUNT", count, read=as_entries)


def _moment(id_: str) -> tuple[int, int]:
    ms, _, number = id_.partition("-")
    return int(ms), int(number)
