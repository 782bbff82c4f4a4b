"""Selects the waiting messages that the assistant receives. Pure: session, messages, uses of limits and time in, data out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from session.choosing import as_tap
from session.conversations import namespace_of
from session.event_values import Expiry
from session.limits import MESSAGES, Usages
from session.machine import CustomerWrote, step
from session.messages import Message
from session.models import HistoryEntry, Role, Session, State, new_session
from session.policy import Policy
from session.records import from_ms, to_ms

#: The customer opts out, or in again.
Consent = Literal["out", "in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The session with its new messages, and the messages that the assistant must answer."""

    before: State | None  #: the previous state; None if there was no session
    was: Expiry | None  #: the previous state and expiry; None if there was no session
    session: Session | None  #: None if there was none and no message begins one
    began: bool = False  #: whether these messages begin the session
    answer: tuple[Message, ...] = ()  #: for the assistant; if empty, it is not called
    uses: Mapping[str, int] = field(default_factory=dict)  #: what they count towards limits, by their names
    limited: int = 0  #: messages above the limit
    refuse_for: timedelta | None = None  #: tell the customer to wait this long
    opted_out: bool = False  #: nothing may be sent
    consent: Consent | None = None  #: how these messages changed that


def admit(
    session: Session | None,
    messages: Sequence[Message],
    usages: Usages,
    *,
    now: datetime,
    new_id: str,
    policy: Policy,
    wants_human: Callable[[str], bool],
    opted_out: bool = False,
) -> Admission:
    """Add messages to the session and select those that the assistant answers.

    Silent kinds change nothing. While an agent has the conversation, all messages are kept for the agent and none counts
    towards the limit. A message above the limit does not reach the assistant, unless it asks for a person. A customer who
    has opted out gets no answer, but the messages are kept. A number after a numbered menu is a tap on its row.
    """
    before = session.state if session else None
    was = Expiry.of(session, policy) if session else None
    spoken = [message for message in messages if not message.is_silent]
    if not spoken:
        return Admission(before=before, was=was, session=session, opted_out=opted_out)

    began = before in (None, State.CLOSED)
    first = spoken[0]
    session = session or new_session(first.conversation, id=new_id, now=now, agent_id=policy.agent_id)
    session = step(session, CustomerWrote(new_id=new_id), now, policy)
    session = session.change(
        route=spoken[-1].route,
        profile_name=spoken[-1].name or session.profile_name,
        window_until=_window_until(session, spoken),
    )

    kept_for_agent = session.state is State.WAITING_AGENT
    allowed = usages.allowance(MESSAGES, now, policy)
    was_out = opted_out
    answer: list[Message] = []
    counted = limited = 0
    context = session.context
    for message in [as_tap(one, context.offered or (), at=context.offered_at or 0) for one in spoken]:
        consent = _consent(message, policy, opted_out=opted_out)
        if consent is not None:
            opted_out = consent == "out"
        elif not (kept_for_agent or opted_out):
            exempt = wants_human(message.text)
            if not exempt and counted >= allowed.remaining:
                limited += 1
                continue
            counted += not exempt
            answer.append(message)
        session = _heard(session, message, policy)

    refuse_for = None
    if limited and from_ms(session.notices.messages_until) <= now:
        refuse_for = allowed.ends_at - now
        until = to_ms(allowed.ends_at)
        session = session.change(notices=session.notices.model_copy(update={"messages_until": until}))
    return Admission(
        before=before,
        was=was,
        session=session,
        began=began,
        answer=tuple(answer),
        uses={MESSAGES.name: counted},
        limited=limited,
        refuse_for=refuse_for,
        opted_out=opted_out,
        consent=None if opted_out == was_out else "out" if opted_out else "in",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Messages of a non-member, where access is for members only: only the use of a limit is counted."""

    counted: int
    tell: bool  #: once in a window


def turn_away(messages: Sequence[Message], usages: Usages, *, now: datetime, policy: Policy) -> Refusal:
    """Refuse messages of a non-member; the first one in a window is answered."""
    spoken = sum(not message.is_silent for message in messages)
    allowed = usages.allowance(MESSAGES, now, policy)
    first = allowed.remaining == MESSAGES.most_of(policy)
    return Refusal(counted=min(spoken, allowed.remaining), tell=first and spoken > 0)


def consent_of(message: Message, policy: Policy) -> Consent | None:
    """Return the consent that a message expresses, if it says nothing else."""
    said = message.text.strip().rstrip(".!").lower()
    return "out" if said in policy.opt_out_words else "in" if said in policy.opt_in_words else None


def _consent(message: Message, policy: Policy, *, opted_out: bool) -> Consent | None:
    """Return the same for a message in its turn: without an opt-out, START has its ordinary meaning."""
    said = consent_of(message, policy)
    return said if said == "out" or opted_out else None


def _window_until(session: Session, spoken: Sequence[Message]) -> datetime | None:
    """Return the end of the customer service window, None if there is none; a late redelivery does not shorten it."""
    window = namespace_of(session.customer_id).window
    if window is None:
        return None
    # A provider's clock that is ahead of ours does not lengthen it.
    latest = max(min(message.sent_at, message.received_at) for message in spoken)
    until = from_ms(latest) + window
    return max(until, session.window_until) if session.window_until else until


def _heard(session: Session, message: Message, policy: Policy) -> Session:
    """Return the session with a message of the customer added to its history and counted."""
    said = HistoryEntry(
        role=Role.USER,
        content=message.text or f"[{message.kind}]",
        timestamp=from_ms(message.received_at),
        message_id=message.id,
        cut=message.cut or None,
    )
    return session.with_entry(said, policy).change(message_count=session.message_count + 1)
