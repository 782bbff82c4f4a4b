"""Composes the API: an application of its own, which answers under /api/ in front of the webhook's."""

from collections.abc import Callable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, jsonify
from flask_openapi3 import APIBlueprint, Info, OpenAPI

from session.bodies import API
from session.campaigning import Campaigns
from session.clock import Clock, SteadyClock
from session.ids import new_id as session_id
from session.store import (
    CampaignStore,
    DeadStore,
    DeskStore,
    Redis,
    SignInStore,
    TemplateStore,
)
from webhook.api.actions import add_actions
from webhook.api.campaigns import add_campaigns
from webhook.api.conversations import add_conversations
from webhook.api.dead_letters import add_dead_letters
from webhook.api.guesses import Guesses
from webhook.api.messages import add_messages
from webhook.api.outcomes import add_outcomes
from webhook.api.problems import Problem, documented, invalid
from webhook.api.request_checks import add_request_checks
from webhook.api.services import ApiServices
from webhook.api.settings import ApiSettings
from webhook.api.templates import add_templates
from webhook.api.timers import add_timers
from webhook.desk.agent_sessions import DeskSecrets
from webhook.desk.services import ActionSender
from webhook.opening import opened
from webhook.storing import Bodies, Waking

_ROOT = "/api/"
_VERSION = "v1"
_INFO = Info(
    title="Inturn",
    version=_VERSION,
    description="Write to customers and work on their conversations from another program.",
)
#: What every request may be answered with.
_PROBLEMS = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def create_api(
    settings: ApiSettings,
    *,
    client: Redis | None = None,
    store: Bodies | None = None,
    wake: Waking | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] = session_id,
) -> Flask:
    """Return the API as an application with all routes under /api/v1. Nothing connects before the first request."""
    own = opened(settings, client=client, store=store, wake=wake, clock=clock)
    run, scripts, keys, policy = own.run, own.scripts, own.keys, own.policy
    secrets = DeskSecrets(run, keys, new_id)
    api = ApiServices(
        run=run,
        store=DeskStore(keys),
        dead=DeadStore(scripts, keys),
        templates=TemplateStore(scripts, keys),
        campaigns=Campaigns(
            run, CampaignStore(scripts, keys, policy), shards=settings.shards, clock=own.clock
        ),
        actions=ActionSender(
            store=own.store,
            wake=own.wake,
            source=API,
        ),
        secrets=secrets,
        guesses=Guesses(run, SignInStore(scripts, keys, policy), secrets, clock or SteadyClock()),
        tokens=settings.api_tokens,
        clock=own.clock,
        policy=policy,
        new_id=new_id,
        country=settings.default_country,
        public_url=settings.public_url,
    )
    app = OpenAPI(
        "webhook.api",
        info=_INFO,
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        operation_id_callback=_operation_id,
        validation_error_model=Problem,
        validation_error_callback=invalid,
        doc_ui=False,
        static_folder=None,
    )
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    routes = APIBlueprint(
        "api",
        "webhook.api",
        url_prefix=f"{_ROOT}{_VERSION}",
        abp_security=[{"token": []}],
        abp_responses=_PROBLEMS,
        operation_id_callback=_operation_id,
    )
    add_messages(routes, api)
    add_conversations(routes, api)
    add_actions(routes, api)
    add_timers(routes, api)
    add_templates(routes, api)
    add_campaigns(routes, api)
    add_outcomes(routes, api)
    add_dead_letters(routes, api)
    app.register_api(routes)

    @app.get(f"{_ROOT}{_VERSION}/openapi.json", doc_ui=False)
    def openapi() -> Response:
        return jsonify(app.api_doc)

    add_request_checks(app, api, public="openapi")
    return app


def in_front_of(app: WSGIApplication, api: WSGIApplication) -> WSGIApplication:
    """Return an application that leaves what is under /api/ to the API."""

    def either(wsgi: WSGIEnvironment, start: StartResponse) -> object:
        chosen = api if wsgi.get("PATH_INFO", "").startswith(_ROOT) else app
        return chosen(wsgi, start)

    return either  # type: ignore[return-value]


def _operation_id(*, bp_name: str = "", name: str = "", path: str = "", method: str = "") -> str:  # noqa: ARG001
    """Return the name of an operation in the document: that of its view."""
    return name
