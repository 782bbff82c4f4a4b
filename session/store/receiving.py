"""The two scripts that fill mailboxes: one for messages, with the bodies in which they came, and one for an agent action."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis.exceptions import ResponseError

from session.agent_actions import SILENCING, AgentAction, AgentActionType
from session.choosing import choice_in
from session.counters import waiting
from session.dead_letters import AnyLetter
from session.errors import UnexpectedReply
from session.hearing import consent_of
from session.keys import INTAKE, Keys
from session.leases import Lease, Stale
from session.media_work import to_fetch
from session.messages import Message
from session.models import State
from session.policy import Policy
from session.records import MS
from session.results import Received, Unresolved
from session.store.calls import Call, Program, Together, Value, command, flat
from session.store.durability import durable
from session.store.mending import Mender
from session.store.scripts import Scripts

#: Returns for how long a turn waits for further messages after this one; zero: it is due at once. The number of an option that the
#: latest reply offers is a tap, and waits for nothing.
GatherFor = Callable[[Message], timedelta]
#: No customer's name, so that a message which says that names have changed is always joined: when it says so is noted.
_CHANGE = "change"
#: For this long one dead letter counts what a full mailbox did not take; then another one begins.
_FLOOD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Bodies of an intake, to be settled when what came in them has been received."""

    shard: int
    lease: Lease
    handled: Sequence[str]  #: the ids of the bodies
    #: whether the lease stays if bodies are left, for the holder to take again; without it a wake-up must be published then
    go_on: bool = True
    dead: Sequence[AnyLetter] = ()  #: what could not be read


class Receiving:
    """Puts what is stored at one place into mailboxes, unless a customer must be found first."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def action(self, action: AgentAction) -> Program[Received | Unresolved]:
        """Put an action into its mailbox."""
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
            alias=own.alias,
            names=own.names,
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
            also=" ".join(action.also),
            unless=unless,
        )
        match (yield from self._mender.call([conversation], self._kept(call))):
            case ["received", int(accepted), int(woken)]:
                return Received(
                    accepted=accepted, duplicates=1 - accepted, woken=(conversation,) if woken else ()
                )
            case ["unresolved"]:
                return Unresolved((conversation,))
            case reply:
                raise UnexpectedReply("receive_action", reply)

    def messages(
        self,
        shard: int,
        messages: Sequence[Message],
        oldest: int,
        drained: Drained | None = None,
        gather_for: GatherFor | None = None,
    ) -> Program[Received | Unresolved]:
        """Put messages of one shard into their mailboxes, and settle the bodies that were drained there.

        `oldest` is when the oldest of all messages that are received together came, in ms. Without `gather_for` no turn waits.
        """
        numbers: dict[str, int] = {}
        entries: list[Value] = []
        for message in messages:
            number = numbers.setdefault(message.conversation, len(numbers) + 1)
            came = message.received_at
            # A STOP or START is accepted even if the mailbox is full.
            consent = consent_of(message, self._policy)
            names = " ".join((*message.also, *message.formerly, *([_CHANGE] if message.formerly else ())))
            fetched = to_fetch(message) if message.media else ""
            about = (message.id, message.to_json(), came, waiting("mailbox", came))
            wait = gather_for(message) // MS if gather_for else 0
            # The script knows whether options are offered, so that a number is a tap.
            wait = -wait if choice_in(message) else wait
            entries += [number, *about, consent or "", fetched, names, wait]
        conversations = list(numbers)
        keys: list[str] = []
        members: list[Value] = []
        for conversation in conversations:
            own = self._keys.of(conversation)
            keys += [own.mailbox, own.seen, own.overflow, own.stop, own.turn_lease, own.media]
            keys += [own.alias, own.names, own.session]
            members += [own.turn_due, conversation, own.media_due]
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
            agents=shared.waiting,
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
            gather_at_most=policy.gather_at_most // MS,
            go_on="yes" if drained and drained.go_on else "no",
            members=members,
            messages=entries,
            handled=drained.handled if drained else (),
            letters=flat([letter.to_fields() for letter in drained.dead]) if drained else (),
        )
        # Where the server of the messages is that of the bodies, it keeps both or neither.
        made = call if drained else self._kept(call)
        match (yield from self._mender.call(conversations, made, shards=(shard,))):
            case [
                "received",
                int(accepted),
                int(duplicates),
                int(overflowed),
                int(left),
                [*gathering],
                *woken,
            ]:
                waits = zip(gathering[::2], gathering[1::2], strict=True)
                return Received(
                    accepted=accepted,
                    duplicates=duplicates,
                    overflowed=overflowed,
                    woken=tuple(conversations[number - 1] for number in woken if number > 0),
                    fetch=tuple(conversations[-number - 1] for number in woken if number < 0),
                    gathering={conversations[number - 1]: int(wait) * MS for number, wait in waits},
                    left=left,
                )
            case ["unresolved", *unresolved]:
                return Unresolved(tuple(conversations[number - 1] for number in unresolved))
            case ["stale", int(fence)]:
                return Received(accepted=0, duplicates=0, woken=(), left=Stale(fence=fence))
            case reply:
                raise UnexpectedReply("receive", reply)

    def received(self, entries: Sequence[Message | AgentAction]) -> Program[set[tuple[str, str]]]:
        """Return which entries have been received in their conversations, as conversation and id; at least one entry."""
        calls = [
            command("known", "ZSCORE", self._keys.of(one.conversation).seen, one.id, read=_is_there)
            for one in entries
        ]
        try:
            found = yield Together(calls)
        except ResponseError:
            for one in entries:
                yield from self._mender.mend(one.conversation)
            found = yield Together(calls)
        return {(one.conversation, one.id) for one, known in zip(entries, found, strict=True) if known}

    def _kept(self, call: Call[Any]) -> Call[Any]:
        """Return a call that is durable if its entries may come from an intake on another server, which forgets them next."""
        return durable(call, self._policy) if self._keys.shards > 1 else call


def _is_there(score: object) -> bool:
    return score is not None
