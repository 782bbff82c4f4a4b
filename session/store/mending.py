"""Calls scripts, and puts aside what stands in their way: a key of a wrong type, a lease or a counter that is no number.

Every script fails before it writes, so it can be called again once its keys are mended. Nothing is looked at before a
script has failed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from loguru import logger
from redis.exceptions import ResponseError

from session.errors import UnexpectedReply
from session.keys import DELIVER, IDLE_TIMEOUT, INTAKE, TURN, ConversationKeys, Keys
from session.leases import ATTEMPTS_AT_MOST, TOO_LATE
from session.masking import mask
from session.messages import DeliveryState
from session.policy import Policy
from session.records import to_ms
from session.store.asking import asking
from session.store.scripts import Scripts, Value

_STATES = f" {' '.join(DeliveryState)} "


class Mender:
    """Calls scripts on the keys of conversations and of their shards."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy | None = None) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy or Policy()

    def call(
        self,
        conversations: Iterable[str],
        name: str,
        keys: Sequence[str],
        args: Sequence[Value],
        now: datetime,
    ) -> list[Any]:
        """Call a script; if it fails, and something of these conversations or their shards is wrong, mend it and call again.

        Raises as `Scripts.call` does.
        """
        try:
            return self._scripts.call(name, keys, args)
        except ResponseError:
            names = list(dict.fromkeys(conversations))
            shards = {self._keys.shard_of(conversation) for conversation in names}
            mended = [self.mend(conversation, now=now) for conversation in names]
            mended += [self.mend_shard(shard, now=now) for shard in shards]
            if not sum(mended):
                raise
        return self._scripts.call(name, keys, args)

    def call_on_shard(
        self, shard: int, name: str, keys: Sequence[str], args: Sequence[Value], now: datetime
    ) -> list[Any]:
        """Do the same for a script that knows no conversation."""
        try:
            return self._scripts.call(name, keys, args)
        except ResponseError:
            if not self.mend_shard(shard, now=now):
                raise
        return self._scripts.call(name, keys, args)

    def mend(self, conversation: str, *, now: datetime) -> int:
        """Put aside what is wrong with the keys of a conversation; returns how many things were."""
        own = self._keys.of(conversation)
        shape = {
            own.session: ("string", ""),
            own.mailbox: ("list", ""),
            own.outbox: ("list", ""),
            own.seen: ("zset", ""),
            own.turn_lease: ("hash", "lease"),
            own.delivery_lease: ("hash", "sends"),
            own.deliveries: ("hash", "states"),
            own.silence: ("string", "silence"),
            own.overflow: ("string", ""),
            own.stop: ("string", ""),
            own.sent: ("list", ""),
            own.rate_messages: ("string", ""),
            own.rate_searches: ("string", ""),
            own.rate_llm: ("string", ""),
        }
        beside = (own.session, own.mailbox)
        return self._mend(self._keys.shard_of(conversation), conversation, shape, beside, now)

    def mend_shard(self, shard: int, *, now: datetime) -> int:
        """Put aside what is wrong with the keys that the conversations of a shard share; returns how many things were."""
        shared = self._keys.shard(shard)
        shape = {
            shared.dead: ("stream", ""),
            shared.fence: ("string", "fence"),
            shared.intake_lease: ("hash", "lease"),
            shared.intake: ("stream", ""),
            shared.events: ("stream", ""),
            shared.due: ("zset", ""),
            shared.waiting: ("zset", ""),
            shared.paused: ("hash", ""),
            shared.counters: ("hash", ""),
            shared.troubles: ("hash", ""),
            shared.forgotten: ("zset", ""),
        }
        mended = self._mend(shard, "", shape, (shared.dead, shared.dead), now)
        if mended:
            self._make_due(shard, now)
        return mended

    def _make_due(self, shard: int, now: datetime) -> None:
        """Make everything due that there is, if the due index is gone: what need not be done yet says so when it is looked at.

        Reads every key, which takes a second for a million of them.
        """
        shared, client = self._keys.shard(shard), self._scripts.client
        with asking("due"):
            if client.exists(shared.due):
                return
            at = to_ms(now)
            client.zadd(shared.due, {INTAKE: at})
            of = ConversationKeys("", shared.due.removesuffix("due"))
            for place, kind in ((of.mailbox, TURN), (of.outbox, DELIVER), (of.session, IDLE_TIMEOUT)):
                pattern = place.replace("{", "[{]").replace("}", "[}]") + "*"
                for key in client.scan_iter(match=pattern, count=1000):
                    client.zadd(shared.due, {kind + str(key).removeprefix(place): at}, nx=True)

    def _mend(
        self,
        shard: int,
        conversation: str,
        shape: dict[str, tuple[str, str]],
        beside: tuple[str, str],
        now: datetime,
    ) -> int:
        shared = self._keys.shard(shard)
        args: list[Value] = [
            to_ms(now),
            to_ms(now + TOO_LATE),
            conversation,
            _STATES,
            to_ms(now + self._policy.seen_for),
            ATTEMPTS_AT_MOST,
            *(value for pair in shape.values() for value in pair),
        ]
        match self._scripts.call("mend_keys", [shared.dead, shared.fence, *beside, *shape], args):
            case ["mended", int(mended)]:
                if mended:
                    logger.error(
                        "{} unreadable keys put aside as dead letters", mended, of=mask(conversation)
                    )
                return mended
            case reply:
                raise UnexpectedReply("mend_keys", reply)
