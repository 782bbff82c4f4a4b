"""Says whether the process is up, and whether it can do its work. No secrets, no addresses: anybody may ask."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

import redis
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from webhook.receiver import Receiver


class Broker(Protocol):
    """The way to the workers."""

    missed: int

    def check(self) -> str:
        """Return "ok", or what is wrong. Never raises, and does not take long."""


def health_routes(*, ping: Callable[[], object], broker: Broker, receiver: Receiver) -> Blueprint:
    """Return GET /healthz and /readyz. `ping` asks Redis, and raises if it does not answer."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(status="ok")

    @routes.get("/readyz")
    def ready() -> ResponseReturnValue:
        redis_state, broker_state = _asked(ping), broker.check()
        # Without the broker bodies are still kept, and the sweep wakes their readers: requests must come in.
        status = HTTPStatus.OK if redis_state == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        return jsonify(
            status="ready" if status is HTTPStatus.OK else "not ready",
            redis=redis_state,
            broker=broker_state,
            since_start={
                "answered": {str(code): count for code, count in sorted(receiver.answered.items())},
                "wakes_left_to_the_sweep": broker.missed,
            },
        ), status

    return routes


def _asked(ping: Callable[[], object]) -> str:
    try:
        ping()
    except (redis.RedisError, OSError) as error:
        return type(error).__name__
    return "ok"
