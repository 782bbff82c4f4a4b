"""Our applications with their body readers: the objects that the server loads in each of its processes."""

from webhook.app import create_app as webhook_app
from webhook.desk import create_app as desk_app
from webhook.serving.front import Front
from webhook.serving.limits import Limits
from webhook.serving.settings import ServingSettings
from webhook.simulator.app import create_app as simulator_app
from webhook.simulator.settings import Settings as SimulatorSettings

#: Threads of the simulator besides those that long polls may hold.
_FOR_PROVIDERS = 4


def webhook() -> Front:
    """Return the webhook, with the desk if it is on."""
    app, settings = webhook_app(), ServingSettings.load()
    return Front(app, limits=_limits(settings), threads=settings.webhook_threads)


def desk() -> Front:
    """Return the desk alone."""
    app, settings = desk_app(), ServingSettings.load()
    return Front(app, limits=_limits(settings), threads=settings.webhook_threads)


def simulator() -> Front:
    """Return the simulator; each waiting chat or page holds a thread."""
    app, settings = simulator_app(), ServingSettings.load()
    waiters = SimulatorSettings.load().simulator_waiters
    return Front(app, limits=_limits(settings), threads=waiters + waiters // 2 + _FOR_PROVIDERS)


def _limits(settings: ServingSettings) -> Limits:
    return Limits(body_bytes=settings.max_body_bytes, body_seconds=settings.body_timeout_seconds)
