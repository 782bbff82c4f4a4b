"""The routes by which tests and demos control the simulator: list what was sent, set faults, reset."""

from dataclasses import asdict

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from webhook.simulator.faults import Fault
from webhook.simulator.page import the_page, wants_the_page
from webhook.simulator.queries import number_of
from webhook.simulator.simulator import Simulator

_MOST = 10_000


def control_routes(simulator: Simulator) -> Blueprint:
    """Return the control routes."""
    routes = Blueprint("controls", __name__)

    @routes.get("/simulator")
    def state() -> Response:
        if wants_the_page():
            return the_page()
        answer = jsonify(last=simulator.ledger.last, callbacks=asdict(simulator.callbacks.counts()))
        answer.headers["Vary"] = "Accept"
        return answer

    @routes.delete("/simulator")
    def reset() -> Response:
        simulator.faults.clear()
        simulator.callbacks.clear()
        simulator.ledger.clear()
        simulator.chats.clear()
        return jsonify(last=simulator.ledger.last)

    @routes.get("/simulator/received")
    def received() -> Response:
        after = int(number_of("after"))
        limit = int(number_of("limit", default=_MOST, highest=_MOST))
        found = simulator.ledger.received(after=after, limit=limit)
        messages = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return jsonify(messages=messages, last=simulator.ledger.last)

    @routes.get("/simulator/faults")
    def faults() -> Response:
        return _faults(simulator)

    @routes.delete("/simulator/faults")
    def mend() -> Response:
        simulator.faults.clear()
        return _faults(simulator)

    @routes.post("/simulator/faults")
    def put_fault() -> Response:
        try:
            fault = Fault.model_validate(request.get_json())
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            abort(400, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        simulator.faults.put(fault)
        return _faults(simulator)

    return routes


def _faults(simulator: Simulator) -> Response:
    listed = [
        fault.model_dump(mode="json", by_alias=True, exclude_none=True) for fault in simulator.faults.list()
    ]
    return jsonify(faults=listed)
