"""Campaigns: one message template to many customers, one row for each. Pure.

A campaign rides on what exists: each row becomes one SEND in the intake, whose id follows from the names of campaign and row. So
whatever is repeated, a crash or a click, is dropped as a known id.

state    what follows
-------  ---------------------------------------------------------------------------------------------------
loading  its rows are being stored; it cannot start yet
new      it can start
running  its rows are handed over, in their order
paused   nothing is handed over until it is started again; `why` says why
done     all rows were handed over
removed  nothing of it is left but its name, which is taken until providers and mailboxes know its ids no more
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha1
from typing import Annotated, Final, Self

from pydantic import Field

from session.agent_actions import CAMPAIGN, AgentAction, AgentActionType
from session.conversations import is_customer
from session.errors import InturnError
from session.messages import Message
from session.models import CampaignMark, Session
from session.records import Ms, Record, from_ms, to_ms
from session.replies import Reply
from session.templates import MOST_BUTTONS, Header, Language, Name, Template, TemplateButton

#: The most rows of a campaign, and the highest share of them that is held back, in per cent.
MOST_ROWS: Final = 1_000_000
MOST_HELD_BACK: Final = 90
#: A customer who writes within so long after a row has answered it.
ANSWERS_WITHIN: Final = timedelta(days=7)
#: Characters of a name. It is a part of the ids of deliveries, and a hash keeps its order only while its fields are short: see
#: `keep_newest` in session/lua/shared.lua.
LONGEST_NAME: Final = 40
#: Why a campaign is paused that somebody has paused; the name follows.
PAUSED_BY: Final = "paused by "
_NAME: Final = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_ID: Final = re.compile(rf"{CAMPAIGN}({_NAME.pattern}):([1-9][0-9]{{0,6}})(?:\.[0-9]+)?")


class NoSuchCampaign(InturnError):
    """Raised when there is no campaign with a name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no campaign {name}")


class CampaignRefused(InturnError):
    """Raised when a campaign cannot do what is asked, in its state; the message says why."""


class CampaignState(StrEnum):
    """How far a campaign is."""

    LOADING = "loading"
    NEW = "new"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    REMOVED = "removed"


class Recipient(Record):
    """One row: a customer, and the parameters of the template as `Template` takes them."""

    customer: str
    header: Header = None
    body: tuple[str, ...] | dict[str, str] = ()
    buttons: tuple[TemplateButton, ...] = Field((), max_length=MOST_BUTTONS)

    def parameters(self) -> str:
        """Return everything but the customer as compact JSON; "" if there is nothing."""
        said = self.model_dump_json(
            by_alias=True, exclude={"customer"}, exclude_defaults=True, exclude_none=True
        )
        return "" if said == "{}" else said

    @classmethod
    def of(cls, customer: str, parameters: str) -> Self:
        """Return a row from its customer and what `parameters` has written. Raises `ValueError` for anything else."""
        given = cls.model_validate_json(parameters.replace("{", '{"customer":"",', 1)) if parameters else None
        return given.model_copy(update={"customer": customer}) if given else cls(customer=customer)


class Campaign(Record):
    """A campaign, without its rows."""

    name: str
    template: Name
    language: Language
    sender: str = Field(min_length=1)  #: "<channel>:<sender>", through which it is sent
    scope: str = ""  #: of the sender
    state: CampaignState = CampaignState.LOADING
    why: str = ""  #: of a pause; while it is running: of a wait
    total: int = Field(0, ge=0, le=MOST_ROWS)  #: the number of its last row
    left_out: int = Field(0, ge=0)  #: lines that did not become rows, when it was loaded
    #: the share of rows that is not sent, in per cent: what these customers do shows what the campaign brings
    hold_back: Annotated[int, Field(ge=0, le=MOST_HELD_BACK)] = 0
    position: int = Field(0, ge=0)  #: the last row that was handed over, or passed over
    by: str = ""  #: who made it
    created: Ms = 0
    started: Ms = 0  #: for the first time; 0: it has not been started
    ended: Ms = 0  #: when the last row was handed over, or it was removed

    @property
    def runs(self) -> bool:
        """Whether its rows are being handed over."""
        return self.state is CampaignState.RUNNING

    def ready(self, total: int, left_out: int) -> Self:
        """Return it with all its rows stored."""
        if self.state is not CampaignState.LOADING:
            raise CampaignRefused(f"the campaign {self.name} has been loaded already")
        if not total:
            raise CampaignRefused(f"the campaign {self.name} has no recipient")
        return self._become(CampaignState.NEW, total=total, left_out=left_out)

    def run(self, now: datetime) -> Self:
        """Return it running; the same if it is. Raises `CampaignRefused` if it cannot be started."""
        match self.state:
            case CampaignState.RUNNING:
                return self
            case CampaignState.NEW | CampaignState.PAUSED:
                return self._become(CampaignState.RUNNING, why="", started=self.started or to_ms(now))
        raise CampaignRefused(f"the campaign {self.name} cannot be started: it is {self.state}")

    def pause(self, why: str) -> Self:
        """Return it paused; the same if it is. Raises `CampaignRefused` if it is not running."""
        match self.state:
            case CampaignState.PAUSED:
                return self
            case CampaignState.RUNNING:
                return self._become(CampaignState.PAUSED, why=why)
        raise CampaignRefused(f"the campaign {self.name} cannot be paused: it is {self.state}")

    def wait(self, why: str) -> Self:
        """Return it with the reason why nothing is handed over for now; the same unless it is running."""
        return self.model_copy(update={"why": why}) if self.runs else self

    def hand_over(self, position: int, now: datetime, *, ends: bool) -> Self:
        """Return it with the rows up to `position` handed over; `ends` says that these are all, whatever its state."""
        after = self.wait("").model_copy(update={"position": max(self.position, position)})
        return after._become(CampaignState.DONE, why="", ended=to_ms(now)) if ends else after  # noqa: SLF001

    def remove(self, now: datetime) -> Self | None:
        """Return what stays of it when it is removed: a taken name, or None if none of its ids was used.

        Raises `CampaignRefused` while it is running.
        """
        if self.runs:
            raise CampaignRefused(f"the campaign {self.name} is running: pause it first")
        return self._become(CampaignState.REMOVED, ended=to_ms(now)) if self.started else None

    def is_same(self, other: "Campaign") -> bool:
        """Whether another one would send the same: everything but its rows, its progress and who made it."""
        told = {"name", "template", "language", "sender", "scope", "hold_back"}
        return self.model_dump(include=told) == other.model_dump(include=told)

    def _become(self, state: CampaignState, **more: object) -> Self:
        return self.model_copy(update={"state": state, **more})


def is_name(name: str) -> bool:
    """Whether a campaign may have a name: lower-case letters, digits, - and _, at most 40."""
    return _NAME.fullmatch(name) is not None


def id_of(name: str, row: int) -> str:
    """Return the id of the action of a row; its deliveries have it with a number behind."""
    return f"{CAMPAIGN}{name}:{row}"


def row_of(id_: str) -> tuple[str, int] | None:
    """Return the campaign and the row of an action or a delivery by its id; None if it is of no campaign."""
    found = _ID.fullmatch(id_) if id_.startswith(CAMPAIGN) else None
    return (found[1], int(found[2])) if found else None


def is_held_back(name: str, row: int, percent: int) -> bool:
    """Whether a row belongs to the share that is held back. `take_campaign.lua` computes the same."""
    digest = sha1(f"{name}:{row}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % 100 < percent


def template_of(campaign: Campaign, recipient: Recipient) -> Template:
    """Return the template with the parameters of a row. Raises `ValueError` for what no parameter can be."""
    given = {"header": recipient.header, "body": recipient.body, "buttons": recipient.buttons}
    return Template(name=campaign.template, language=campaign.language, **given)


def check_rows(campaign: Campaign, recipients: Iterable[Recipient]) -> None:
    """Raise `ValueError` for a row without a customer, or with what no parameter can be; it names no customer."""
    for recipient in recipients:
        if not is_customer(recipient.customer):
            raise ValueError("a row whose customer is none")
        template_of(campaign, recipient)


def action_of(campaign: Campaign, row: int, recipient: Recipient, now: datetime) -> AgentAction:
    """Return what is done for a row. Raises `ValueError` for what no parameter can be."""
    return AgentAction(
        type=AgentActionType.SEND,
        id=id_of(campaign.name, row),
        customer=recipient.customer,
        scope=campaign.scope,
        agent=f"{CAMPAIGN}{campaign.name}",
        received_at=to_ms(now),
        reply=Reply(template=template_of(campaign, recipient)),
        sender=campaign.sender,
        # It does not talk into what a person and a customer say to each other.
        unless_agent=True,
    )


def had_another_row(session: Session, action: AgentAction) -> bool:
    """Whether a row is of a campaign of which its customer had another one, as far as the session knows: under another name."""
    own = row_of(action.id)
    mark = f"{CAMPAIGN}{session.campaign.row}" if session.campaign else ""
    said = map(row_of, (mark, *(one.message_id for one in session.context.message_history)))
    return own is not None and any(one and one != own and one[0] == own[0] for one in said)


def marked(session: Session, action: AgentAction, now: datetime) -> Session:
    """Return a session that remembers which row of a campaign was said to its customer, if an action is one."""
    if not action.agent.startswith(CAMPAIGN):
        return session
    return session.change(campaign=CampaignMark(row=action.id.removeprefix(CAMPAIGN), at=to_ms(now)))


def answered(
    session: Session | None, messages: Iterable[Message], now: datetime
) -> tuple[Session | None, str | None]:
    """Return a session after messages, and which row of a campaign they answer, "<campaign>:<number>"; None for none.

    Only the first messages after a row answer it.
    """
    mark = session.campaign if session else None
    if session is None or mark is None or all(message.is_timer for message in messages):
        return session, None
    in_time = now - from_ms(mark.at) <= ANSWERS_WITHIN
    return session.change(campaign=None), mark.row if in_time else None
