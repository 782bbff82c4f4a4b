"""What the sweep does with timers: those that are due ring, and their messages wait in the mailboxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from session.errors import UnexpectedReply
from session.keys import Keys
from session.policy import Policy
from session.records import MS
from session.store.calls import Program, Value
from session.store.mending import Mender
from session.store.scripts import Scripts
from session.timers import KEPT_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """What the sweep has rung."""

    count: int  #: timers
    woken: tuple[str, ...]  #: conversations that need a wake-up


class TimerStore:
    """Rings timers. Turns set and cancel them, with their commit."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def ring(self, shard: int, conversations: Sequence[str]) -> Program[Rang]:
        """Ring what is due in some conversations of one shard, each timer once; what is not due yet stays.

        Those of a customer who has opted out are removed. A repeated call finds that nothing is due any more.
        """
        if not conversations:
            return Rang(count=0, woken=())
        keys: list[str] = []
        members: list[Value] = []
        for conversation in conversations:
            own = self._keys.of(conversation)
            keys += [own.timers, own.mailbox, own.opt_out, own.alias, own.turn_lease]
            members += [own.timer_due, own.turn_due, conversation]
        shared = self._keys.shard(shard)
        call = self._scripts.ring_timers(
            due=shared.due,
            events=shared.events,
            dead=shared.dead,
            counters=shared.counters,
            conversations=keys,
            wake_after=self._policy.wake_after // MS,
            most=self._policy.mailbox_at_most,
            keep_for=KEPT_FOR,
            event_cap=self._policy.events_at_most,
            members=members,
        )
        match (yield from self._mender.call(conversations, call)):
            case ["rang", int(count), *numbers]:
                return Rang(count=count, woken=tuple(conversations[number - 1] for number in numbers))
            case reply:
                raise UnexpectedReply("ring_timers", reply)
