"""Message templates: the definitions that are kept, and putting one of an account that is not read at its provider."""

from http import HTTPStatus
from typing import NoReturn

from flask import Response, abort, g
from flask_openapi3 import APIBlueprint, Tag
from loguru import logger

from session.agent_actions import CLIENT
from session.api_tokens import ApiToken, Right
from session.template_definitions import SENDABLE, Definition, NotKept, key_of
from webhook.api.answers import TemplateDefinition, TemplateForm, TemplateHeader, TemplateList
from webhook.api.cursors import cursor_of, place_in
from webhook.api.finding import not_found, refuse
from webhook.api.problems import documented, problem
from webhook.api.request_checks import answer, needs
from webhook.api.services import ApiServices
from webhook.api.template_models import NewDefinition, TemplatePage, TemplatePath, definition_of

_TAG = Tag(
    name="templates", description="See the message templates of the business, and say which there are."
)
_PUT_ANSWERS = {HTTPStatus.OK: TemplateDefinition, **documented(HTTPStatus.CONFLICT)}
_WHY = {
    NotKept.PULLED: "the templates of this account are read at its provider: change them there, then `inturn templates pull`",
    NotKept.FULL: "no further definition is kept",
}


def add_templates(routes: APIBlueprint, api: ApiServices) -> None:
    """Add the routes under /templates."""

    @routes.get("/templates", tags=[_TAG], responses={HTTPStatus.OK: TemplateList})
    def templates(query: TemplatePage) -> Response:
        """List the message templates that are known. All businesses of a deployment have the same."""
        needs(Right.READ, Right.SEND, Right.TEMPLATES)
        return answer(_page(api, query))

    @routes.get(
        "/templates/<account>/<name>/<language>", tags=[_TAG], responses={HTTPStatus.OK: TemplateDefinition}
    )
    def template(path: TemplatePath) -> Response:
        """Show a message template in one language, and what it must be given."""
        needs(Right.READ, Right.SEND, Right.TEMPLATES)
        return answer(_shown(_kept(api, path)))

    @routes.put("/templates/<account>/<name>/<language>", tags=[_TAG], responses=_PUT_ANSWERS)
    def put_template(path: TemplatePath, body: NewDefinition) -> Response:
        """Say what a provider has, where Inturn does not read it there. Nothing is created at the provider."""
        _needs_all_businesses()
        try:
            definition = definition_of(path, body)
        except ValueError as error:
            refuse("body", str(error))
        done = api.run(api.templates.record(definition, by=_by()))
        if isinstance(done, NotKept):
            _conflict(done)
        if done:
            logger.info("a template was put through the API", template=path.name, by=g.token.name)
        return answer(_shown(_kept(api, path)))

    @routes.delete("/templates/<account>/<name>/<language>", tags=[_TAG], responses=_PUT_ANSWERS)
    def remove_template(path: TemplatePath) -> Response:
        """Remove what was put. Nothing is removed at the provider."""
        _needs_all_businesses()
        definition = _kept(api, path)
        done = api.run(api.templates.remove(definition, by=_by()))
        if isinstance(done, NotKept):
            _conflict(done)
        if not done:
            not_found()
        logger.info("a template was removed through the API", template=path.name, by=g.token.name)
        return answer(_shown(definition))


def _needs_all_businesses() -> None:
    """End the request unless its token may change what all businesses share."""
    needs(Right.TEMPLATES)
    token: ApiToken = g.token
    if token.scopes is not None:
        why = "all businesses share the templates: the token must not have scopes"
        abort(problem(HTTPStatus.FORBIDDEN, "right", why))


def _conflict(why: NotKept) -> NoReturn:
    abort(problem(HTTPStatus.CONFLICT, f"template-{why}", _WHY[why]))


def _by() -> str:
    token: ApiToken = g.token
    return f"{CLIENT}{token.name}"


def _kept(api: ApiServices, path: TemplatePath) -> Definition:
    wanted = key_of(path.account, path.name, path.language)
    found = next((one for one in api.run(api.templates.all()).known if one.key == wanted), None)
    return found or not_found()


def _page(api: ApiServices, asked: TemplatePage) -> TemplateList:
    pseudonyms, listed = api.secrets.pseudonyms, f"templates {asked.channel} {asked.name} {asked.status}"
    place = place_in(pseudonyms, listed, asked.cursor) if asked.cursor else [""]
    if place is None:
        refuse("cursor", "not a cursor of this list")
    known = api.run(api.templates.all())
    behind = sorted(
        (
            one
            for one in known.known
            if one.key > str(place[0])
            and asked.channel in ("", one.channel)
            and asked.name in ("", one.name)
            and asked.status in ("", one.status)
        ),
        key=lambda one: one.key,
    )
    page = behind[: asked.limit]
    more = len(behind) > len(page)
    return TemplateList(
        templates=[_shown(one) for one in page],
        pulled=sorted(known.pulled),
        next=cursor_of(pseudonyms, listed, page[-1].key) if more else None,
    )


def _shown(one: Definition) -> TemplateDefinition:
    return TemplateDefinition(
        account=one.account,
        name=one.name,
        language=one.language,
        status=one.status,
        sendable=one.status in SENDABLE,
        why=one.why,
        category=one.category,
        quality=one.quality,
        id=one.id,
        complete=one.is_read,
        header=TemplateHeader(**one.header.model_dump()) if one.header else None,
        body=one.body,
        footer=one.footer,
        buttons=[TemplateForm(**button.model_dump()) for button in one.buttons],
        parameters=one.parameters,
    )
