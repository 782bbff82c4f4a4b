"""What becomes of the messages of a turn, one after the other: for the assistant, for a person, or neither. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from session.changed_messages import changed
from session.content_parts import Kind
from session.conversations import namespace_of
from session.history import heard, with_quoted
from session.machine import CameBack, step
from session.messages import Message
from session.models import Session, State
from session.policy import Policy
from session.records import MS
from session.waiting import WhileWaiting, brings_back, is_back_button, open_messages, waits_for_nobody

#: The customer opts out, or in again.
Consent = Literal["out", "in"]


@dataclass(slots=True)
class Hearing:
    """What becomes of the messages of a turn, one after the other."""

    session: Session
    policy: Policy
    meanwhile: WhileWaiting
    remaining: int  #: messages that the assistant may receive
    opted_out: bool
    answer: list[Message] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  #: ids of those that wait for a person
    back: frozenset[str] = frozenset()  #: ids of those that bring the assistant back
    came_back: bool = False
    counted: int = 0
    limited: int = 0
    late: int = 0
    alone: bool = field(
        init=False
    )  #: a person is awaited, nobody has the conversation, and something may be said

    def __post_init__(self) -> None:
        self.alone = waits_for_nobody(self.session) and not (self.opted_out or self.meanwhile.used_up)

    @property
    def waits(self) -> bool:
        """Whether a person is awaited, or has the conversation."""
        return self.session.state is State.WAITING_AGENT

    def come_back(
        self, messages: Sequence[Message], now: datetime, wants_human: Callable[[str], bool]
    ) -> None:
        """Let the assistant have the conversation again if a message says so; what is open comes first.

        What asked for the person is open no longer: it would call for one again.
        """
        if not (self.alone and self.remaining):
            return
        self.back = _back_in(messages, self.meanwhile, self.policy)
        if self.back:
            waited = [one for one in open_messages(self.session) if not wants_human(one.text)]
            self.answer += waited[: self.remaining - 1]  # the message itself counts too
            self.counted, self.limited = len(self.answer), len(waited) - len(self.answer)
            self.session = step(self.session, CameBack(), now, self.policy)
            self.alone = False

    def hear(self, message: Message, ids: Mapping[str, str], wants_human: Callable[[str], bool]) -> None:
        """Take one message: for the assistant, for a person, or neither."""
        consent = _consent(message, self.policy, opted_out=self.opted_out)
        if consent is not None:
            self.opted_out = consent == "out"
        if message.is_silent:
            self.session, self.answer = changed(self.session, self.answer, message, self.policy, ids)
            return
        message = with_quoted(message, self.session.context.message_history, ids)
        if message.standby:
            pass
        elif consent is None and came_too_late(message):
            self.late += 1
        elif consent is None and not self.opted_out:
            if self.waits:
                self._keep(message)
            elif not self._pass_on(message, exempt=wants_human(message.text)):
                return
        count = self.session.message_count + 1
        self.session = self.session.with_entry(heard(message), self.policy).change(message_count=count)

    def acknowledges(self) -> bool:
        """Whether the customer is told that these messages wait for a person: once in a wait."""
        told = self.session.wait is not None and self.session.wait.told
        return self.alone and bool(self.kept) and not (self.opted_out or told)

    def _keep(self, message: Message) -> None:
        if is_back_button(message):
            return  # it brings nobody back now, and asks nothing
        self.kept.append(message.id)
        if self.alone and self.meanwhile.assists and self.counted < self.remaining:
            self.counted += 1
            self.answer.append(message)

    def _pass_on(self, message: Message, *, exempt: bool) -> bool:
        """Give a message to the assistant; return False if it is above the limit."""
        if not exempt and self.counted >= self.remaining:
            self.limited += 1
            return False
        self.counted += not exempt
        if message.id in self.back or is_back_button(message):
            self.came_back = True
        else:
            self.answer.append(message)
        return True


def _back_in(messages: Sequence[Message], meanwhile: WhileWaiting, policy: Policy) -> frozenset[str]:
    """Return the ids of the messages that bring the assistant back; none if the customer wants nothing any more."""
    heard_of = [one for one in messages if not (one.is_silent or one.standby or came_too_late(one))]
    if any(consent_of(one, policy) == "out" for one in heard_of):
        return frozenset()
    return frozenset(one.id for one in heard_of if brings_back(one, meanwhile))


def came_too_late(message: Message) -> bool:
    """Whether the customer service window after a message was over when it came: its provider had not reached us for a day.

    An answer would not be sent, and what it asks may long be settled.
    """
    window = namespace_of(message.customer).window
    return window is not None and message.received_at - message.sent_at >= window // MS


def consent_of(message: Message, policy: Policy) -> Consent | None:
    """Return the consent that a message expresses, if it says nothing else; an edit can say it too."""
    if message.is_silent and (message.group is not None or message.kind is not Kind.EDIT):
        return None
    said = message.text.strip().rstrip(".!").lower()
    return "out" if said in policy.opt_out_words else "in" if said in policy.opt_in_words else None


def _consent(message: Message, policy: Policy, *, opted_out: bool) -> Consent | None:
    """Return the same for a message in its turn: without an opt-out, START has its ordinary meaning."""
    said = consent_of(message, policy)
    if said == "in" and (not opted_out or came_too_late(message)):
        return None
    return said
