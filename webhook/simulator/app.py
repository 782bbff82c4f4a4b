"""Creates the simulator as a WSGI application. Its state is in memory, so it runs in one process."""

import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from session.channels import PROVIDERS as REAL_PROVIDERS
from session.clock import Clock, SystemClock
from session.errors import SettingsError
from session.ids import new_id as session_id
from session.logs import start_logging
from webhook.body_limits import limited_app
from webhook.simulator.callbacks import Callbacks
from webhook.simulator.chats import Chats
from webhook.simulator.controls import control_routes
from webhook.simulator.customers import customer_routes
from webhook.simulator.faults import Faults
from webhook.simulator.ledger import Ledger
from webhook.simulator.media.answers import file_routes
from webhook.simulator.media.files import Files
from webhook.simulator.page import page_routes
from webhook.simulator.provider import SimulatedProvider
from webhook.simulator.registry import PROVIDERS, ROUTES
from webhook.simulator.reports import report_routes
from webhook.simulator.settings import Settings
from webhook.simulator.simulator import Simulator
from webhook.simulator.template_routes import template_control_routes
from webhook.simulator.templates import Templates
from webhook.simulator.webhook_client import WebhookClient
from webhook.simulator.windows import ShiftedClock, Windows
from webhook.starting import in_one_line

LARGEST_BODY = 3 * 1024 * 1024
#: Bytes of the requests that contain a file; a document may have 100 MB, and is a third larger in JSON.
LARGEST_FILES = {
    "meta.meta_media.upload": 101 * 1024 * 1024,
    "telegram.call": 51 * 1024 * 1024,
    "customers.write": 135 * 1024 * 1024,
}
#: Seconds that a provider waits for the webhook.
_TIMEOUT = httpx.Timeout(15, connect=2)
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=5)


def create_app(
    settings: Settings | None = None,
    *,
    client: httpx.Client | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] = session_id,
    pause: Callable[[float], object] = time.sleep,
) -> Flask:
    """Return the simulator as a WSGI application.

    Without `settings` the environment is read and the logging of this process is set up. `client` posts the bodies to the
    webhook; `pause` waits for a number of seconds.
    """
    if settings is None:
        with in_one_line():
            settings = Settings.load()
            if why := why_real(settings, PROVIDERS):
                raise SettingsError(
                    f"the simulator does not start with a real provider's settings: {why}. It signs every "
                    "message that it is given; start it without your .env, or with make run"
                )
        start_logging(level=settings.log_level, as_json=settings.log_json)
    clock = ShiftedClock(clock or SystemClock())
    # The webhook is on the same machine, so a proxy named in the environment is ignored.
    client = client or httpx.Client(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)
    webhook = WebhookClient(settings=settings, client=client)
    ledger = Ledger(waiters=settings.simulator_waiters)
    # Half as many pages as chats in the terminal: both hold a thread, and the providers' routes need some too.
    chats = Chats(clock=clock, waiters=max(1, settings.simulator_waiters // 2))
    simulator = Simulator(
        settings=settings,
        providers=PROVIDERS,
        ledger=ledger,
        chats=chats,
        faults=Faults(chats.touch),
        files=Files(clock=clock, secret=settings.secret("meta_app_secret")),
        templates=Templates(),
        callbacks=Callbacks(
            settings=settings,
            providers=PROVIDERS,
            webhook=webhook,
            ledger=ledger,
            chats=chats,
            clock=clock,
            pause=pause,
        ),
        webhook=webhook,
        windows=Windows(clock),
        clock=clock,
        new_id=new_id,
        pause=pause,
    )
    app = limited_app("webhook.simulator", body_bytes=LARGEST_BODY, larger=LARGEST_FILES)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for routes in (
        *(routes(simulator) for routes in ROUTES),
        customer_routes(simulator),
        report_routes(simulator),
        control_routes(simulator),
        template_control_routes(simulator),
        page_routes(simulator),
        file_routes(simulator),
    ):
        app.register_blueprint(routes)
    app.register_error_handler(HTTPException, _as_json)
    return app


def _as_json(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def why_real(settings: Settings, simulated: Mapping[str, SimulatedProvider]) -> str | None:
    """Return why these settings are those of a real provider, or None. The text contains no secret.

    The simulator signs whatever it is asked to sign, so it must not have a real secret.
    """
    for provider in REAL_PROVIDERS.values():
        host = urlsplit(getattr(settings, provider.api_url)).hostname or ""
        real = urlsplit(Settings.model_fields[provider.api_url].default).hostname or ""
        domain = real.partition(".")[2]
        if provider.is_configured(settings) and f".{host}".endswith(f".{domain}"):
            name = provider.api_url.upper()
            return (
                f"{name} is {host}, so the secrets beside it are a real sender's; point it to the simulator"
            )
    return next(filter(None, (one.why_real(settings) for one in simulated.values())), None)
