"""Reads conversations for the desk. Each method has a limit, and says if there may be more."""

from collections.abc import Callable, Sequence
from typing import Any

from session.conversations import customer_of
from session.event_records import EventRecord
from session.keys import ConversationKeys, Keys, ShardKeys
from session.results import ConversationSnapshot, Listed, Waiting
from session.store.calls import Call, Program, Together, as_entries, as_fields, as_scores, command, scan_page

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

    def recent(self, *, limit: int = LISTED, events: int = _EVENTS_LISTED) -> Program[Listed]:
        """Return the conversations of the newest events, newest first. One round trip."""
        each = max(1, events // self._keys.shards)
        pages = yield Together(
            [_newest(self._keys.shard(shard).events, each) for shard in range(self._keys.shards)]
        )
        newest: dict[str, tuple[int, int]] = {}
        for page in pages:
            for id_, event in page:
                if conversation := event.get("conversation"):
                    newest.setdefault(conversation, _moment(id_))
        ordered = sorted(self._seen(list(newest)), key=lambda name: newest[name], reverse=True)
        cut = any(len(page) == each for page in pages)
        return Listed(conversations=tuple(ordered[:limit]), cut=cut or len(ordered) > limit)

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
        ]
        answers = yield Together(asked, errors=True)
        newest, record, expires, deliveries, mailbox, outbox, opted_out = map(_unless_wrong, answers)
        return ConversationSnapshot(
            record=record or "",
            expires_at=max(0, int(expires or 0)),
            deliveries=deliveries or {},
            mailbox=tuple(mailbox or ()),
            outbox=tuple(outbox or ()),
            opted_out=bool(opted_out),
            events=tuple(
                EventRecord.of(event, shard=own.shared.shard, id=id_)
                for id_, event in reversed(newest or [])
                if event.get("conversation") == conversation
            ),
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


def _newest(stream: str, count: int) -> Call[list[tuple[str, dict[str, str]]]]:
    return command("events", "XREVRANGE", stream, "+", "-", "COUNT", count, read=as_entries)


def _unless_wrong(answer: Any) -> Any:
    """Return an answer; None for a key of a wrong type, which a worker moves to the dead letters. Raises other errors."""
    if isinstance(answer, Exception):
        if "WRONGTYPE" in str(answer):
            return None
        raise answer
    return answer


def _moment(id_: str) -> tuple[int, int]:
    ms, _, number = id_.partition("-")
    return int(ms), int(number)
