"""The mailboxes: messages and agent actions of each conversation, in the order of arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Any

from session.admission import consent_of
from session.agent_actions import SILENCING, AgentAction, AgentActionType
from session.counters import waiting
from session.dead_letters import AnyLetter
from session.errors import UnexpectedReply
from session.keys import INTAKE, Keys
from session.leases import Lease, Stale
from session.messages import Message
from session.models import State
from session.policy import Policy
from session.records import MS
from session.results import Received
from session.store.calls import Call, Program, Together, Value, flat
from session.store.durability import durable
from session.store.mending import Mender
from session.store.scripts import Scripts

#: For this long one dead letter counts what a full mailbox did not take; then another one begins.
_FLOOD = timedelta(hours=1)

Entry = Message | AgentAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Bodies of an intake, to be settled when what came in them has been received."""

    shard: int
    lease: Lease
    handled: Sequence[str]  #: the ids of the bodies
    #: whether the lease stays if bodies are left, for the holder to take again; without it a wake-up must be published then
    go_on: bool = True
    dead: Sequence[AnyLetter] = ()  #: what could not be read


class MailboxStore:
    """Puts messages and agent actions into mailboxes."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def receive(self, entries: Sequence[Entry], *, drained: Drained | None = None) -> Program[Received]:
        """Put messages and actions into their mailboxes, in order; those with a known id are dropped.

        One round trip for each shard, and one for each action. `entries` must contain everything that was drained together,
        so that a repeated call changes nothing. At last the bodies are settled that they came in, if there are any: in the
        same script as the last messages of the shard of their intake. If its lease was lost, these messages are not received.
        """
        results: list[Received] = []
        oldest = min((entry.received_at for entry in entries), default=0)
        last = self._last_of(drained.shard, entries) if drained else len(entries)
        messages: list[Message] = []
        for entry in (*entries[:last], None):
            if isinstance(entry, Message):
                messages.append(entry)
                continue
            batches = self._receive_messages(messages, oldest)
            if len(batches) == 1:
                results.append((yield from batches[0]))
            else:
                results += yield Together(batches)
            messages = []
            if entry:
                results.append((yield from self._receive_action(entry)))
        if drained:
            rest = [entry for entry in entries[last:] if isinstance(entry, Message)]
            results.append((yield from self._receive(drained.shard, rest, oldest, drained)))
        return Received(
            accepted=sum(result.accepted for result in results),
            duplicates=sum(result.duplicates for result in results),
            overflowed=sum(result.overflowed for result in results),
            woken=tuple(name for result in results for name in result.woken),
            left=results[-1].left if drained else 0,
        )

    def _last_of(self, shard: int, entries: Sequence[Entry]) -> int:
        """Return from which place on all entries are messages of a shard."""
        last = takewhile(
            lambda entry: isinstance(entry, Message) and self._keys.shard_of(entry.conversation) == shard,
            reversed(entries),
        )
        return len(entries) - len(list(last))

    def _receive_messages(self, messages: Sequence[Message], oldest: int) -> list[Program[Received]]:
        by_shard: dict[int, list[Message]] = {}
        for message in messages:
            by_shard.setdefault(self._keys.shard_of(message.conversation), []).append(message)
        return [self._receive(shard, batch, oldest) for shard, batch in by_shard.items()]

    def _receive_action(self, action: AgentAction) -> Program[Received]:
        conversation = action.conversation
        own = self._keys.of(conversation)
        # If an agent has the conversation already, an answer cancels no earlier replies of the assistant.
        unless = State.WAITING_AGENT if action.type is AgentActionType.ANSWER else ""
        call = self._scripts.receive_action(
            mailbox=own.mailbox,
            seen=own.seen,
            silence=own.silence,
            session=own.session,
            lease=own.turn_lease,
            due=own.shared.due,
            counters=own.shared.counters,
            forgotten=own.shared.forgotten,
            secret=own.shared.secret,
            wake_after=self._policy.wake_after // MS,
            # Ids of messages that the intake is draining must stay known; `receive` removes old ids later.
            keep=10 * self._policy.seen_at_most,
            seen_for=self._policy.seen_for // MS,
            member=own.turn_due,
            conversation=conversation,
            id=action.id,
            entry=action.to_json(),
            counter=waiting("mailbox", action.received_at),
            silences="yes" if action.type in SILENCING else "no",
            unless=unless,
        )
        match (yield from self._mender.call([conversation], self._kept(call))):
            case ["received", int(accepted), int(woken)]:
                return Received(
                    accepted=accepted, duplicates=1 - accepted, woken=(conversation,) if woken else ()
                )
            case reply:
                raise UnexpectedReply("receive_action", reply)

    def _receive(
        self,
        shard: int,
        messages: Sequence[Message],
        oldest: int,
        drained: Drained | None = None,
    ) -> Program[Received]:
        numbers: dict[str, int] = {}
        entries: list[Value] = []
        for message in messages:
            number = numbers.setdefault(message.conversation, len(numbers) + 1)
            came = message.received_at
            # A STOP or START is accepted even if the mailbox is full.
            consent = consent_of(message, self._policy) if not message.is_silent else None
            entries += [number, message.id, message.to_json(), came, waiting("mailbox", came), consent or ""]
        conversations = list(numbers)
        keys: list[str] = []
        members: list[Value] = []
        for conversation in conversations:
            own = self._keys.of(conversation)
            keys += [own.mailbox, own.seen, own.overflow, own.stop, own.turn_lease]
            members += [own.turn_due, conversation]
        shared, policy = self._keys.shard(shard), self._policy
        call = self._scripts.receive(
            due=shared.due,
            counters=shared.counters,
            forgotten=shared.forgotten,
            secret=shared.secret,
            events=shared.events,
            dead=shared.dead,
            lease=shared.intake_lease,
            intake=shared.intake,
            fences=shared.fence,
            conversations=keys,
            wake_after=policy.wake_after // MS,
            keep=policy.seen_at_most,
            seen_for=policy.seen_for // MS,
            oldest=oldest,
            most=policy.mailbox_at_most,
            letter_for=_FLOOD // MS,
            event_cap=policy.events_at_most,
            fence=drained.lease.fence if drained else "",
            holder=drained.lease.holder if drained else "",
            member=INTAKE,
            go_on="yes" if drained and drained.go_on else "no",
            members=members,
            messages=entries,
            handled=drained.handled if drained else (),
            letters=flat([letter.to_fields() for letter in drained.dead]) if drained else (),
        )
        # Where the server of the messages is that of the bodies, it keeps both or neither.
        made = call if drained else self._kept(call)
        match (yield from self._mender.call(conversations, made, shards=(shard,))):
            case ["received", int(accepted), int(duplicates), int(overflowed), int(left), *woken]:
                return Received(
                    accepted=accepted,
                    duplicates=duplicates,
                    overflowed=overflowed,
                    woken=tuple(conversations[number - 1] for number in woken),
                    left=left,
                )
            case ["stale", int(fence)]:
                return Received(accepted=0, duplicates=0, woken=(), left=Stale(fence=fence))
            case reply:
                raise UnexpectedReply("receive", reply)

    def _kept(self, call: Call[Any]) -> Call[Any]:
        """Return a call that is durable if its entries may come from an intake on another server, which forgets them next."""
        return durable(call, self._policy) if self._keys.shards > 1 else call
