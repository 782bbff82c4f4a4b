"""The session record outside of a turn: read, updated, timed out, counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from redis.exceptions import ResponseError

from session.delivery_states import DeliveryStates
from session.errors import UnexpectedReply
from session.events import SessionChanged
from session.keys import ConversationKeys, Keys
from session.limits import Limit, Usage
from session.machine import idle_timeout_at, waits_since
from session.marketing import Marketing
from session.models import Session
from session.policy import Policy
from session.reading import Unreadable, read_marketing
from session.records import MS, to_ms
from session.results import Busy, Changed, IdleTimeout, Updated
from session.store.calls import (
    Call,
    Program,
    Together,
    Value,
    as_fields,
    command,
    fields,
    scan,
    unless_wrong,
)
from session.store.mending import Mender
from session.store.scripts import Scripts
from session.timers import KEPT_FOR


class SessionStore:
    """Reads and writes session records one by one, and times them out in batches."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def read(self, conversation: str, *, now: datetime) -> Program[tuple[str, int]]:
        """Return the raw record ("" if there is none), and when it expires (ms, 0 for never)."""
        key = self._keys.of(conversation).session
        try:
            record: str | None = yield command("read", "GET", key)
        except ResponseError as error:
            if "WRONGTYPE" not in str(error) or not (yield from self._mender.mend(conversation)):
                raise
            record = None
        expires: int = yield command("read", "PEXPIRETIME", key)
        if record is None or 0 < expires <= to_ms(now):
            return "", 0
        return record, max(0, expires)

    def marketing(self, conversation: str) -> Call[Marketing | None]:
        """Return what a customer wishes about marketing messages."""
        # A value of a wrong type is no wish, and MGET returns none.
        key = self._keys.of(conversation).marketing
        return command("marketing", "MGET", key, read=lambda found: read_marketing(found[0] or ""))

    def delivery_states(self, conversation: str) -> Program[DeliveryStates]:
        """Return what is known of the replies of a conversation, in one round trip."""
        own = self._keys.of(conversation)
        asked: list[Call[Any]] = [
            command("states", "HGETALL", own.deliveries, read=as_fields),
            command("states", "LRANGE", own.outbox, 0, -1),
        ]
        answers = yield Together(asked, errors=True)
        settled, unsent = map(unless_wrong, answers)
        words = (word for pair in (settled or {}).items() for word in pair)
        return DeliveryStates(settled=" ".join(words), unsent=tuple(unsent or ()))

    def set_aside(self, conversation: str, found: Unreadable) -> Program[bool]:
        """Move an unreadable record to the dead letters, unless a turn is in progress; returns whether it was moved."""
        return (yield from self._mender.put_aside(conversation, [found], lease=None)) == 1

    def read_many(self, conversations: Sequence[str]) -> Program[list[str]]:
        """Return the records of conversations of one shard, "" where there is none, in one round trip."""
        keys = [self._keys.of(conversation).session for conversation in conversations]
        found: list[str | None] = (yield command("read_many", "MGET", *keys)) if keys else []
        return [record or "" for record in found]

    def update(
        self, session: Session, *, was: str, event: SessionChanged | None = None
    ) -> Program[Updated | Changed | Busy]:
        """Write a session from outside a turn, if the record is still `was` and no turn is in progress."""
        conversation = session.conversation
        own = self._keys.of(conversation)
        timeout, since = idle_timeout_at(session, self._policy), waits_since(session)
        call = self._scripts.update_session(
            session=own.session,
            lease=own.turn_lease,
            due=own.shared.due,
            events=own.shared.events,
            waiting=own.shared.waiting,
            timers=own.timers,
            was=was,
            becomes=session.to_json(),
            forget_at=to_ms(session.expires_at(self._policy)),
            idle_timeout_at=to_ms(timeout) if timeout else 0,
            member=own.idle_timeout_due,
            event_cap=self._policy.events_at_most,
            conversation=conversation,
            since=to_ms(since) if since else "",
            closes="yes" if event and event.closed is not None else "no",
            timer_due=own.timer_due,
            keep_timers_for=KEPT_FOR,
            event=fields(event.concerning(conversation)) if event else (),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["updated"]:
                return Updated()
            case ["changed"]:
                return Changed()
            case ["busy", int(until)]:
                return Busy(until=until)
            case reply:
                raise UnexpectedReply("update_session", reply)

    def time_out(self, shard: int, timeouts: Sequence[IdleTimeout]) -> Program[int]:
        """Write the idle time-outs of sessions of one shard; returns how many sessions changed."""
        keys: list[str] = []
        changes: list[Value] = []
        for timeout in timeouts:
            own = self._keys.of(timeout.conversation)
            keys += [own.session, own.turn_lease]
            changes += [
                own.idle_timeout_due,
                timeout.was,
                timeout.becomes,
                to_ms(timeout.next_at) if timeout.next_at else "",
                timeout.conversation,
                timeout.states,
            ]
        shared = self._keys.shard(shard)
        call = self._scripts.time_out_sessions(
            due=shared.due,
            events=shared.events,
            waiting=shared.waiting,
            conversations=keys,
            event_cap=self._policy.events_at_most,
            changes=changes,
        )
        match (yield from self._mender.call_on_shard(shard, call)):
            case ["timed out", int(written), *unreadable]:
                for number in unreadable:
                    yield from self._mender.mend(timeouts[number - 1].conversation)
                return written
            case reply:
                raise UnexpectedReply("time_out_sessions", reply)

    def count(self, conversation: str, limit: Limit, *, uses: int) -> Program[tuple[bool, Usage]]:
        """Count uses of a limit if they are allowed; 0 uses only read."""
        match (
            yield self._scripts.count_use(
                usage=self._keys.of(conversation).usage_of(limit),
                limit=limit.most_of(self._policy),
                window=limit.window // MS,
                uses=uses,
            )
        ):
            case ["counted" | "refused" as tag, int(used), int(ends)]:
                return tag == "counted", Usage(used=used, until=ends)
            case reply:
                raise UnexpectedReply("count_use", reply)

    def timers(self, conversation: str) -> Call[list[str]]:
        """Return the timers of a conversation: name, record, name, record, ..."""
        return command("timers", "HGETALL", self._keys.of(conversation).timers, read=_pairs)

    def exists(self, conversation: str) -> Call[bool]:
        """Whether there is a record, readable or not."""
        return command("exists", "EXISTS", self._keys.of(conversation).session, read=bool)

    def conversations(self) -> Program[list[str]]:
        """Return the conversations that have a session, in no order. Reads every key, so workers must not call it."""
        found: list[str] = []
        for shard in range(self._keys.shards):
            prefix = ConversationKeys("", self._keys.shard(shard)).session
            keys: Any = yield from scan("conversations", prefix.replace("{", "[{]").replace("}", "[}]") + "*")
            found += [key.removeprefix(prefix) for key in keys]
        return found


def _pairs(answer: Any) -> list[str]:
    return [part for pair in as_fields(answer).items() for part in pair]
