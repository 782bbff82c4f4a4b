"""What follows when a budget is used up. Pure."""

from datetime import datetime

from session import phrases
from session.admission import Admission
from session.limits import REPLIES, Usages
from session.messages import Route
from session.outgoing import are_billed
from session.pauses import sender_of
from session.policy import Policy
from session.replies import Reply
from session.spending import Budget, Spent, Whose
from session.turn import Effects


def used_up(
    route: Route, usages: Usages, spent: Spent, now: datetime, policy: Policy, *, sender: Budget, day: Budget
) -> Whose | None:
    """Return whose budget has nothing left for a customer on a route: by the uses at the start of a turn, and what was spent.

    `sender` is the budget of its sender, `day` that of all of them. None: whatever is said is within all budgets.
    """
    if not are_billed(route):
        return None
    if not usages.allowance(REPLIES, now, policy).allowed:
        return Whose.CUSTOMER
    if spent.uses_up(sender, now, sender=sender_of(route)):
        return Whose.SENDER
    return Whose.DAY if spent.uses_up(day, now) else None


def merges(whose: Whose | None, policy: Policy) -> bool:
    """Whether all replies of a turn must become one message, as far as that is possible."""
    return whose is not None and policy.budget_then == "merge"


def in_place_of_the_assistant(admission: Admission, whose: Whose | None, policy: Policy) -> Effects | None:
    """Return what is done instead of asking the assistant: a person is asked for. None if the assistant is asked.

    A customer who has written is told so, which is one more message; nobody waits for what a timer would have said.
    """
    session = admission.session
    if whose is None or policy.budget_then != "agent" or session is None:
        return None
    told = (
        []
        if admission.answer[0].is_timer
        else [Reply(text=phrases.a_person_answers(session.context.language))]
    )
    return Effects(replies=told, escalation=whose.reason, passed_on=True)
