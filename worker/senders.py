"""The senders of the business, the numbers and accounts through which it writes: who answers on each, in which records it searches, and whom it lets in.

A deployment with one business needs no file. With several, `SENDERS_FILE` names one, see `worker.senders_file`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Annotated, Final, Literal

from loguru import logger
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from session.consulting import Assistant
from session.faq import NO_FAQ, Faq
from session.hours import ALWAYS, Hours
from session.messages import Route
from session.outgoing import are_billed
from session.pauses import sender_of
from session.rates import NO_RATES, Rates
from session.spending import NO_BUDGET, Budget
from session.templates import Language, Name

Access = Literal["open", "members"]
#: What follows when a customer writes while an assistant is at work: the message waits for the next turn, the turn begins
#: anew with it, or an assistant that asks for it gets it in the same turn.
OnNewMessage = Literal["after", "restart", "join"]
#: What follows when a customer writes who waits for a person: the message waits, or the assistant may answer it meanwhile.
WhileWaiting = Literal["silent", "assist"]
#: Seconds for which a turn waits for further messages after each; a minute at most.
GatherSeconds = Annotated[float, Field(ge=0, le=60)]

#: Messages of campaigns a second, and unique customers of campaigns in 24 hours.
PerSecond = Annotated[float, Field(ge=0.01, le=1000)]
CustomersPerDay = Annotated[int, Field(ge=1, le=100_000_000)]


class CampaignPace(BaseModel):
    """How fast campaigns of a sender go out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_second: PerSecond = 20  #: messages; 20 is what a number in coexistence with the business app may send
    customers_per_day: CustomersPerDay = (
        250  #: unique customers in any 24 hours; 250 is the lowest tier of Meta
    )


#: The pace of a sender that has none of its own.
USUAL_PACE: Final = CampaignPace()


class AfterWindow(BaseModel):
    """The message template that is sent in the place of a free-form reply after the customer service window."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    template: Name
    language: Language


def after_window_in(value: str) -> AfterWindow | None:
    """Return what `name:language` says, None for "". Raises `ValueError` for anything else."""
    name, separator, language = value.partition(":")
    if not value:
        return None
    try:
        return AfterWindow(template=name, language=language if separator else "")
    except ValidationError:
        raise ValueError(
            f"must be the name of a message template and its language, note:en; it is {value[:80]!r}"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One sender of the business."""

    assistant: Assistant
    assistant_name: str = ""  #: "package.module:name"
    kind: str = ""  #: of the records that it searches
    agent_id: str = "default"  #: of new sessions
    access: Access = "open"
    scope: str = ""
    on_new_message: OnNewMessage = "after"
    while_waiting: WhileWaiting = "silent"
    gather: timedelta = timedelta()  #: for how long a turn waits for further messages; zero: it does not
    join_replies: bool | None = (
        None  #: whether those of a turn become fewer messages; None: if the provider bills each
    )
    after_window: AfterWindow | None = None
    hours: Hours = ALWAYS  #: when timers of its conversations may ring, and its campaigns go out
    faq: Faq = NO_FAQ  #: what the business answers about itself
    rates: Rates = NO_RATES  #: what other currencies are in pounds
    campaigns: CampaignPace = USUAL_PACE
    budget: Budget = NO_BUDGET  #: of a day, for all its conversations together

    @property
    def assists(self) -> bool:
        """Whether the assistant is asked while a customer waits for a person: it must say `while_waiting = True` of itself."""
        return self.while_waiting == "assist" and bool(getattr(self.assistant, "while_waiting", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """All senders, by name; others have the default values."""

    usual: Sender
    named: Mapping[str, Sender]
    #: the senders that the settings name, one of each channel that can send; those of the file are besides
    own: frozenset[str] = frozenset()

    @property
    def all(self) -> tuple[Sender, ...]:
        """All of them, the usual one first."""
        return (self.usual, *self.named.values())

    def of(self, route: Route) -> Sender:
        """Return the sender through which a customer wrote."""
        return self.named.get(sender_of(route), self.usual)

    def assistant_of(self, sender: str) -> str:
        """Return the name of the assistant that answers at a sender, "<channel>:<name>"."""
        return self.named.get(sender, self.usual).assistant_name

    def gather_of(self, route: Route) -> timedelta:
        """Return for how long turns wait for further messages of a customer who wrote through a sender."""
        return self.of(route).gather

    def joins_replies(self, route: Route) -> bool:
        """Return whether the replies of a turn become fewer messages on a route."""
        joins = self.of(route).join_replies
        return are_billed(route) if joins is None else joins

    @property
    def have_budgets(self) -> bool:
        """Whether any of them has a budget."""
        return any(one.budget for one in self.all)

    @property
    def restart(self) -> bool:
        """Whether the turns of any of them begin anew with a message."""
        return any(one.on_new_message == "restart" for one in self.all)

    @property
    def assist(self) -> bool:
        """Whether the assistant of any of them may be asked while a person is awaited."""
        return any(one.assists for one in self.all)

    async def close(self) -> None:
        """Close what the assistants have opened: each may be an object with a coroutine function `close`."""
        for assistant in {id(one.assistant): one.assistant for one in self.all}.values():
            close = getattr(assistant, "close", None)
            if not iscoroutinefunction(close):
                continue
            try:
                await close()
            except Exception as error:  # noqa: BLE001  (the others are closed all the same)
                logger.opt(exception=error).error("an assistant could not be closed")
