"""Composes the desk: as a separate application, or as routes of the webhook."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from flask import Blueprint, Flask, jsonify, redirect
from flask.typing import ResponseReturnValue

from session.campaigning import Campaigns
from session.clock import Clock
from session.errors import SettingsError
from session.ids import new_id as session_id
from session.logs import start_logging
from session.media_store import MediaStore
from session.store import (
    CampaignStore,
    DeskStore,
    EventReader,
    MediaWorkStore,
    PauseStore,
    Redis,
    SignInStore,
    TemplateStore,
    TroubleStore,
)
from webhook.body_limits import LARGEST_FORM, limited_app
from webhook.desk.agent_sessions import AgentSessions, DeskSecrets
from webhook.desk.agents import Agents, NamedAgents, SharedPassword
from webhook.desk.attaching import UPLOADS
from webhook.desk.campaigns import add_campaigns
from webhook.desk.conversation import add_conversation
from webhook.desk.feed import ChangeFeed
from webhook.desk.media import add_media
from webhook.desk.new_campaign import add_new_campaign
from webhook.desk.pages import add_pages
from webhook.desk.request_checks import add_request_checks
from webhook.desk.services import ActionSender, DeskServices
from webhook.desk.settings import DeskSettings
from webhook.desk.sign_in import add_sign_in
from webhook.heads import trusting
from webhook.opening import opened
from webhook.starting import in_one_line
from webhook.storing import Bodies, Waking

#: Bytes of an answer with a file, and of a list of customers.
LARGEST_FILES = {"desk.act": UPLOADS.body_bytes, "desk.campaign_load": UPLOADS.body_bytes}


def create_app(
    settings: DeskSettings | None = None,
    *,
    client: Redis | None = None,
    store: Bodies | None = None,
    wake: Waking | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] = session_id,
) -> Flask:
    """Return the desk as a WSGI application, at /desk. GET /healthz answers 200.

    Without `settings` the environment is read and logging is set up; invalid settings end the process with one line.
    Nothing connects before the first request. Raises `SettingsError` if nobody may sign in.
    """
    if settings is None:
        with in_one_line():
            settings = DeskSettings.load()
            start_logging(level=settings.log_level, as_json=settings.log_json)
            return create_app(settings, client=client, store=store, wake=wake, clock=clock, new_id=new_id)
    routes = desk(settings, client=client, store=store, wake=wake, clock=clock, new_id=new_id)
    if routes is None:
        raise SettingsError("the desk is off: set DESK_PASSWORD or DESK_AGENTS")
    app = limited_app("webhook.desk", body_bytes=LARGEST_FORM, larger=LARGEST_FILES)
    # A redirect for a missing or doubled slash would contain the Host header, which a client may have made up.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.register_blueprint(routes)
    app.add_url_rule("/", view_func=_to_desk)
    app.add_url_rule("/healthz", view_func=_alive)
    return app


def desk(
    settings: DeskSettings,
    *,
    client: Redis | None = None,
    store: Bodies | None = None,
    wake: Waking | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] = session_id,
) -> Blueprint | None:
    """Return the routes under /desk, or None if nobody may sign in."""
    agents = _agents(settings)
    if agents is None:
        return None
    own = opened(settings, client=client, store=store, wake=wake, clock=clock)
    run, scripts, keys, clock = own.run, own.scripts, own.keys, own.clock
    parts, secrets = (scripts, keys, own.policy), DeskSecrets(run, keys, new_id)
    sessions = AgentSessions(
        run=run,
        store=SignInStore(*parts),
        agents=agents,
        secrets=secrets,
        clock=clock,
        new_id=new_id,
        lasts=timedelta(hours=settings.desk_session_hours),
    )
    return _routes(
        DeskServices(
            run=run,
            store=DeskStore(keys),
            troubles=lambda: run(TroubleStore(scripts, keys).all()),
            templates=lambda: run(TemplateStore(scripts, keys).all()),
            campaigns=Campaigns(run, CampaignStore(*parts), shards=settings.shards, clock=clock),
            paused=lambda: run(PauseStore(scripts, keys).all()),
            actions=ActionSender(store=own.store, wake=own.wake),
            sessions=sessions,
            secrets=secrets,
            feed=ChangeFeed(run, lambda: EventReader(keys), most=settings.desk_streams),
            media=MediaStore(settings.media_place()),
            media_work=MediaWorkStore(*parts),
            clock=clock,
            new_id=new_id,
            proxies=settings.desk_proxies,
            public_url=settings.public_url,
            country=settings.default_country,
        ),
    )


def _routes(services: DeskServices) -> Blueprint:
    routes = Blueprint(
        "desk",
        __name__,
        url_prefix="/desk",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    if services.proxies:
        routes.record_once(lambda setup: _trust_proxies(cast("Flask", setup.app), services.proxies))
    add_request_checks(routes, services)
    add_sign_in(routes, services)
    add_pages(routes, services)
    add_conversation(routes, services)
    add_media(routes, services)
    add_new_campaign(routes, services)
    add_campaigns(routes, services)
    return routes


def _trust_proxies(app: Flask, proxies: int) -> None:
    app.wsgi_app = trusting(app.wsgi_app, proxies)  # type: ignore[method-assign]


def _agents(settings: DeskSettings) -> Agents | None:
    if settings.desk_agents:
        return NamedAgents(settings.desk_agents)
    return SharedPassword(settings.desk_password) if settings.desk_password else None


def _to_desk() -> ResponseReturnValue:
    return redirect("/desk/")


def _alive() -> ResponseReturnValue:
    return jsonify(status="ok")
