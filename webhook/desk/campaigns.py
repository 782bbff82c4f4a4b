"""The campaigns, for supervisors: their list, one of them with what became of its customers, and what can be done to it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.campaign_chart import SERIES, chart
from session.campaign_outcomes import Outcome, Summary
from session.campaign_table import lines_of
from session.campaigning import Campaigns
from session.campaigns import PAUSED_BY, Campaign, CampaignRefused, CampaignState, NoSuchCampaign
from session.conversations import conversation_of
from session.records import to_ms
from webhook.desk.request_checks import error_page
from webhook.desk.services import DeskServices
from webhook.desk.shown_campaigns import why_of

#: Customers of a page of the table.
_PAGE = 50
#: Milliseconds, for each row, for which what was read of all rows is shown again; and how much of that a process keeps.
_FRESH, _KEPT = 0.3, 100
#: Milliseconds after which a page looks again, and at least for each row, because all of them are read for that.
_RUNNING, _RESTING, _A_ROW = 10_000, 60_000, 3
_ACTS: Mapping[str, Callable[[Campaigns, str], object]] = MappingProxyType(
    {
        "start": lambda campaigns, name: campaigns.start(name),
        "pause": lambda campaigns, name: campaigns.pause(name, PAUSED_BY + g.agent.name),
        "remove": lambda campaigns, name: campaigns.remove(name),
    }
)


class _Recent:
    """Keeps what was read of all rows of a campaign for a moment: pages, charts and agents ask for it again and again."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[tuple[str, str, int], tuple[int, Any]] = {}

    def of(self, campaign: Campaign, what: str, read: Callable[[], Any]) -> Any:
        """Return what was read lately, or what `read` returns."""
        key, at = (what, campaign.name, campaign.created), to_ms(self._now())
        kept = self._kept.pop(key, None)
        if kept is None or not 0 <= at - kept[0] < campaign.total * _FRESH:
            kept = (at, read())
        self._kept[key] = kept
        while len(self._kept) > _KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        return kept[1]


def add_campaigns(routes: Blueprint, desk: DeskServices) -> None:
    """Add GET /campaigns and /campaigns/c/<name>, its table and its chart, and POST /campaigns/c/<name>/<act>."""
    recent = _Recent(desk.clock.now)

    @routes.get("/campaigns")
    def campaigns() -> ResponseReturnValue:
        seen = [one for one in desk.campaigns.all() if g.agent.covers_scope(one.scope)]
        return render_template("campaigns.html", campaigns=seen, refresh=False)

    @routes.get("/campaigns/c/<name>")
    def campaign(name: str) -> ResponseReturnValue:
        return _page(desk, recent, _found(desk, name))

    @routes.post("/campaigns/c/<name>/<act>")
    def campaign_act(name: str, act: str) -> ResponseReturnValue:
        found = _found(desk, name)
        if act not in _ACTS:
            abort(HTTPStatus.NOT_FOUND)
        try:
            _ACTS[act](desk.campaigns, name)
        except CampaignRefused:
            return _page(desk, recent, found, g.translate("campaign.wrong.state"))
        logger.info("an agent acts on a campaign", by=g.agent.name, campaign=name, act=act)
        there = url_for("desk.campaigns") if act == "remove" else url_for("desk.campaign", name=name)
        return redirect(there, HTTPStatus.SEE_OTHER)

    @routes.get("/campaigns/c/<name>/outcomes.csv")
    def campaign_table(name: str) -> ResponseReturnValue:
        _found(desk, name)
        response = Response(lines_of(desk.campaigns.every_outcome(name)), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response

    @routes.get("/campaigns/c/<name>/chart.svg")
    def campaign_chart(name: str) -> ResponseReturnValue:
        found = _found(desk, name)
        names = [
            g.translate(f"outcome.{one}" if one != "answered" else "campaign.answered") for one in SERIES
        ]

        def draw() -> str:
            return chart(desk.campaigns.every_outcome(name), started=found.started, title=name, names=names)

        drawn = recent.of(found, f"chart {g.translate.language}", draw)
        return Response(drawn, mimetype="image/svg+xml")

    @routes.errorhandler(NoSuchCampaign)
    def gone(_: NoSuchCampaign) -> ResponseReturnValue:
        return error_page("error.unknown", HTTPStatus.NOT_FOUND)


def _found(desk: DeskServices, name: str) -> Campaign:
    """Return a campaign; one of another scope does not exist for an agent."""
    found = desk.campaigns.show(name)
    if not g.agent.covers_scope(found.scope):
        abort(HTTPStatus.NOT_FOUND)
    return found


def _page(desk: DeskServices, recent: _Recent, campaign: Campaign, refused: str = "") -> ResponseReturnValue:
    """Return the page of a campaign; `refused` says why something was not done."""
    key, parts = why_of(campaign.why)
    summary: Summary = recent.of(campaign, "summary", lambda: desk.campaigns.summary(campaign.name))
    after = max(0, request.args.get("after", 0, type=int))
    counts = [(str(state), count) for state, count in summary.by_state.items()]
    every = _RUNNING if campaign.state is CampaignState.RUNNING else _RESTING
    values: dict[str, Any] = {
        "campaign": campaign,
        "why": g.translate(key, **parts) if campaign.why else "",
        "counts": counts,
        "answered": summary.answered,
        "costs": [f"{one.amount} {one.currency}" for one in summary.costs],
        "to_send": sum(count for state, count in counts if state == "waiting"),
        # The chart is fetched again when it shows something else.
        "version": "-".join(map(str, (*(count for _, count in counts), summary.answered))),
        "outcomes": desk.campaigns.outcomes(campaign.name, after=after, limit=_PAGE),
        "after": after,
        "next": after + _PAGE if after + _PAGE < campaign.total else 0,
        "every": max(every, campaign.total * _A_ROW),
        "address_of": lambda outcome: _address(desk, campaign, outcome),
        "refused": refused,
        "refresh": False,
    }
    return render_template("campaign.html", **values), HTTPStatus.CONFLICT if refused else HTTPStatus.OK


def _address(desk: DeskServices, campaign: Campaign, outcome: Outcome) -> str:
    """Return where the conversation with a customer is."""
    name = conversation_of(outcome.customer, campaign.scope)
    return url_for("desk.conversation", pseudonym=desk.secrets.pseudonyms.encode(name))
