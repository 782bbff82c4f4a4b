"""The rules of what API clients and campaigns do. Pure: session, action and time in, effects out.

action  is declined if                                                   else
------  ---------------------------------------------------------------  -------------------------------------------------
SEND    the customer opted out: OPTED_OUT; it is marketing, and the      the reply is sent; a session begins if there is
        customer wishes none: MARKETING; the conversation is with a      none; nobody is silenced, and who has the
        person, and the client minds: HELD; the customer had another     conversation keeps it
        row of the campaign: TWICE; it is not known through
        which sender: SENDER; the customer service window is over, and
        it is no message template: WINDOW
AMEND   there is no session, or it is closed: GONE; more would be        the facts are known, or not known any more
        known than is kept, or a value cannot be: FULL

What an API client does as an agent does has the rules of `agent_rules`. A send of the client that has the conversation is
its answer: the customer does not wait any more.
"""

from datetime import datetime

from session.agent_actions import CAMPAIGN, AgentAction, Declined
from session.campaigns import had_another_row, marked
from session.conversations import namespace_of
from session.facts import KnownFacts
from session.machine import AgentAnswered, BusinessWrote, step
from session.messages import Route
from session.models import Session, State, new_session
from session.outgoing import Reached, TurnContext
from session.pauses import sender_of
from session.reported_actions import Done


def sent(
    session: Session | None, action: AgentAction, context: TurnContext, *, opted_out: bool
) -> Done | Declined:
    """Return what a SEND comes to."""
    now, policy = context.now, context.policy
    if opted_out:
        return Declined.OPTED_OUT
    if _is_unwanted(action, context):
        return Declined.MARKETING
    if action.unless_agent and session and session.state is State.WAITING_AGENT:
        return Declined.HELD
    if session and had_another_row(session, action):
        return Declined.TWICE
    way = way_of(session, action, context)
    if way is None:
        return Declined.SENDER
    if not action.says.template and is_late(session, action, way.route, context.now):
        return Declined.WINDOW
    begun = session or new_session(action.conversation, id=context.turn, now=now, agent_id=way.agent_id)
    after = step(begun, BusinessWrote(new_id=context.turn), now, policy)
    if after.route is None:
        after = after.change(route=way.route)
    if after.held_by == action.agent:
        after = step(after, AgentAnswered(agent_id=action.agent, keeps=True), now, policy)
    return Done(session=marked(after, action, now), reply=action.reply, route=way.route)


def amended(session: Session, action: AgentAction) -> Done | Declined:
    """Return what an AMEND comes to."""
    changes = dict.fromkeys(action.withdrawn) | action.known
    try:
        return Done(session=session.with_facts(KnownFacts, changes))
    except ValueError:
        return Declined.FULL


def _is_unwanted(action: AgentAction, context: TurnContext) -> bool:
    """Whether an action is marketing for a customer who wishes none."""
    template, wish = action.says.template, context.marketing
    if template is None or wish is None or wish.wish != "stop":
        return False
    return template.is_marketing(to_many=action.agent.startswith(CAMPAIGN))


def way_of(session: Session | None, action: AgentAction, context: TurnContext) -> Reached | None:
    """Return the way to the customer: the one on which the customer wrote last, unless another sender is named."""
    if session and session.route and action.sender in ("", sender_of(session.route)):
        return Reached(session.route, session.agent_id)
    return context.reach(action.customer, action.scope, action.sender)


def is_late(session: Session | None, action: AgentAction, route: Route, now: datetime) -> bool:
    """Whether no free-form reply may be sent. A window is open where the customer wrote, and through no other sender."""
    if namespace_of(action.customer).window is None:
        return False
    return session is None or session.route != route or not session.takes_free_form(now)
