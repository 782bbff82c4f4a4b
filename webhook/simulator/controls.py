"""What tests and demos ask of the simulator itself: all that was sent, the faults, a fresh start."""

from dataclasses import asdict

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from webhook.simulator.desk import Desk
from webhook.simulator.faults import Fault
from webhook.simulator.queries import number_of

_MOST = 10_000


def control_routes(desk: Desk) -> Blueprint:
    """Return the routes that no provider has."""
    routes = Blueprint("controls", __name__)

    @routes.get("/simulator")
    def state() -> Response:
        return jsonify(last=desk.ledger.last, callbacks=asdict(desk.callbacks.tally()))

    @routes.delete("/simulator")
    def reset() -> Response:
        desk.faults.clear()
        desk.callbacks.clear()
        desk.ledger.clear()
        return jsonify(last=desk.ledger.last)

    @routes.get("/simulator/received")
    def received() -> Response:
        after = int(number_of("after"))
        limit = int(number_of("limit", default=_MOST, highest=_MOST))
        found = desk.ledger.received(after=after, limit=limit)
        messages = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return jsonify(messages=messages, last=desk.ledger.last)

    @routes.get("/simulator/faults")
    def faults() -> Response:
        return _faults(desk)

    @routes.post("/simulator/faults")
    def put_fault() -> Response:
        try:
            fault = Fault.model_validate(request.get_json())
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            abort(400, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        desk.faults.put(fault)
        return _faults(desk)

    return routes


def _faults(desk: Desk) -> Response:
    set_now = [
        fault.model_dump(mode="json", by_alias=True, exclude_none=True) for fault in desk.faults.list()
    ]
    return jsonify(faults=set_now)
