"""The mailboxes: what was found in bodies, each in that of its conversation, in the order of arrival."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from session.admission import consent_of
from session.agent_actions import SILENCING, AgentAction, AgentActionType
from session.counters import waiting
from session.errors import UnexpectedReply
from session.keys import Keys
from session.messages import Message
from session.models import State
from session.policy import Policy
from session.records import to_ms
from session.results import Received
from session.store.mending import Mender
from session.store.scripts import Value

#: For so long one dead letter counts what a full mailbox does not take; after that another one begins.
_FLOOD = timedelta(hours=1)


class Mailboxes:
    """Receives what was found in bodies."""

    def __init__(self, mender: Mender, keys: Keys, policy: Policy) -> None:
        self._mender = mender
        self._keys = keys
        self._policy = policy

    def receive(self, entries: Sequence[Message | AgentAction], *, now: datetime) -> Received:
        """Put messages and actions into their mailboxes, in their order; ids that are known already are dropped.

        One round trip a shard, and one for each action. `entries` are all that was drained together: a repeated call
        changes nothing, however many they are.
        """
        results: list[Received] = []
        messages: list[Message] = []
        oldest = min((entry.received_at for entry in entries), default=0)
        for entry in entries:
            if isinstance(entry, Message):
                messages.append(entry)
            else:
                results += self._receive_messages(messages, oldest, now)
                messages = []
                results.append(self._receive_action(entry, now))
        results += self._receive_messages(messages, oldest, now)
        return Received(
            accepted=sum(result.accepted for result in results),
            duplicates=sum(result.duplicates for result in results),
            overflowed=sum(result.overflowed for result in results),
            woken=tuple(name for result in results for name in result.woken),
        )

    def _receive_messages(self, messages: Sequence[Message], oldest: int, now: datetime) -> list[Received]:
        by_shard: dict[int, list[Message]] = {}
        for message in messages:
            by_shard.setdefault(self._keys.shard_of(message.conversation), []).append(message)
        return [self._receive(shard, batch, oldest, now) for shard, batch in by_shard.items()]

    def _receive_action(self, action: AgentAction, now: datetime) -> Received:
        conversation = action.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        # Where an agent has it already, an answer silences nobody: what was said before the agent came may go out.
        unless = State.WAITING_AGENT if action.type is AgentActionType.ANSWER else ""
        match self._mender.call(
            [conversation],
            "receive_action",
            [
                own.mailbox,
                own.seen,
                own.silence,
                own.session,
                shared.due,
                shared.counters,
                shared.forgotten,
                shared.secret,
            ],
            [
                to_ms(now),
                to_ms(now + self._policy.wake_after),
                # Messages may be on their way from an intake beside it, and must stay known: they clear up themselves.
                10 * self._policy.seen_at_most,
                to_ms(now + self._policy.seen_for),
                own.turn_due,
                action.id,
                action.to_json(),
                waiting("mailbox", action.received_at),
                "yes" if action.type in SILENCING else "no",
                unless,
            ],
            now,
        ):
            case ["received", int(accepted), int(woken)]:
                return Received(
                    accepted=accepted, duplicates=1 - accepted, woken=(conversation,) if woken else ()
                )
            case reply:
                raise UnexpectedReply("receive_action", reply)

    def _receive(self, shard: int, messages: Sequence[Message], oldest: int, now: datetime) -> Received:
        numbers: dict[str, int] = {}
        entries: list[Value] = []
        for message in messages:
            conversation = message.conversation
            number = numbers.setdefault(conversation, len(numbers) + 1)
            came = message.received_at
            # The wish to get nothing more, or to get something again, is heard above everything.
            consent = consent_of(message, self._policy) if not message.is_silent else None
            entries += [number, message.id, message.to_json(), came, waiting("mailbox", came), consent or ""]
        conversations = list(numbers)
        of = [self._keys.of(conversation) for conversation in conversations]
        shared = self._keys.shard(shard)
        keys = [shared.due, shared.counters, shared.forgotten, shared.secret, shared.events, shared.dead]
        keys += [key for own in of for key in (own.mailbox, own.seen, own.overflow, own.stop)]
        args: list[Value] = [
            to_ms(now),
            to_ms(now + self._policy.wake_after),
            self._policy.seen_at_most,
            to_ms(now + self._policy.seen_for),
            len(of),
            oldest,
            self._policy.mailbox_at_most,
            to_ms(now + _FLOOD),
            self._policy.events_at_most,
            *(part for own in of for part in (own.turn_due, own.conversation)),
            *entries,
        ]
        match self._mender.call(conversations, "receive", keys, args, now):
            case ["received", int(accepted), int(duplicates), int(overflowed), *woken]:
                return Received(
                    accepted=accepted,
                    duplicates=duplicates,
                    overflowed=overflowed,
                    woken=tuple(conversations[number - 1] for number in woken),
                )
            case reply:
                raise UnexpectedReply("receive", reply)
