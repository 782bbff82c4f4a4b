"""Selects the waiting messages that the assistant receives. Pure: session, messages, uses of limits and time in, data out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from session.agent_actions import APP
from session.choosing import as_tap
from session.content_parts import Kind
from session.conversations import namespace_of
from session.event_values import Expiry
from session.history import change_entry, deleted, edited, heard, reacted, with_quoted
from session.limits import MESSAGES, Usages
from session.machine import CustomerWrote, HandedBack, step
from session.messages import Message
from session.models import Session, State, new_session
from session.policy import Policy
from session.records import MS, from_ms, to_ms
from session.reported_actions import has_it

#: No id of a delivery is known.
NO_IDS: Mapping[str, str] = {}

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
    late: int = 0  #: messages that came after their customer service window
    void: int = 0  #: timers that were cancelled or replaced after they had rung
    put_off_to: datetime | None = (
        None  #: when a timer rings again, because now is outside of the hours of its sender
    )
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
    ids: Mapping[str, str] = NO_IDS,
) -> Admission:
    """Add messages to the session and select those that the assistant answers.

    While an agent has the conversation, all messages are kept for the agent and none counts towards the limit. A message above
    the limit does not reach the assistant, unless it asks for a person. A customer who has opted out gets no answer, but the
    messages are kept. A number after a numbered menu is a tap on its row. A message that came too late is kept and not
    answered; of the consents only an opt-out is heard in it. An edit, a deletion or a reaction changes what it names, also in
    these messages, and is not answered. `ids` are those of deliveries by the ids of the provider, as far as they are known.
    """
    before = session.state if session else None
    was = Expiry.of(session, policy) if session else None
    private = [message for message in messages if message.group is None]
    spoken = [message for message in private if not message.is_silent]
    began = bool(spoken) and before in (None, State.CLOSED)
    if spoken:
        session = session or new_session(spoken[0].conversation, id=new_id, now=now, agent_id=policy.agent_id)
        session = _written_in(step(session, CustomerWrote(new_id=new_id), now, policy), spoken)
        session = _with_whoever_has_it(session, spoken[-1], now, policy)
    if session is None:
        return Admission(before=before, was=was, session=None, opted_out=opted_out)

    kept_for_agent = session.state is State.WAITING_AGENT
    allowed = usages.allowance(MESSAGES, now, policy)
    was_out = opted_out
    answer: list[Message] = []
    counted = limited = late = 0
    offered, offered_at = session.context.offered or (), session.context.offered_at or 0
    for message in [as_tap(one, offered, at=offered_at) for one in private]:
        consent = _consent(message, policy, opted_out=opted_out)
        if consent is not None:
            opted_out = consent == "out"
        if message.is_silent:
            session, answer = _changed(session, answer, message, policy, ids)
            continue
        message = with_quoted(message, session.context.message_history, ids)  # noqa: PLW2901
        if message.standby:
            pass
        elif consent is None and came_too_late(message):
            late += 1
        elif consent is None and not (kept_for_agent or opted_out):
            exempt = wants_human(message.text)
            if not exempt and counted >= allowed.remaining:
                limited += 1
                continue
            counted += not exempt
            answer.append(message)
        session = session.with_entry(heard(message), policy).change(message_count=session.message_count + 1)

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
        late=late,
        refuse_for=refuse_for,
        opted_out=opted_out,
        consent=None if opted_out == was_out else "out" if opted_out else "in",
    )


def _written_in(session: Session, spoken: Sequence[Message]) -> Session:
    """Return the session with what the new messages say about the customer."""
    referrals = [message.referral for message in spoken if message.referral]
    return session.change(
        route=spoken[-1].route,
        profile_name=spoken[-1].name or session.profile_name,
        window_until=_window_until(session, spoken),
        referral=referrals[-1] if referrals else session.referral,
    )


def _changed(
    session: Session, answer: list[Message], change: Message, policy: Policy, ids: Mapping[str, str]
) -> tuple[Session, list[Message]]:
    """Return the session and the messages to answer after an edit, a deletion or a reaction."""
    history = session.context.message_history
    match change.kind:
        case Kind.REACTION:
            changed = change_entry(history, change, reacted, ids, own=False)
        case Kind.REVOKE:
            changed = change_entry(history, change, deleted, ids)
            answer = [one for one in answer if one.id != change.reply_to]
        case Kind.EDIT:
            changed = change_entry(history, change, edited, ids)
            answer = [
                one.model_copy(update={"content": change.edit_of(one.content), "cut": change.cut})
                if one.id == change.reply_to
                else one
                for one in answer
            ]
            if changed is None:
                # Its original is not known any more; what it says must not be lost.
                said = edited(heard(with_quoted(change, history, ids)), change)
                return session.with_entry(said, policy), answer
        case _:
            return session, answer
    return session if changed is None else session.change_context(message_history=changed), answer


def _with_whoever_has_it(session: Session, latest: Message, now: datetime, policy: Policy) -> Session:
    """Let another app have the conversation if it answers the latest message, and have it no more if it does not."""
    if latest.standby:
        return has_it(session, APP, now, policy)
    if session.held_by == APP and session.state is State.WAITING_AGENT:
        return step(session, HandedBack(), now, policy)
    return session


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Messages of a non-member, where access is for members only: only the use of a limit is counted."""

    counted: int
    tell: bool  #: once in a window


def turn_away(messages: Sequence[Message], usages: Usages, *, now: datetime, policy: Policy) -> Refusal:
    """Refuse messages of a non-member; the first one in a window is answered."""
    spoken = sum(not (one.is_silent or one.is_timer or one.standby or came_too_late(one)) for one in messages)
    allowed = usages.allowance(MESSAGES, now, policy)
    first = allowed.remaining == MESSAGES.most_of(policy)
    return Refusal(counted=min(spoken, allowed.remaining), tell=first and spoken > 0)


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


def _window_until(session: Session, spoken: Sequence[Message]) -> datetime | None:
    """Return the end of the customer service window, None if there is none; a late redelivery does not shorten it."""
    window = namespace_of(session.customer_id).window
    if window is None:
        return None
    # A provider's clock that is ahead of ours does not lengthen it.
    latest = max(min(message.sent_at, message.received_at) for message in spoken)
    until = from_ms(latest) + window
    return max(until, session.window_until) if session.window_until else until
