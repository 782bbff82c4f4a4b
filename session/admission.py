"""Selects the waiting messages that the assistant receives. Pure: session, messages, uses of limits and time in, data out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from session.agent_actions import APP
from session.choosing import as_tap
from session.conversations import namespace_of
from session.event_values import Expiry
from session.hearing import Consent, Hearing
from session.limits import MESSAGES, Usages
from session.machine import CustomerWrote, HandedBack, step
from session.messages import Message
from session.models import Session, State, new_session
from session.policy import Policy
from session.records import from_ms, to_ms
from session.reported_actions import has_it
from session.waiting import ONLY_WAITS, WhileWaiting, with_open

#: No id of a delivery is known.
NO_IDS: Mapping[str, str] = {}


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
    waiting: bool = False  #: a person is awaited, and stays so whatever the assistant answers
    acknowledge: bool = False  #: tell the customer that the message waits for a person
    came_back: bool = False  #: the customer wants the assistant instead of a person


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
    meanwhile: WhileWaiting = ONLY_WAITS,
) -> Admission:
    """Add messages to the session and select those that the assistant answers.

    While an agent has the conversation, all messages are kept for the agent and none counts towards the limit. While one is only
    awaited, the first message is acknowledged, one may bring the assistant back, which then answers what is open, and the
    assistant is asked if `meanwhile` says so. A message above
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

    allowed = usages.allowance(MESSAGES, now, policy)
    offered, offered_at = session.context.offered or (), session.context.offered_at or 0
    private = [as_tap(one, offered, at=offered_at) for one in private]
    hearing = Hearing(session, policy, meanwhile, allowed.remaining, opted_out)
    hearing.come_back(private, now, wants_human)
    for message in private:
        hearing.hear(message, ids, wants_human)
    acknowledge = hearing.acknowledges()
    session = hearing.session
    if hearing.kept:
        session = with_open(session, hearing.kept, told=acknowledge, most=policy.message_history)

    refuse_for = None
    if hearing.limited and from_ms(session.notices.messages_until) <= now:
        refuse_for = allowed.ends_at - now
        until = to_ms(allowed.ends_at)
        session = session.change(notices=session.notices.model_copy(update={"messages_until": until}))
    now_out = hearing.opted_out
    return Admission(
        before=before,
        was=was,
        session=session,
        began=began,
        answer=tuple(hearing.answer),
        uses={MESSAGES.name: hearing.counted},
        limited=hearing.limited,
        late=hearing.late,
        refuse_for=refuse_for,
        opted_out=now_out,
        consent=None if opted_out == now_out else "out" if now_out else "in",
        waiting=hearing.waits and bool(hearing.answer),
        acknowledge=acknowledge,
        came_back=hearing.came_back,
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


def _with_whoever_has_it(session: Session, latest: Message, now: datetime, policy: Policy) -> Session:
    """Let another app have the conversation if it answers the latest message, and have it no more if it does not."""
    if latest.standby:
        return has_it(session, APP, now, policy)
    if session.held_by == APP and session.state is State.WAITING_AGENT:
        return step(session, HandedBack(), now, policy)
    return session


def _window_until(session: Session, spoken: Sequence[Message]) -> datetime | None:
    """Return the end of the customer service window, None if there is none; a late redelivery does not shorten it."""
    window = namespace_of(session.customer_id).window
    if window is None:
        return None
    # A provider's clock that is ahead of ours does not lengthen it.
    latest = max(min(message.sent_at, message.received_at) for message in spoken)
    until = from_ms(latest) + window
    return max(until, session.window_until) if session.window_until else until
