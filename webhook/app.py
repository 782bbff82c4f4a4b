"""Composes the webhook: the WSGI application that receives what the providers post."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Protocol

from flask import Flask, json, jsonify
from flask.typing import ResponseReturnValue
from loguru import logger
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from session.clock import Clock, SteadyClock, SystemClock
from session.connection import ServersClock, connect
from session.keys import Keys
from session.logs import start_logging
from session.media_store import MediaStore
from session.store import (
    AsyncRunner,
    CounterStore,
    IntakeStore,
    LoadStore,
    PauseStore,
    Redis,
    Runner,
    Scripts,
)
from webhook.api.settings import ApiSettings
from webhook.body_limits import LARGEST_FORM, limited_app
from webhook.broker import wake_broker
from webhook.channels import channel_endpoints
from webhook.channels.meta import meta_subscription
from webhook.desk.app import LARGEST_FILES, desk
from webhook.desk.settings import DeskSettings
from webhook.endpoints import NAME, Shortcut, endpoint_routes, lay_shortcut
from webhook.faults import place_of
from webhook.heads import trusting
from webhook.health import Broker, Readiness, health_routes
from webhook.metrics.routes import metrics_routes
from webhook.public_media import media_routes
from webhook.receiver import Receiver
from webhook.settings import WebhookSettings
from webhook.starting import in_one_line
from webhook.storing import AtOnce, Bodies, Intake, Keeper, OnLoop, Waking
from webhook.wake import Wake

#: A sweep that is late because a worker restarts is not a problem.
_SWEPT_WITHIN = timedelta(seconds=15)


class IntakeWaker(Waking, Broker, Protocol):
    """Wakes the intake, and knows whether it can."""


def create_app(
    settings: WebhookSettings | None = None,
    *,
    client: Redis | None = None,
    store: Bodies | None = None,
    wake: IntakeWaker | None = None,
    clock: Clock | None = None,
    desk_settings: DeskSettings | None = None,
    api_settings: ApiSettings | None = None,
) -> Flask:
    """Return the webhook as a WSGI application; a provider without its secret is off (404), as are the desk and the API.

    Without `settings` this reads the environment and sets up the logging of the process; an invalid setting ends the
    process with one line. It does not connect before the first request.
    """
    if settings is None:
        with in_one_line():
            settings, desk_settings = WebhookSettings.load(), desk_settings or DeskSettings.load()
            api_settings = api_settings or ApiSettings.load()
        start_logging(level=settings.log_level, as_json=settings.log_json)
    given = client
    client = client or connect(
        settings.session_redis_url,
        timeout=settings.webhook_redis_timeout_seconds,
        cluster=settings.redis_cluster,
    )
    scripts, keys = Scripts.load(clock), Keys(settings.shards)
    run, intake = Runner(client), IntakeStore(scripts, keys, settings.policy())
    steady = clock or SteadyClock()
    wake = wake or Wake(wake_broker(settings.wake_broker_url), steady)
    on_loop: Keeper = AtOnce(store, wake) if store else OnLoop(AsyncRunner(client), intake, wake)
    store = store or Intake(run=run, intake=intake)
    receiver = Receiver(max_body_bytes=settings.max_body_bytes)
    endpoints = channel_endpoints(settings)
    app = limited_app("webhook", body_bytes=LARGEST_FORM, own_limits={NAME}, larger=LARGEST_FILES)
    # A redirect that adds or removes a slash would contain the host that the request names, which may be anything.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    pauses = PauseStore(scripts, keys)
    readiness = Readiness(
        try_body=lambda: run(intake.try_body()),
        paused=lambda: run(pauses.all()),
        broker=wake,
        clock=steady,
        of_host=clock or SystemClock(),
        sweep_within=max(_SWEPT_WITHIN, 5 * timedelta(seconds=settings.sweep_seconds)),
    )
    app.register_blueprint(health_routes(readiness=readiness, broker=wake, receiver=receiver))
    if settings.metrics_token:
        counters, loads = CounterStore(scripts, keys), LoadStore(scripts, keys, settings.policy())
        shown = settings.metrics_token
        app.register_blueprint(
            metrics_routes(run=run, counters=counters, loads=loads, shards=settings.shards, token=shown)
        )
    app.register_blueprint(
        media_routes(run, keys, lambda: MediaStore(settings.media_place()), clock or ServersClock(client))
    )
    app.register_blueprint(endpoint_routes(receiver, endpoints, AtOnce(store, wake)))
    if subscription := meta_subscription(settings):
        app.register_blueprint(subscription)
    if api_settings and api_settings.api_tokens:
        _add_api(app, api_settings, client=given, store=store, wake=wake, clock=clock)
    # With its own connection, because people can wait longer for Redis than providers.
    proxies = 0
    if desk_settings and (people := desk(desk_settings, client=given, store=store, wake=wake, clock=clock)):
        app.register_blueprint(people)
        proxies = desk_settings.desk_proxies
    elif desk_settings and api_settings and api_settings.api_tokens:
        proxies = desk_settings.desk_proxies
        app.wsgi_app = trusting(app.wsgi_app, proxies)  # type: ignore[method-assign]
    lay_shortcut(app, Shortcut(receiver, endpoints, on_loop, proxies=proxies))
    app.register_error_handler(HTTPException, _in_json)
    app.register_error_handler(Exception, _fault)
    return app


def _add_api(app: Flask, settings: ApiSettings, **parts: Any) -> None:
    # Not at the top: nobody else needs its library.
    from webhook.api.app import create_api, in_front_of  # noqa: PLC0415

    app.wsgi_app = in_front_of(app.wsgi_app, create_api(settings, **parts))  # type: ignore[assignment,method-assign]


def _in_json(error: HTTPException) -> ResponseReturnValue:
    answer = error.get_response()
    if isinstance(answer, Response) and error.code and error.code >= HTTPStatus.BAD_REQUEST:
        answer.data, answer.mimetype = json.dumps({"error": error.name.lower()}), "application/json"
    return answer


def _fault(error: Exception) -> ResponseReturnValue:
    logger.error("internal server error", error=type(error).__name__, at=place_of(error))
    return jsonify(error="internal server error"), HTTPStatus.INTERNAL_SERVER_ERROR
