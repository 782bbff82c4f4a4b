"""Campaigns as the API shows them. Pure."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from session.campaign_outcomes import Outcome, OutcomeState, Summary
from session.campaigns import Campaign, CampaignState, id_of
from session.records import from_ms


class ShownCampaign(BaseModel):
    """A campaign."""

    name: str
    template: str
    language: str
    sender: str
    scope: str
    hold_back: int = Field(description="In per cent.")
    state: CampaignState = Field(
        description="`loading`: recipients can be added; `new`: it can be started; `running`; `paused`; `done`: all was handed over."
    )
    why: str | None = Field(None, description="Of a pause.")
    total: int = Field(description="The number of its last row; 0 while it is being loaded.")
    position: int = Field(description="The last row that was handed over.")
    by: str = Field(description="Who made it.")
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


class CampaignList(BaseModel):
    """A page of campaigns."""

    campaigns: list[ShownCampaign]
    next: str | None = Field(None, description="The cursor of the next page; null: there is none.")


class Added(BaseModel):
    """What became of the recipients of a request."""

    added: int
    known: int = Field(description="Customers who have a row already, or stood there twice.")


class Amount(BaseModel):
    """An amount of money."""

    micros: int = Field(description="Millionths of the currency.")
    currency: str


class CampaignSummary(BaseModel):
    """What became of all rows."""

    rows: int
    states: dict[OutcomeState, int] = Field(description="How many rows are in which state.")
    answered: int
    costs: list[Amount] = Field(description="One for each currency.")


class ShownOutcome(BaseModel):
    """What became of one row."""

    row: int
    action_id: str = Field(description="As events and hooks name it; the replies are `<action_id>.<n>`.")
    customer: str | None = Field(None, description="Null once the customer is forgotten.")
    state: OutcomeState
    reason: str | None = Field(None, description="Of one that was declined, cancelled or failed.")
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    answered_at: datetime | None = None
    cost: Amount | None = None


class OutcomeList(BaseModel):
    """A page of outcomes."""

    outcomes: list[ShownOutcome]
    next: str | None = Field(None, description="The cursor of the next page; null: there is none.")


def shown(campaign: Campaign) -> ShownCampaign:
    """Return a campaign."""
    return ShownCampaign(
        name=campaign.name,
        template=campaign.template,
        language=campaign.language,
        sender=campaign.sender,
        scope=campaign.scope,
        hold_back=campaign.hold_back,
        state=campaign.state,
        why=campaign.why or None,
        total=campaign.total,
        position=campaign.position,
        by=campaign.by,
        created_at=from_ms(campaign.created),
        started_at=_moment(campaign.started),
        ended_at=_moment(campaign.ended),
    )


def shown_summary(summary: Summary) -> CampaignSummary:
    """Return the sums of all outcomes."""
    states: Mapping[OutcomeState, int] = summary.by_state
    return CampaignSummary(
        rows=summary.count,
        states=dict(states),
        answered=summary.answered,
        costs=[Amount(micros=one.micros, currency=one.currency) for one in summary.costs],
    )


def shown_outcome(campaign: str, one: Outcome) -> ShownOutcome:
    """Return an outcome of the campaign with this name."""
    return ShownOutcome(
        row=one.row,
        action_id=id_of(campaign, one.row),
        customer=one.customer or None,
        state=one.state,
        reason=one.reason or None,
        sent_at=_moment(one.sent),
        delivered_at=_moment(one.delivered),
        read_at=_moment(one.read),
        answered_at=_moment(one.answered),
        cost=Amount(micros=one.cost.micros, currency=one.cost.currency) if one.cost else None,
    )


def _moment(ms: int | None) -> datetime | None:
    return from_ms(ms) if ms else None
