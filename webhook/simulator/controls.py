"""The routes by which tests and demos control the simulator: list what was sent, set faults, reset."""

from dataclasses import asdict
from datetime import timedelta

from flask import Blueprint, Response, jsonify, request
from pydantic import ConfigDict, Field, TypeAdapter

from session.records import Record
from webhook.simulator.faults import Fault
from webhook.simulator.page import the_page, wants_the_page
from webhook.simulator.queries import given, number_of
from webhook.simulator.simulator import Simulator

_MOST = 10_000


class ClockSetting(Record):
    """How far the simulator's clock is ahead, and whether the customer service window counts."""

    model_config = ConfigDict(extra="forbid")

    ahead_seconds: float | None = Field(None, ge=0, le=400 * 86_400)  #: None: as it was
    windows: bool | None = None  #: the same


_CLOCK, _FAULT = TypeAdapter(ClockSetting), TypeAdapter(Fault)


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
        simulator.files.clear()
        simulator.windows.clear()
        simulator.templates.clear()
        simulator.clock.ahead = timedelta()
        return jsonify(last=simulator.ledger.last)

    @routes.get("/simulator/received")
    def received() -> Response:
        after = int(number_of("after"))
        limit = int(number_of("limit", default=_MOST, highest=_MOST))
        found = simulator.ledger.received(after=after, limit=limit)
        messages = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return jsonify(messages=messages, last=simulator.ledger.last)

    @routes.post("/simulator/clock")
    def set_clock() -> Response:
        asked = given(_CLOCK, request.get_json())
        if asked.ahead_seconds is not None:
            simulator.clock.ahead = timedelta(seconds=asked.ahead_seconds)
        if asked.windows is not None:
            simulator.windows.enforced = asked.windows
        return jsonify(now=simulator.clock.now().isoformat(), windows=simulator.windows.enforced)

    @routes.get("/simulator/faults")
    def faults() -> Response:
        return _faults(simulator)

    @routes.delete("/simulator/faults")
    def mend() -> Response:
        simulator.faults.clear()
        return _faults(simulator)

    @routes.post("/simulator/faults")
    def put_fault() -> Response:
        simulator.faults.put(given(_FAULT, request.get_json()))
        return _faults(simulator)

    return routes


def _faults(simulator: Simulator) -> Response:
    listed = [
        fault.model_dump(mode="json", by_alias=True, exclude_none=True) for fault in simulator.faults.list()
    ]
    return jsonify(faults=listed)
