"""Campaigns as programs read them: which there are, how far each is, and what became of its recipients."""

from http import HTTPStatus
from threading import Lock

from flask import Response, abort, g
from flask_openapi3 import APIBlueprint

from session.api_tokens import ApiToken, Right
from session.campaigns import Campaign
from webhook.api.campaign_models import CampaignPath, OutcomePage
from webhook.api.campaigns import TAG, as_problems, campaign_of
from webhook.api.cursors import cursor_of, place_in
from webhook.api.finding import refuse
from webhook.api.models import Page
from webhook.api.problems import problem
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices
from webhook.api.shown_campaigns import (
    CampaignList,
    CampaignSummary,
    OutcomeList,
    ShownCampaign,
    shown,
    shown_outcome,
    shown_summary,
)

_OF_LIST = "campaigns"
#: Seconds after which a client may ask again for the sums that somebody else is being told.
_PATIENCE = 5


def add_outcomes(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /campaigns that read."""
    # All rows are read for the sums: a process does that for one client at a time.
    summing = Lock()

    @routes.get("/campaigns", tags=[TAG], responses={HTTPStatus.OK: CampaignList})
    def campaigns(query: Page) -> Response:
        """List campaigns, the newest first."""
        needs(Right.READ, Right.CAMPAIGN)
        return answer(_page(api, query))

    @routes.get("/campaigns/<campaign>", tags=[TAG], responses={HTTPStatus.OK: ShownCampaign})
    def campaign(path: CampaignPath) -> Response:
        """Show a campaign, and how far it is."""
        needs(Right.READ, Right.CAMPAIGN)
        return answer(shown(campaign_of(api, path.campaign)))

    @routes.get("/campaigns/<campaign>/summary", tags=[TAG], responses={HTTPStatus.OK: CampaignSummary})
    def campaign_summary(path: CampaignPath) -> Response:
        """Show how many rows have come how far, and what they have cost. Takes a second for 100,000 rows."""
        needs(Right.READ, Right.CAMPAIGN)
        name = campaign_of(api, path.campaign).name
        if not summing.acquire(blocking=False):
            why = "the sums of a campaign are being computed for somebody else"
            abort(problem(HTTPStatus.TOO_MANY_REQUESTS, "busy", why, retry_after=_PATIENCE))
        try:
            with as_problems():
                return answer(shown_summary(api.campaigns.summary(name)))
        finally:
            summing.release()

    @routes.get("/campaigns/<campaign>/outcomes", tags=[TAG], responses={HTTPStatus.OK: OutcomeList})
    def campaign_outcomes(path: CampaignPath, query: OutcomePage) -> Response:
        """List what became of each row, in their order."""
        needs(Right.READ, Right.CAMPAIGN)
        return answer(_outcomes(api, campaign_of(api, path.campaign), query))


def _page(api: ApiServices, asked: Page) -> CampaignList:
    token: ApiToken = g.token
    pseudonyms = api.secrets.pseudonyms
    place = place_in(pseudonyms, _OF_LIST, asked.cursor) if asked.cursor else []
    if place is None:
        refuse("cursor", "not a cursor of this list")
    behind = [
        one
        for one in api.campaigns.all()
        if token.covers_scope(one.scope) and (not place or [-one.created, one.name] > place)
    ]
    page = behind[: asked.limit]
    more = len(behind) > len(page)
    return CampaignList(
        campaigns=[shown(one) for one in page],
        next=cursor_of(pseudonyms, _OF_LIST, -page[-1].created, page[-1].name) if more else None,
    )


def _outcomes(api: ApiServices, campaign: Campaign, asked: OutcomePage) -> OutcomeList:
    pseudonyms, listed = api.secrets.pseudonyms, f"outcomes {campaign.name}"
    place = place_in(pseudonyms, listed, asked.cursor) if asked.cursor else [0]
    if place is None:
        refuse("cursor", "not a cursor of this list")
    after = int(place[0])
    with as_problems():
        page = api.campaigns.outcomes(campaign.name, after=after, limit=asked.limit)
    more = page and page[-1].row < campaign.total
    return OutcomeList(
        outcomes=[shown_outcome(campaign.name, one) for one in page],
        next=cursor_of(pseudonyms, listed, page[-1].row) if more else None,
    )
