"""The applications, each behind its `Front`: the server loads one of them in each of its processes."""

from dataclasses import replace
from importlib.util import find_spec

from session.errors import SimulatorMissing
from webhook.app import create_app as webhook_app
from webhook.desk import create_app as desk_app
from webhook.desk.attaching import UPLOADS
from webhook.endpoints import shortcut_of
from webhook.serving.front import Front
from webhook.serving.reading import Limits
from webhook.serving.settings import ServingSettings

#: Threads of the simulator in addition to those that long polls may hold.
_FOR_PROVIDERS = 4


def webhook() -> Front:
    """Return the webhook, with the desk if it is on."""
    app, settings = webhook_app(), ServingSettings.load()
    return Front(
        app,
        limits=_limits(settings),
        threads=settings.webhook_threads,
        shortcut=shortcut_of(app),
        uploads=UPLOADS,
    )


def desk() -> Front:
    """Return the desk alone."""
    app, settings = desk_app(), ServingSettings.load()
    return Front(app, limits=_limits(settings), threads=settings.webhook_threads, uploads=UPLOADS)


def simulator() -> Front:
    """Return the simulator; its chats and pages hold a thread each while they wait. Raises `SimulatorMissing`."""
    if find_spec("webhook.simulator") is None:
        raise SimulatorMissing
    # Not at the top: it is installed by an extra.
    from webhook.simulator.app import LARGEST_FILES  # noqa: PLC0415
    from webhook.simulator.app import create_app as simulator_app  # noqa: PLC0415
    from webhook.simulator.settings import Settings as SimulatorSettings  # noqa: PLC0415

    app, settings = simulator_app(), ServingSettings.load()
    waiters = SimulatorSettings.load().simulator_waiters
    largest = max(LARGEST_FILES.values())
    limits = replace(_limits(settings), body_bytes=largest, bodies_bytes=3 * largest)
    return Front(app, limits=limits, threads=waiters + waiters // 2 + _FOR_PROVIDERS)


def _limits(settings: ServingSettings) -> Limits:
    return Limits(body_bytes=settings.max_body_bytes, body_seconds=settings.body_timeout_seconds)
