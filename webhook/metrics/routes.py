"""The endpoint of the metrics: off without a token, and protected by it."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from loguru import logger
from pydantic import SecretStr

from session.errors import StoreError
from session.results import QueueStatistics
from session.store import CounterStore, LoadStore, Runner
from webhook.metrics.exposition import CONTENT_TYPE, exposed
from webhook.metrics.figures import families
from webhook.signatures import same


def metrics_routes(
    *, run: Runner, counters: CounterStore, loads: LoadStore, shards: int, token: SecretStr
) -> Blueprint:
    """Return GET /metrics, for requests with `Authorization: Bearer <token>`."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> ResponseReturnValue:
        if not same(f"Bearer {token.get_secret_value()}", request.headers.get("Authorization", "")):
            answer = jsonify(error="unauthorized")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer, HTTPStatus.UNAUTHORIZED
        try:
            text = _exposed(run, counters, loads, shards)
        except StoreError as error:
            logger.error("metrics not available", error=type(error.__cause__ or error).__name__)
            return jsonify(error="storage is unavailable, try again"), HTTPStatus.SERVICE_UNAVAILABLE
        return Response(text, content_type=CONTENT_TYPE)

    return routes


def _exposed(run: Runner, counters: CounterStore, loads: LoadStore, shards: int) -> str:
    held = run(loads.all())
    return exposed(families(_statistics(run, counters, shards), held))


def _statistics(run: Runner, counters: CounterStore, shards: int) -> list[QueueStatistics]:
    """Count the new events, and read the totals."""
    run.together([counters.fold(shard) for shard in range(shards)])
    return run.together([counters.queue_statistics(shard) for shard in range(shards)])
