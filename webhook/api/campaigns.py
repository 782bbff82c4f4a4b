"""Campaigns: made in pages, started, paused and removed. Whatever is repeated is done once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import NoReturn

from flask import Response, abort, g, request
from flask_openapi3 import APIBlueprint, RawModel, Tag
from loguru import logger

from session.agent_actions import CLIENT
from session.api_tokens import ApiToken, Right
from session.campaigns import PAUSED_BY, Campaign, CampaignRefused, CampaignState, NoSuchCampaign, Recipient
from session.template_definitions import SENDABLE, Definition
from webhook.api.campaign_models import (
    CampaignPath,
    Ignored,
    NewCampaign,
    NewRecipients,
)
from webhook.api.finding import not_found, refuse, scope_meant
from webhook.api.problems import Fault, documented, problem
from webhook.api.recipients import WrongRecipients, recipients_in, recipients_in_file
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices
from webhook.api.shown_campaigns import Added, ShownCampaign, shown
from webhook.desk.conversation_lists import senders_of

TAG = Tag(name="campaigns", description="Send one message template to many customers.")
_CHANGED = {HTTPStatus.OK: ShownCampaign, **documented(HTTPStatus.CONFLICT)}
_ADDED = {HTTPStatus.OK: Added, **documented(HTTPStatus.CONFLICT)}


class RecipientsFile(RawModel):
    """Recipients as comma-separated values. The first line names the columns, in each request."""

    mimetypes: list[str] = ["text/csv"]  # noqa: RUF012  (so the library has it)


def add_campaigns(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /campaigns that make a campaign and change it."""

    @routes.put("/campaigns/<campaign>", tags=[TAG], responses=_CHANGED)
    def make_campaign(path: CampaignPath, body: NewCampaign) -> Response:
        """Begin a campaign, or find the same one: its recipients follow. Its name is a part of the ids of its messages."""
        needs(Right.CAMPAIGN)
        return answer(shown(_made(api, path.campaign, body)))

    @routes.post("/campaigns/<campaign>/recipients", tags=[TAG], responses=_ADDED)
    def add_recipients(path: CampaignPath, body: NewRecipients) -> Response:
        """Add recipients. A customer has one row, so the same request once more adds nobody. If one is wrong, none is added."""
        needs(Right.CAMPAIGN)
        with _all_of_them():
            definition = _definition_of(api, campaign_of(api, path.campaign))
            return _add(
                api, path.campaign, recipients_in(body, definition, api.country), len(body.recipients)
            )

    @routes.post("/campaigns/<campaign>/file", tags=[TAG], responses=_ADDED)
    def add_file(path: CampaignPath, query: Ignored, raw: RecipientsFile) -> Response:  # noqa: ARG001  (documents the body)
        """Add the recipients in a part of a file. Each part begins with the line that names the columns."""
        needs(Right.CAMPAIGN)
        with _all_of_them():
            definition = _definition_of(api, campaign_of(api, path.campaign))
            ignored = filter(None, map(str.strip, query.ignore.split(",")))
            found = recipients_in_file(request.get_data(), definition, api.country, ignored)
            return _add(api, path.campaign, found, len(found))

    @routes.post("/campaigns/<campaign>/ready", tags=[TAG], responses=_CHANGED)
    def campaign_ready(path: CampaignPath) -> Response:
        """Say that all recipients were added. `total` of the answer says how many there are."""
        return _change(api, path, _complete)

    @routes.post("/campaigns/<campaign>/start", tags=[TAG], responses=_CHANGED)
    def start_campaign(path: CampaignPath) -> Response:
        """Let it run from where it is; one that waits is looked at again at once. Nothing is sent twice, however often it is paused and started."""
        return _change(api, path, lambda api, name: api.campaigns.start(name))

    @routes.post("/campaigns/<campaign>/pause", tags=[TAG], responses=_CHANGED)
    def pause_campaign(path: CampaignPath) -> Response:
        """Let it pause. What was handed over is sent."""
        return _change(api, path, lambda api, name: api.campaigns.pause(name, PAUSED_BY + _by()))

    @routes.delete("/campaigns/<campaign>", tags=[TAG], responses=_CHANGED)
    def remove_campaign(path: CampaignPath) -> Response:
        """Remove it with its rows and outcomes, unless it is running. Messages stay in their conversations."""
        return _change(api, path, _removed)


def _made(api: ApiServices, name: str, asked: NewCampaign) -> Campaign:
    token: ApiToken = g.token
    scope = scope_meant(asked.scope)
    if not token.covers_scope(scope):
        not_found()
    campaign = Campaign(
        name=name,
        template=asked.template,
        language=asked.language,
        sender=asked.sender,
        scope=scope,
        hold_back=asked.hold_back,
        by=_by(),
    )
    # Where it is known; a worker knows all senders, and looks again before it sends.
    if senders_of(api.run, api.store).get(asked.sender, scope) != scope:
        refuse("sender", "not a sender of this business")
    _definition_of(api, campaign)
    try:
        made = api.campaigns.begin(campaign)
    except CampaignRefused as error:
        abort(problem(HTTPStatus.CONFLICT, "campaign-taken", str(error)))
    logger.info("a campaign was begun through the API", campaign=name, by=token.name)
    return made


def _definition_of(api: ApiServices, campaign: Campaign) -> Definition:
    """Return the definition of the template of a campaign. Ends the request if it cannot be sent."""
    channel = campaign.sender.partition(":")[0]
    found = api.run(api.templates.all()).find(channel, campaign.template, campaign.language)
    if found is None or not found.is_read:
        refuse("template", "it is not known: `inturn templates pull`, or PUT /templates")
    if found.status not in SENDABLE:
        refuse("template", f"it cannot be sent: it is {found.status}")
    return found


def campaign_of(api: ApiServices, name: str) -> Campaign:
    """Return a campaign. Ends the request if there is none, or its token does not cover it."""
    token: ApiToken = g.token
    try:
        found = api.campaigns.show(name)
    except NoSuchCampaign:
        not_found()
    return found if token.covers_scope(found.scope) else not_found()


def _add(api: ApiServices, name: str, recipients: list[Recipient], given: int) -> Response:
    added = api.campaigns.add(name, recipients) if recipients else 0
    return answer(Added(added=added, known=given - added))


def _change(api: ApiServices, path: CampaignPath, change: Callable[[ApiServices, str], Campaign]) -> Response:
    needs(Right.CAMPAIGN)
    name = campaign_of(api, path.campaign).name
    with as_problems():
        changed = change(api, name)
    logger.info("a campaign was changed through the API", campaign=name, state=changed.state, by=g.token.name)
    return answer(shown(changed))


def _complete(api: ApiServices, name: str) -> Campaign:
    try:
        return api.campaigns.ready(name)
    except CampaignRefused:
        # Somebody who repeats the request is told what the first one was told.
        if (found := api.campaigns.show(name)).state is CampaignState.LOADING:
            raise
        return found


def _removed(api: ApiServices, name: str) -> Campaign:
    before = api.campaigns.show(name)
    api.campaigns.remove(name)
    return before.model_copy(update={"state": CampaignState.REMOVED})


@contextmanager
def as_problems() -> Iterator[None]:
    """Answer what a campaign cannot do in its state."""
    try:
        yield
    except NoSuchCampaign:
        not_found()
    except CampaignRefused as error:
        abort(problem(HTTPStatus.CONFLICT, "campaign-state", str(error)))


@contextmanager
def _all_of_them() -> Iterator[None]:
    """Answer what is wrong with recipients, or why none can be added."""
    with as_problems():
        try:
            yield
        except WrongRecipients as error:
            _wrong(error)


def _wrong(error: WrongRecipients) -> NoReturn:
    why = "some recipients cannot be used, so none was added"
    abort(
        problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            why,
            errors=[Fault(where=where, what=what) for where, what in error.faults],
        )
    )


def _by() -> str:
    token: ApiToken = g.token
    return f"{CLIENT}{token.name}"
