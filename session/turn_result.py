"""The result of a turn: new session, deliveries, counts, event. Pure; it writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Self

from session import phrases
from session.admission import Admission
from session.campaigns import answered
from session.choosing import MOST, numbered
from session.dead_letters import AnyLetter, OverflowLetter
from session.event_values import record_change, transition
from session.events import ActionTaken, MessagesTaken
from session.hearing import Consent
from session.history import Role, entry
from session.limits import REPLIES, SEARCHES
from session.machine import Closed, Escalated, idle_timeout_at, step, waits_since
from session.marketing import Marketing
from session.merge_events import ConversationMoved, ConversationsMerged
from session.messages import Delivery, Message
from session.models import Offered, Session, State
from session.outgoing import TurnContext, are_billed, deliveries_of, room_in_outbox, said_in
from session.policy import Policy
from session.records import from_ms, to_ms
from session.replies import Button, Reply
from session.ringing import timers_after
from session.steps import early_replies, finished
from session.timer_changes import UNCHANGED, TimerChanges
from session.turn import Effects
from session.waiting import BACK, with_open, without_open

#: A customer without a session may still be in the waiting list: an expired record leaves its entry there.
_MAY_WAIT = frozenset({None, State.WAITING_AGENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """Everything that one turn writes, all or nothing."""

    consumed: int  #: messages taken from the head of the mailbox
    session: Session | None = None  #: None: there is none, and none is written
    deliveries: tuple[Delivery, ...] = ()
    uses: Mapping[str, int] = field(default_factory=dict)  #: what is counted, by the name of its limit
    said: int = 0  #: messages of the assistant that are billed, early replies included
    opted_out: bool = False  #: nothing may be sent
    consent: Consent | None = None  #: how this turn changed that
    marketing: Marketing | None = None  #: what the customer wishes about marketing messages from now on
    event: MessagesTaken | ActionTaken | ConversationMoved | ConversationsMerged  #: what happened
    dead: tuple[AnyLetter, ...] = ()  #: dead letters
    finished: tuple[str, ...] = ()  #: fields of its steps and early replies that are not needed any more
    timers: TimerChanges = UNCHANGED
    waited: bool = False  #: whether the conversation waited for an agent before
    #: whether unsent replies of the assistant are cancelled: "begins" with this turn, or "ends" the silence that began when
    #: an action arrived; None: no change
    silence: Literal["begins", "ends"] | None = None

    def idle_timeout_ms(self, policy: Policy) -> int:
        """Return when the session changes by itself if nothing more happens, in ms; 0 if it does not."""
        timeout = idle_timeout_at(self.session, policy) if self.session else None
        return to_ms(timeout) if timeout else 0

    def offered_at(self, now: datetime) -> Self:
        """Return it with the time, after the assistant answered, from which a number may select one of its options."""
        if not self.deliveries or self.session is None or not self.session.context.offered:
            return self
        return replace(self, session=self.session.change_context(offered_at=to_ms(now)))

    def waits_since_ms(self) -> int | None:
        """Return since when the conversation waits for an agent, in ms; None if it does not."""
        since = waits_since(self.session) if self.session else None
        return to_ms(since) if since else None


def settle(
    admission: Admission,
    effects: Effects,
    messages: Sequence[Message],
    context: TurnContext,
    *,
    dead: Sequence[AnyLetter] = (),
    unsent: int = 0,
    kept: Mapping[str, str] | None = None,
    begun: int = 0,
    interrupted: bool = False,
) -> TurnResult:
    """Apply the effects of the assistant to the admitted session; `unsent` replies already wait in the outbox.

    `messages` are all that the turn took, silent and limited ones included. `kept` are its steps and early replies; the
    latter are already queued. `begun` ids of deliveries are used, also by early replies whose answer was lost. `interrupted` says
    that the assistant was not listened to: an agent took over, or the customer wrote STOP.
    """
    now, policy = context.now, context.policy
    if admission.waiting:
        effects = replace(effects, closing=None)  # who waits for a person goes on waiting
    session, answers = answered(admission.session, messages, now)
    route = session.route if session else None
    timers = timers_after(admission, effects, messages, context, interrupted=interrupted)
    about = (
        about_messages(messages) | timers.for_event() | {"timers_void": admission.void, "answers": answers}
    )
    if session is None or route is None:
        return TurnResult(
            consumed=len(messages),
            session=session,
            opted_out=admission.opted_out,
            event=MessagesTaken(**about),
            dead=tuple(dead),
            timers=timers,
            waited=admission.before in _MAY_WAIT,
        )

    received = [message.id for message in messages]
    asked = tuple(one.id for one in admission.answer if one.id not in received)  # what was open
    said_early = early_replies(kept or {}, ids := [*received, *asked])
    for early in said_early:
        at, own = from_ms(early.at), next(iter(early.ids), "")
        session = session.with_entry(entry(Role.ASSISTANT, early.content, at=at, id=own), policy)
    for search in effects.searches:
        session = session.with_search(search, policy)
    session = _remembered(session, effects)

    if interrupted or effects.passed_on:
        # Whoever has come meanwhile, or is asked for, finds it open.
        missed = (one.id for one in admission.answer if not one.is_timer)
        session = with_open(session, missed, most=policy.message_history)
    elif session.state is not State.WAITING_AGENT:
        session = session.change(wait=None)  # whoever had come is gone again
    elif admission.waiting and (said_early or (effects.replies and not admission.opted_out)):
        session = without_open(session, (message.id for message in admission.answer))
    replies = [] if admission.opted_out else _replies(admission, effects, context, session)
    deliveries: list[Delivery] = []
    offered: list[Offered] = []
    unqueued: list[Delivery] = []
    came = min((message.received_at for message in messages), default=0)
    for reply in context.join(route, replies):
        if offered:
            reply = reply.model_copy(update={"first_number": len(offered) + 1})  # noqa: PLW2901
        parts = deliveries_of(
            context,
            reply,
            route=route,
            conversation=session.conversation,
            window_until=session.window_until,
            came=came,
            first=begun + len(deliveries),
        )
        if unqueued or len(deliveries) + len(parts) > room_in_outbox(unsent, policy):
            # Nothing after it either, so that the queued replies are always the first ones.
            unqueued.extend(parts)
            continue
        session = session.with_entry(entry(Role.ASSISTANT, said_in(reply), at=now, id=parts[0].id), policy)
        deliveries.extend(parts)
        offered += numbered(reply, [part.reply for part in parts])
    if offered:
        session = session.change_context(offered=tuple(offered[:MOST]))

    if effects.escalation is not None:
        session = step(session, Escalated(reason=effects.escalation), now, policy)
        if effects.tells_when and session.wait:
            session = session.change(wait=session.wait.model_copy(update={"said_when": True}))
    if effects.closing is not None:
        session = step(session, Closed(reason=effects.closing), now, policy)

    said = are_billed(route) * (len(deliveries) + sum(len(one.ids) for one in said_early))
    if unqueued:
        dead = [*dead, OverflowLetter.of(unqueued, now)]
    expiry, was = record_change(admission.was, session, policy)
    event = MessagesTaken(
        **about,
        asked=asked,
        escalated=effects.escalation,
        closed=effects.closing,
        created=session.id if admission.began else None,
        state=transition(admission.before, session.state),
        replied=tuple(delivery.id for delivery in deliveries),
        queued=deliveries[0].queued_at if deliveries else 0,
        interrupted=interrupted,
        budget=context.used_up if admission.answer else None,
        consent=admission.consent,
        limited=admission.limited,
        late=admission.late,
        searched=len(effects.searches),
        unqueued=len(unqueued),
        kept=expiry,
        was=was,
    )
    return TurnResult(
        consumed=len(messages),
        session=session,
        deliveries=tuple(deliveries),
        uses={
            **admission.uses,
            SEARCHES.name: len(effects.searches),
            REPLIES.name: said if REPLIES.counts_in(policy) else 0,
        },
        said=said,
        opted_out=admission.opted_out,
        consent=admission.consent,
        event=event,
        dead=tuple(dead),
        finished=tuple(finished(kept or {}, ids, session.wait.open if session.wait else ())),
        timers=timers,
        waited=admission.before in _MAY_WAIT,
    )


def about_messages(messages: Sequence[Message]) -> dict[str, Any]:
    """Return the fields of an event about the messages that a turn took."""
    return {
        "received": tuple(message.id for message in messages),
        "kinds": tuple(message.counted_as for message in messages),
        "channels": tuple(message.route.channel for message in messages),
        "came": tuple(message.received_at for message in messages),
    }


def _replies(admission: Admission, effects: Effects, context: TurnContext, session: Session) -> list[Reply]:
    language = session.context.language
    first = [Reply(text=phrases.welcome_back(language))] if admission.consent == "in" else []
    if admission.came_back and not admission.answer:
        first.append(Reply(text=phrases.here_again(language)))
    if admission.acknowledge:
        told = session.wait is not None and session.wait.said_when
        when = None if told else context.reachable.words(language, context.now)
        back = Button(id=BACK, title=phrases.back_button(language))
        first.append(Reply(text=phrases.awaited(language, when), buttons=(back,)))
    too_many = admission.refuse_for
    last = [] if too_many is None else [Reply(text=phrases.too_many_messages(language, too_many))]
    return [*first, *effects.replies, *last]


def _remembered(session: Session, effects: Effects) -> Session:
    if not (effects.remembered or effects.intent or effects.language):
        return session
    return session.change_context(
        extracted_info=session.context.extracted_info.updated_as(effects.facts, effects.remembered),
        intent=effects.intent or session.context.intent,
        language=effects.language or session.context.language,
    )
