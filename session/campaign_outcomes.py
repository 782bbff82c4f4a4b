"""What became of each row of a campaign: from events to tokens as they are stored, and from tokens to outcomes. Pure.

A token is a letter, the time in seconds since the epoch (base 36), and perhaps more behind a comma; tokens are apart by ";":
"st5k2a1;dt5k2a3;et5k2a3,3600 USD". Their order does not matter.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from session.agent_actions import CAMPAIGN, AgentActionType, Declined
from session.campaigns import Campaign, is_held_back, row_of
from session.delivery_events import ReplyCancelled, ReplyFailed, ReplySent, StatusNoted
from session.event_records import EventRecord
from session.events import NO_MARKETING, OPTED_OUT, ActionTaken, AnyEvent, MessagesTaken
from session.messages import DeliveryState
from session.prices import Cost

_APART: Final = ";"
#: Seven digits are enough until the year 4453; what has more of them is a time that nothing can show.
_TOKEN: Final = re.compile(r"([a-z])([0-9a-z]{1,7})(?:,([^;]{0,64}))?")
#: A row of which so many characters are said gets no more of them: a provider may report a status without end.
_ENOUGH: Final = 400
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
#: What a customer does not want is not sent, and does not fail.
_UNWANTED: Final = {OPTED_OUT: Declined.OPTED_OUT.value, NO_MARKETING: Declined.MARKETING.value}
#: What a provider or a rule names as a reason is a word, which no spreadsheet takes for a formula.
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


class OutcomeState(StrEnum):
    """How far a row has come. One that is later in this list has come further."""

    WAITING = "waiting"  # it was not handed over yet
    FORGOTTEN = "forgotten"  # its customer was forgotten, and nothing is known of it
    HELD_BACK = "held_back"  # it belongs to the share that is not sent
    HANDED_OVER = "handed_over"  # it has its turn, or waits in the outbox
    DECLINED = "declined"  # its turn has come, and it is not sent; the reason is a `Declined`
    CANCELLED = "cancelled"  # a STOP, a wish for no marketing, or an agent came before the send
    SENT = "sent"  # accepted by the provider
    FAILED = "failed"  # the reason is the provider's code
    DELIVERED = "delivered"
    READ = "read"


_ORDER: Final = list(OutcomeState)
#: The state that each letter stands for; a "t" is its turn, an "a" an answer, an "e" an expense.
_STATES: Final[Mapping[str, OutcomeState]] = {
    "x": OutcomeState.DECLINED,
    "c": OutcomeState.CANCELLED,
    "s": OutcomeState.SENT,
    "f": OutcomeState.FAILED,
    "d": OutcomeState.DELIVERED,
    "r": OutcomeState.READ,
}
_OF_STATUS: Final[Mapping[str, str]] = {
    DeliveryState.SENT: "s",
    DeliveryState.DELIVERED: "d",
    DeliveryState.READ: "r",
    DeliveryState.FAILED: "f",
}
#: States that have a reason.
_WITH_REASON: Final = frozenset({OutcomeState.DECLINED, OutcomeState.CANCELLED, OutcomeState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one row. Times are in ms since the epoch, to the second; None: that has not happened."""

    row: int
    customer: str  #: "" once the customer is forgotten
    state: OutcomeState
    reason: str = ""  #: of one that was declined, cancelled or failed: a word, or the provider's code
    sent: int | None = None
    delivered: int | None = None
    read: int | None = None
    answered: int | None = None  #: when the customer wrote next
    cost: Cost | None = None  #: None: it has cost nothing, or that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of all rows of a campaign, or of some."""

    count: int = 0  #: rows
    by_state: Mapping[OutcomeState, int] = field(default_factory=dict)
    #: how many rows of a state have each reason, the most frequent first; only states that have one
    reasons: Mapping[OutcomeState, Mapping[str, int]] = field(default_factory=dict)
    answered: int = 0
    costs: tuple[Cost, ...] = ()  #: one for each currency


#: Tokens by campaign and row.
Tokens = Mapping[str, Mapping[int, str]]


def tokens_of(records: Iterable[EventRecord]) -> Tokens:
    """Return what events add to the outcomes of campaigns. Events that cannot be read, and others, add nothing."""
    found: dict[str, dict[int, str]] = {}
    for record in records:
        for id_, letter, more in _told(record.event):
            if of := row_of(id_):
                name, row = of
                said = found.setdefault(name, {}).get(row, "")
                if len(said) < _ENOUGH:
                    token = f"{letter}{_base36(record.at // 1000)}{f',{more}' if more else ''}"
                    found[name][row] = f"{said}{_APART}{token}" if said else token
    return found


def read_outcome(texts: Iterable[str], *, campaign: Campaign, row: int, customer: str) -> Outcome:
    """Return what became of a row, by its tokens in every shard; what is no token is passed over."""
    times: dict[str, int] = {}
    reasons: dict[str, str] = {}
    costs: Counter[str] = Counter()
    for letter, at, more in (token for text in texts for token in _tokens_in(text)):
        times[letter] = min(at, times.get(letter, at))
        reasons[letter] = more or reasons.get(letter, "")
        if letter == "e" and (cost := Cost.read(more)):
            costs[cost.currency] += cost.micros
    letters = [letter for letter in times if letter in _STATES]
    last = max(letters, key=lambda letter: _ORDER.index(_STATES[letter]), default="")
    state = _STATES[last] if last else _without_tokens(campaign, row, customer, had_turn="t" in times)
    return Outcome(
        row=row,
        customer=customer,
        state=state,
        reason=reasons[last] if state in _WITH_REASON else "",
        sent=times.get("s"),
        delivered=times.get("d"),
        read=times.get("r"),
        answered=times.get("a"),
        cost=next((Cost(micros=micros, currency=currency) for currency, micros in costs.items()), None),
    )


def summarize(outcomes: Iterable[Outcome]) -> Summary:
    """Return the sums of outcomes."""
    count = answered = 0
    states: Counter[OutcomeState] = Counter()
    reasons: dict[OutcomeState, Counter[str]] = {}
    costs: Counter[str] = Counter()
    for one in outcomes:
        count += 1
        states[one.state] += 1
        if one.reason:
            reasons.setdefault(one.state, Counter())[one.reason] += 1
        answered += one.answered is not None
        if one.cost:
            costs[one.cost.currency] += one.cost.micros
    return Summary(
        count=count,
        by_state={state: states[state] for state in OutcomeState if states[state]},
        reasons={state: dict(found.most_common()) for state, found in reasons.items()},
        answered=answered,
        costs=tuple(Cost(micros=micros, currency=currency) for currency, micros in sorted(costs.items())),
    )


def _told(event: AnyEvent) -> Iterator[tuple[str, str, str]]:
    """Yield what an event tells of a row: an id, a letter, and what stands behind it."""
    match event:
        case ActionTaken(action=AgentActionType.SEND, declined=str(why)):
            yield event.action_id, "x", _word(why, Declined.FAILED)
        case ActionTaken(action=AgentActionType.SEND):
            yield event.action_id, "t", ""
        case ReplySent():
            yield event.delivery, "s", ""
        case ReplyFailed(failed=failed):
            unwanted = _UNWANTED.get(failed)
            code = unwanted or _word(failed.partition(":")[0], "refused")
            yield event.delivery, "c" if unwanted else "f", code
        case ReplyCancelled():
            for delivery in event.cancelled:
                yield delivery, "c", "taken_over"
        case StatusNoted(again=False):
            if letter := _OF_STATUS.get(event.status):
                yield event.delivery, letter, _word(event.code or "", "failed") if letter == "f" else ""
            if event.billed and event.cost and (cost := Cost.read(event.cost)):
                yield event.delivery, "e", str(cost)
        case MessagesTaken(answers=str(row)):
            yield f"{CAMPAIGN}{row}", "a", ""


def _tokens_in(text: str) -> Iterator[tuple[str, int, str]]:
    for part in text.split(_APART):
        if found := _TOKEN.fullmatch(part):
            yield found[1], 1000 * int(found[2], 36), found[3] or ""


def _without_tokens(campaign: Campaign, row: int, customer: str, *, had_turn: bool) -> OutcomeState:
    if is_held_back(campaign.name, row, campaign.hold_back):
        return OutcomeState.HELD_BACK
    if not customer:
        return OutcomeState.FORGOTTEN
    return OutcomeState.HANDED_OVER if had_turn or row <= campaign.position else OutcomeState.WAITING


def _word(text: str, otherwise: str) -> str:
    return text if _WORD.fullmatch(text) else otherwise


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"
