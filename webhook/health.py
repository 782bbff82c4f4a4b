"""Reports whether the process is up and ready. It reveals no secrets and no addresses, because anybody may ask."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from session.printable import mask
from webhook.readiness import Broker, Readiness, Seen
from webhook.receiver import Receiver


def health_routes(*, readiness: Readiness, broker: Broker, receiver: Receiver) -> Blueprint:
    """Return GET /healthz, which checks nothing else, and GET /readyz, which is 503 if a message would not be stored and answered."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(status="ok")

    @routes.get("/readyz")
    def ready() -> ResponseReturnValue:
        seen = readiness.seen()
        return jsonify(
            status=_in_words(seen),
            redis=seen.redis,
            sweep=seen.sweep,
            broker=seen.broker,
            paused={mask(sender): pause.code for sender, pause in seen.paused.items()},
            since_start={
                "answered": {str(code): count for code, count in sorted(receiver.answered.items())},
                "wakes_left_to_the_sweep": broker.missed,
            },
        ), HTTPStatus.OK if seen.ready else HTTPStatus.SERVICE_UNAVAILABLE

    return routes


def _in_words(seen: Seen) -> str:
    if not seen.ready:
        return "not ready"
    senders = len(seen.paused)
    return f"ready, but {senders} paused sender(s) send nothing" if senders else "ready"
