"""Composes the desk: as an application of its own, or as routes for the webhook."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Flask, jsonify, redirect
from flask.typing import ResponseReturnValue

from session.clock import Clock, SystemClock
from session.connection import connect
from session.errors import SettingsError
from session.ids import new_id as session_id
from session.keys import Keys
from session.logs import start_logging
from session.store import (
    DeskStore,
    DoorStore,
    EventReader,
    IntakeStore,
    PauseStore,
    Redis,
    Scripts,
    TroubleStore,
)
from webhook.broker import wake_broker
from webhook.desk.agents import Agents, NamedAgents, SharedPassword
from webhook.desk.feed import Feed
from webhook.desk.parts import Desk
from webhook.desk.posting import Posting
from webhook.desk.routes import desk_routes
from webhook.desk.sealing import Secrets
from webhook.desk.settings import DeskSettings
from webhook.desk.visits import Visits
from webhook.limiting import LARGEST_FORM, limited_app
from webhook.receiver import Bodies, Waking
from webhook.starting import in_one_line
from webhook.wake import Wake

#: Seconds that the desk waits for Redis: a person is more patient than a provider, and reads are larger.
_PATIENCE = 2.0


def create_app(
    settings: DeskSettings | None = None,
    *,
    client: Redis | None = None,
    store: Bodies | None = None,
    wake: Waking | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] = session_id,
) -> Flask:
    """Return the desk as a WSGI application, at /desk; GET /healthz says that it is up.

    Without `settings` the environment is read, and the logging of this process set up; what is wrong with it ends
    the process with one line. Nothing connects before the first request. Raises `SettingsError` if the given settings
    name nobody who may sign in.
    """
    if settings is None:
        with in_one_line():
            settings = DeskSettings.load()
            start_logging(level=settings.log_level, as_json=settings.log_json)
            return create_app(settings, client=client, store=store, wake=wake, clock=clock, new_id=new_id)
    routes = desk(settings, client=client, store=store, wake=wake, clock=clock, new_id=new_id)
    if routes is None:
        raise SettingsError("the desk is off: set DESK_PASSWORD or DESK_AGENTS")
    app = limited_app("webhook.desk", body_bytes=LARGEST_FORM)
    # A redirect that adds or removes a slash would contain the host that the request names, which may be anything.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.register_blueprint(routes)
    app.add_url_rule("/", view_func=_to_the_desk)
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
    clock = clock or SystemClock()
    client = client or connect(settings.session_redis_url, timeout=_PATIENCE, cluster=settings.redis_cluster)
    scripts, keys = Scripts(client), Keys(settings.shards)
    store = store or IntakeStore(scripts, keys, settings.policy())
    wake = wake or Wake(wake_broker(settings.wake_broker_url), clock)
    secrets = Secrets(scripts, keys, new_id)
    visits = Visits(
        store=DoorStore(scripts, keys, settings.policy()),
        agents=agents,
        secrets=secrets,
        clock=clock,
        new_id=new_id,
        lasts=timedelta(hours=settings.desk_session_hours),
    )
    return desk_routes(
        Desk(
            store=DeskStore(scripts, keys),
            troubles=TroubleStore(scripts, keys).all,
            paused=PauseStore(scripts, keys).all,
            posting=Posting(store=store, wake=wake, clock=clock),
            visits=visits,
            secrets=secrets,
            feed=Feed(lambda: EventReader(scripts, keys), most=settings.desk_streams),
            clock=clock,
            new_id=new_id,
            proxies=settings.desk_proxies,
            public_url=settings.public_url,
            country=settings.default_country,
        )
    )


def _agents(settings: DeskSettings) -> Agents | None:
    if settings.desk_agents:
        return NamedAgents(settings.desk_agents)
    return SharedPassword(settings.desk_password) if settings.desk_password else None


def _to_the_desk() -> ResponseReturnValue:
    return redirect("/desk/")


def _alive() -> ResponseReturnValue:
    return jsonify(status="ok")
