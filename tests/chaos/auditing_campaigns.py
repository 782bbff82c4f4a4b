"""Audits campaigns: each row is sent once or has a reason, none after a STOP or a wish was known, and outcomes are what was seen."""

from collections import Counter, defaultdict

from session.agent_actions import CAMPAIGN
from session.campaign_outcomes import Outcome, OutcomeState
from session.campaigns import CampaignState, id_of
from session.events import ActionTaken, MessagesTaken, StatusNoted
from tests.chaos.campaigns import Mailing, campaigns_on, text_of
from tests.chaos.findings import Findings
from tests.chaos.ledger import START, STOP, Customer
from tests.chaos.said import OFFER
from tests.chaos.story import Retold
from tests.chaos.system import System

#: The states of a row that has reached its customer, and what a status makes of it.
_ARRIVED = {OutcomeState.SENT, OutcomeState.DELIVERED, OutcomeState.READ}
_OF_STATUS = {
    "read": OutcomeState.READ,
    "delivered": OutcomeState.DELIVERED,
    "failed": OutcomeState.FAILED,
    "sent": OutcomeState.SENT,
}


def audit_campaigns(system: System, told: Retold, found: Findings) -> None:
    """Compare every row with what reached its customer, with what was posted, and with what an operator is told of it."""
    seen = _Seen(told)
    states: Counter[OutcomeState] = Counter()
    answered = 0
    with system.client() as client:
        campaigns = campaigns_on(client, system)
        for mailing in [one for one in told.ledger.mailings if one.started_at is not None]:
            name = mailing.campaign.name
            shown = campaigns.show(name)
            if mailing.runs and (shown.state, shown.total) != (CampaignState.DONE, len(mailing.recipients)):
                found.add("campaigns", name, f"it has {len(mailing.recipients)} rows, and is {shown}")
            outcomes = {one.row: one for one in campaigns.every_outcome(name)}
            for row, recipient in mailing.rows:
                for what in seen.wrong_about(mailing, row, outcomes[row]):
                    found.add("campaigns", recipient.customer, f"{name}, row {row}: {what}")
            states.update(one.state for one in outcomes.values())
            answered += sum(one.answered is not None for one in outcomes.values())
    found.figures |= {
        "rows": states.total(),
        "rows held back": states[OutcomeState.HELD_BACK],
        "rows delivered": sum(states[state] for state in _ARRIVED),
        "rows declined": states[OutcomeState.DECLINED],
        "rows answered": answered,
    }


class _Seen:
    """What events and the simulator say of rows."""

    def __init__(self, told: Retold) -> None:
        self._told = told
        self._arrivals: defaultdict[str, set[str]] = defaultdict(set)
        for arrival in told.seen.arrivals:
            self._arrivals[arrival.text].add(arrival.delivery)
        self._turns: dict[str, ActionTaken] = {}
        self._statuses: defaultdict[str, set[OutcomeState]] = defaultdict(set)
        self._answers: Counter[str] = Counter()
        for event in [record.event for record in told.seen.events]:
            match event:
                case ActionTaken(action_id=id_) if id_.startswith(CAMPAIGN):
                    self._turns[id_] = event
                case StatusNoted(delivery=id_, again=False) if event.status in _OF_STATUS:
                    self._statuses[id_].add(_OF_STATUS[event.status])
                case MessagesTaken(answers=str(row)):
                    self._answers[row] += 1

    def wrong_about(self, mailing: Mailing, row: int, outcome: Outcome) -> list[str]:
        """Return what is wrong with a row."""
        name, recipient = mailing.campaign.name, mailing.recipients[row - 1]
        id_, wrong = id_of(name, row), list[str]()
        turn, arrived = self._turns.get(id_), self._arrivals[text_of(name, row)]
        if mailing.is_held_back(row):
            if turn or arrived:
                wrong.append(f"it is held back, and was sent: {arrived or turn}")
        elif turn is None and mailing.runs:
            wrong.append("it has had no turn")
        if arrived - {f"{id_}.0"}:
            wrong.append(f"it arrived as {sorted(arrived)}")
        if turn and not turn.declined and (why := self._unwanted(mailing, row, min(turn.came))):
            wrong.append(f"it was handed over after {why}")
        if outcome.customer != recipient.customer:
            wrong.append(f"its customer is {outcome.customer}")
        if outcome.state is not (must := self._state(mailing, row, turn)):
            wrong.append(f"by the events it is {must}, an operator is told {outcome}")
        if outcome.state is OutcomeState.DECLINED and turn and outcome.reason != turn.declined:
            wrong.append(f"it was declined as {turn.declined}, an operator is told {outcome}")
        reply = self._told.replies.get(f"{id_}.0")
        excused = reply and (reply.cancelled or reply.stopped or reply.held)
        if bool(arrived) != (outcome.state in _ARRIVED) and not excused:
            wrong.append(f"the provider has got {sorted(arrived)}, an operator is told {outcome}")
        if (outcome.answered is not None) != bool(self._answers[f"{name}:{row}"]):
            wrong.append(f"{self._answers[f'{name}:{row}']} turns answer it, an operator is told {outcome}")
        return wrong

    def _state(self, mailing: Mailing, row: int, turn: ActionTaken | None) -> OutcomeState:
        """Return how far a row has come by the events."""
        id_ = f"{id_of(mailing.campaign.name, row)}.0"
        reply, statuses = self._told.replies.get(id_), self._statuses[id_]
        if turn is None:
            return OutcomeState.HELD_BACK if mailing.is_held_back(row) else OutcomeState.WAITING
        if turn.declined:
            return OutcomeState.DECLINED
        if reply is None or reply.left is None:
            return OutcomeState.HANDED_OVER
        own = OutcomeState.FAILED if reply.held else OutcomeState.SENT
        return max(
            (OutcomeState.CANCELLED if reply.cancelled or reply.stopped else own, *statuses),
            key=list(OutcomeState).index,
        )

    def _unwanted(self, mailing: Mailing, row: int, at: int) -> str:
        """Return why a row that was handed over at a time, in ms, must not be sent; "" if nothing was in the way."""
        customer = self._told.ledger.customers[mailing.recipients[row - 1].customer]
        if _holds([(one.word == STOP, one) for one in customer.posts if one.word in (STOP, START)], at):
            return "a STOP"
        is_offer = mailing.campaign.template == OFFER["name"]
        return "the customer stopped marketing messages" if is_offer and _no_marketing(customer, at) else ""


def _no_marketing(customer: Customer, at: int) -> bool:
    return _holds([(wish.stops, wish) for wish in customer.wishes], at)


def _holds(said: list, at: int) -> bool:
    """Whether a stop was known at a time, and nothing else had been begun to be said since."""
    known = [
        place for place, (stops, one) in enumerate(said) if stops and one.ok_at and 1000 * one.ok_at < at
    ]
    return bool(known) and all(stops or 1000 * one.began_at > at for stops, one in said[known[-1] :])
