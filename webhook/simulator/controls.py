"""What tests and demos ask of the simulator itself: all that was sent, the faults, a fresh start."""

from dataclasses import asdict

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from webhook.simulator.exchange import Exchange
from webhook.simulator.faults import Fault
from webhook.simulator.page import the_page, wants_the_page
from webhook.simulator.queries import number_of

_MOST = 10_000


def control_routes(exchange: Exchange) -> Blueprint:
    """Return the routes that no provider has."""
    routes = Blueprint("controls", __name__)

    @routes.get("/simulator")
    def state() -> Response:
        if wants_the_page():
            return the_page()
        answer = jsonify(last=exchange.ledger.last, callbacks=asdict(exchange.callbacks.counters()))
        answer.headers["Vary"] = "Accept"
        return answer

    @routes.delete("/simulator")
    def reset() -> Response:
        exchange.faults.clear()
        exchange.callbacks.clear()
        exchange.ledger.clear()
        exchange.chats.clear()
        return jsonify(last=exchange.ledger.last)

    @routes.get("/simulator/received")
    def received() -> Response:
        after = int(number_of("after"))
        limit = int(number_of("limit", default=_MOST, highest=_MOST))
        found = exchange.ledger.received(after=after, limit=limit)
        messages = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return jsonify(messages=messages, last=exchange.ledger.last)

    @routes.get("/simulator/faults")
    def faults() -> Response:
        return _faults(exchange)

    @routes.delete("/simulator/faults")
    def mend() -> Response:
        exchange.faults.clear()
        return _faults(exchange)

    @routes.post("/simulator/faults")
    def put_fault() -> Response:
        try:
            fault = Fault.model_validate(request.get_json())
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            abort(400, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        exchange.faults.put(fault)
        return _faults(exchange)

    return routes


def _faults(exchange: Exchange) -> Response:
    set_now = [
        fault.model_dump(mode="json", by_alias=True, exclude_none=True) for fault in exchange.faults.list()
    ]
    return jsonify(faults=set_now)
