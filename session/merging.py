"""Merges two conversations of one customer. Pure: two sessions and a parcel in, a turn result out.

The older session wins: its id, times and agent stay. Histories and searches are interleaved by time, known facts of both are
kept, counters add up. Whoever waits for an agent, or is with one, still is; whoever has opted out still has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Any, Final, TypeVar

from session.agent_actions import AgentAction
from session.conversations import conversation_of, customer_of, scope_of
from session.dead_letters import ActionLetter
from session.event_values import Expiry, record_change, transition
from session.facts import KnownFacts
from session.marketing import Marketing
from session.merge_events import ConversationMoved, ConversationsMerged
from session.messages import Delivery
from session.models import Context, Notices, Session, State, Waiting
from session.outgoing import AFTER_ALL, TurnContext
from session.parcels import Parcel, belongs_to, route_to, timers_of
from session.policy import Policy
from session.printable import mask
from session.reading import read_marketing
from session.turn_result import TurnResult

_T = TypeVar("_T")

#: Of two open sessions the merged one has the state that comes first here.
_LIVELIEST: Final = (State.WAITING_AGENT, State.ACTIVE, State.IDLE, State.NEW, State.CLOSED)
#: Fields that are computed; of all others the winner's value is taken, or else the other's.
_COMPUTED: Final = frozenset({"id", "customer_id", "scope", "agent_id", "state", "format", "context"})


def merge_sessions(
    one: Session | None, other: Session | None, conversation: str, policy: Policy
) -> Session | None:
    """Return the session of a conversation in which two become one; None if there is neither.

    It does not matter which is given first, except between two that began at the same moment.
    """
    if one is None or other is None or State.CLOSED in (one.state, other.state):
        found = [session for session in (one, other) if session]
        if not found:
            return None
        # A closed session is over: of it only the counters of its customer would matter, and they begin anew with the next.
        best = min(
            found, key=lambda session: (session.state is State.CLOSED, -session.last_activity.timestamp())
        )
        return _named(best, conversation)
    older, newer = (one, other) if one.created_at <= other.created_at else (other, one)
    later, earlier = (older, newer) if _wrote_at(older) >= _wrote_at(newer) else (newer, older)
    holder = older if older.held_by else newer if newer.held_by else None
    fields: dict[str, Any] = {}
    for name in type(older).model_fields:
        if name not in _COMPUTED:
            mine = getattr(older, name)
            fields[name] = getattr(newer, name) if mine is None else mine
    fields |= {
        "state": min(older.state, newer.state, key=_LIVELIEST.index),
        "agent_id": holder.agent_id if holder else older.agent_id,
        "last_activity": max(older.last_activity, newer.last_activity),
        "message_count": older.message_count + newer.message_count,
        "search_count": older.search_count + newer.search_count,
        "route": later.route or earlier.route,
        "referral": later.referral or earlier.referral,
        "profile_name": later.profile_name or earlier.profile_name,
        "window_until": _either(older.window_until, newer.window_until, max),
        "waiting_since": _either(older.waiting_since, newer.waiting_since, min),
        "wait": _either(older.wait, newer.wait, Waiting.and_also),
        "held_by": holder.held_by if holder else None,
        "notices": Notices(messages_until=max(older.notices.messages_until, newer.notices.messages_until)),
        "campaign": max(
            filter(None, (older.campaign, newer.campaign)), key=lambda mark: mark.at, default=None
        ),
        "context": _contexts(older.context, newer.context, policy),
    }
    return _named(older.change(**fields), conversation)


def _wrote_at(session: Session) -> tuple[float, float]:
    """Return what is later for the session in which the customer wrote last."""
    window = session.window_until.timestamp() if session.window_until else 0.0
    return window, session.last_activity.timestamp()


def _named(session: Session, conversation: str) -> Session:
    return session.change(customer_id=customer_of(conversation), scope=scope_of(conversation))


def _either(one: _T | None, other: _T | None, choose: Callable[[_T, _T], _T]) -> _T | None:
    return choose(one, other) if one is not None and other is not None else one if other is None else other


def _contexts(older: Context, newer: Context, policy: Policy) -> Context:
    said = _by_time(older.message_history, newer.message_history)
    known = {entry.message_id for entry in older.message_history if entry.message_id}
    twice = {entry.message_id for entry in newer.message_history} & known
    once: list[Any] = []
    for entry in said:
        if entry.message_id in twice:
            if entry.message_id not in known:
                continue
            known.discard(entry.message_id)
        once.append(entry)
    searches = _by_time(older.search_history, newer.search_history)
    fields = {
        name: getattr(older, name) if getattr(older, name) is not None else getattr(newer, name)
        for name in type(older).model_fields
    }
    # Numbers select an option of the menu that was shown last.
    menus = [context for context in (older, newer) if context.offered]
    latest = max(menus, key=lambda context: context.offered_at or 0, default=older)
    fields |= {
        "message_history": tuple(once)[-policy.message_history :],
        "search_history": tuple(searches)[-policy.search_history :],
        "extracted_info": _facts(older.extracted_info, newer.extracted_info),
        "offered": latest.offered,
        "offered_at": latest.offered_at,
    }
    return older.model_copy(update=fields)


def _by_time(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    return list(merge(one, other, key=lambda entry: entry.timestamp))


def _facts(older: KnownFacts, newer: KnownFacts) -> KnownFacts:
    more = {name: value for name, value in newer.stored().items() if name not in older.stored()}
    try:
        return older.extended(more)
    except ValueError:  # together they are too long, or one of them is not valid beside the others
        return older


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge writes."""

    result: TurnResult
    cancelled: tuple[Delivery, ...] = ()  #: deliveries that came and will not be sent


def left(
    parcel: Parcel, action: AgentAction, now: datetime, policy: Policy, *, finished: Sequence[str]
) -> TurnResult:
    """Return the result of the turn in which a conversation ends because its customer is known by another name."""
    session = parcel.session_of(action.conversation)
    event = ConversationMoved(
        moved=mask(action.other),
        **_about(action),
        leaves=tuple(one.queued_at for one in parcel.waiting(action.conversation)),
        was=Expiry.of(session, policy) if session else None,
    )
    letters = parcel.letters(action.conversation, now)
    return TurnResult(consumed=1, event=event, finished=tuple(finished), dead=tuple(letters), waited=True)


def merged(
    parcel: Parcel,
    action: AgentAction,
    session: Session | None,
    context: TurnContext,
    *,
    opted_out: bool,
    finished: Sequence[str],
) -> Merged:
    """Return the result of the turn in which a conversation takes in another one of its customer."""
    policy, conversation = context.policy, action.conversation
    source = conversation_of(action.other, action.scope)
    came = parcel.session_of(source)
    if came and action.moved_to:
        came = came.change(
            route=route_to(came.route, action) if came.route else None, moved_from=customer_of(source)
        )
    after = merge_sessions(session, came, conversation, policy)
    held = session is not None and session.held_by is not None
    deliveries: list[Delivery] = []
    cancelled: list[Delivery] = []
    for one in parcel.waiting(source):
        stops = parcel.cancelled_by.stops(one) or parcel.cancelled_by.covers(one)
        if stops or (held and not one.by_agent):
            cancelled.append(one)
            continue
        fence = one.fence if one.fence == AFTER_ALL else context.fence
        route = route_to(one.route, action) if action.moved_to else one.route
        deliveries.append(belongs_to(conversation, one, fence=fence, route=route))
    out = opted_out or parcel.opted_out
    either_held = held or (came is not None and came.held_by is not None)
    timers = timers_of(parcel, action, context.timers, opted_out=out, held=either_held)
    was = Expiry.of(session, policy) if session else None
    kept, before = record_change(was, after, policy) if after else (None, None)
    event = ConversationsMerged(
        merged=mask(action.other),
        **_about(action),
        **timers.for_event(),
        changed=bool(action.moved_to),
        state=transition(session.state if session else None, after.state) if after else None,
        replied=tuple(one.id for one in deliveries),
        comes=tuple(one.queued_at for one in deliveries),
        dropped=tuple(one.id for one in cancelled),
        consent="out" if parcel.opted_out and not opted_out else None,
        kept=kept,
        was=before,
    )
    result = TurnResult(
        consumed=1,
        session=after,
        deliveries=tuple(deliveries),
        opted_out=out,
        consent="out" if parcel.opted_out and not opted_out else None,
        marketing=_later_wish(parcel, context),
        event=event,
        finished=tuple(finished),
        timers=timers,
        waited=session is None or session.state is State.WAITING_AGENT,
        # What the assistant has not sent yet is cancelled where an agent has the other conversation.
        silence="begins" if came and came.held_by and not held else None,
    )
    return Merged(result=result, cancelled=tuple(cancelled))


def _later_wish(parcel: Parcel, context: TurnContext) -> Marketing | None:
    """Return what the customer wished under the other name, if that is news here."""
    came, here = read_marketing(parcel.marketing), context.marketing
    return came if came and (here is None or came.at > here.at) else None


def came_without(action: AgentAction, session: Session | None, context: TurnContext, why: str) -> TurnResult:
    """Return the result of the turn that has waited long enough for another conversation."""
    event = ConversationsMerged(merged=mask(action.other), **_about(action), missing=True)
    letter = ActionLetter.of(action, why, context.now)
    waited = session is None or session.state is State.WAITING_AGENT
    return TurnResult(consumed=1, session=session, event=event, dead=(letter,), waited=waited)


def _about(action: AgentAction) -> dict[str, Any]:
    return {
        "received": (action.id,),
        "kinds": (action.type,),
        "channels": ("desk",),
        "came": (action.received_at,),
    }
