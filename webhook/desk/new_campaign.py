"""The form of a new campaign: its file is read twice, once for its errors and once for its customers."""

from collections.abc import Iterator
from http import HTTPStatus
from threading import Lock
from typing import Any, BinaryIO, cast

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger

from session.campaign_files import Row, UnreadableRecipients, columns_of, lines_in, read_recipients
from session.campaigns import Campaign, CampaignRefused
from session.template_definitions import Definition
from webhook.desk.campaign_form import (
    FoundLines,
    WrongForm,
    campaign_in,
    ignored_in,
    offered_to_campaigns,
    scopes_for,
)
from webhook.desk.conversation_lists import senders_of
from webhook.desk.services import DeskServices


def add_new_campaign(routes: Blueprint, desk: DeskServices) -> None:
    """Add GET and POST /campaigns/new."""
    # A process reads one file at a time: its other threads have requests to answer.
    reading = Lock()

    @routes.get("/campaigns/new")
    def campaign_new() -> ResponseReturnValue:
        return _form(desk)

    @routes.post("/campaigns/new")
    def campaign_load() -> ResponseReturnValue:
        if not reading.acquire(blocking=False):
            return _form(desk, g.translate("campaign.wrong.busy"), status=HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            return _load(desk)
        except WrongForm as error:
            return _form(desk, g.translate(str(error)))
        except UnreadableRecipients as error:
            return _form(desk, g.translate("campaign.wrong.file", why=error))
        except CampaignRefused:
            return _form(desk, g.translate("campaign.wrong.taken"), status=HTTPStatus.CONFLICT)
        finally:
            reading.release()


def _load(desk: DeskServices) -> ResponseReturnValue:
    offers = offered_to_campaigns(desk.templates())
    # Those of all businesses, so that an agent uses no sender of another one.
    senders = senders_of(desk.run, desk.store)
    campaign, definition = campaign_in(request.form, offers, senders, g.agent)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise WrongForm("campaign.wrong.no_file")
    content, found = cast("BinaryIO", file.stream), FoundLines()
    for _ in found.recipients(_rows(desk, content, definition)):
        pass
    if found.wrong and request.form.get("skip_bad") != "1":
        return _form(desk, g.translate("campaign.wrong.lines", count=g.translate.number(found.wrong)), found)
    if not found.good:
        raise WrongForm("campaign.wrong.nobody")
    again = FoundLines()
    made: Campaign = desk.campaigns.new(
        campaign,
        again.recipients(_rows(desk, content, definition)),
        left_out=lambda: again.wrong + again.repeated,
    )
    logger.info("an agent has made a campaign", by=g.agent.name, campaign=made.name, customers=made.total)
    return redirect(url_for("desk.campaign", name=made.name), HTTPStatus.SEE_OTHER)


def _rows(desk: DeskServices, content: BinaryIO, definition: Definition) -> Iterator[Row]:
    content.seek(0)
    return read_recipients(lines_in(content), definition, desk.country, ignored=ignored_in(request.form))


def _form(
    desk: DeskServices,
    refused: str = "",
    found: FoundLines | None = None,
    *,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> ResponseReturnValue:
    """Return the page with the form; `refused` says why nothing was loaded."""
    senders = senders_of(desk.run, g.store)
    offers = offered_to_campaigns(desk.templates())
    values: dict[str, Any] = {
        "offers": offers,
        "columns": [(one, columns_of(one)) for one in offers],
        "senders": sorted(senders),
        "scopes": scopes_for(g.agent, senders.values()),
        "form": dict(request.form),
        "refused": refused,
        "found": found,
        "refresh": False,
    }
    return render_template("campaign_new.html", **values), status if refused else HTTPStatus.OK
