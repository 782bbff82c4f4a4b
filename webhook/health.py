"""Says whether the process is up, and whether it can do its work. No secrets, no addresses: anybody may ask."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol

import redis
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from session.errors import StoreUnavailable
from session.logs import mask
from session.store import Pause
from webhook.receiver import Receiver


class Broker(Protocol):
    """The way to the workers."""

    missed: int

    def check(self) -> str:
        """Return "ok", or what is wrong. Never raises, and does not take long."""


def health_routes(
    *, paused: Callable[[], Mapping[str, Pause]], broker: Broker, receiver: Receiver
) -> Blueprint:
    """Return GET /healthz and /readyz. `paused` asks Redis for the paused lines; it raises if Redis is away."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(status="ok")

    @routes.get("/readyz")
    def ready() -> ResponseReturnValue:
        (redis_state, lines), broker_state = _asked(paused), broker.check()
        # Without the broker bodies are still kept, and the sweep wakes their readers: requests must come in.
        status = HTTPStatus.OK if redis_state == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        return jsonify(
            status=_in_words(status, lines),
            redis=redis_state,
            broker=broker_state,
            paused={mask(line): pause.code for line, pause in lines.items()},
            since_start={
                "answered": {str(code): count for code, count in sorted(receiver.answered.items())},
                "wakes_left_to_the_sweep": broker.missed,
            },
        ), status

    return routes


def _asked(paused: Callable[[], Mapping[str, Pause]]) -> tuple[str, Mapping[str, Pause]]:
    try:
        return "ok", paused()
    except (StoreUnavailable, redis.RedisError, OSError) as error:
        cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
        return type(cause).__name__, {}


def _in_words(status: HTTPStatus, lines: Mapping[str, Pause]) -> str:
    if status is not HTTPStatus.OK:
        return "not ready"
    return f"ready, but nothing is sent on {len(lines)} paused line(s)" if lines else "ready"
