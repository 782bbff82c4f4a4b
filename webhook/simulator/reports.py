"""The route that posts what Meta reports about a conversation besides the customer's messages."""

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import TypeAdapter

from webhook.simulator.customers import check_channel, check_customer
from webhook.simulator.meta_envelopes import signed
from webhook.simulator.meta_reports import Report, report_envelope
from webhook.simulator.queries import given
from webhook.simulator.simulator import Simulator
from webhook.simulator.webhook_client import WebhookUnreachable

_REPORTS: TypeAdapter[Report] = TypeAdapter(Report)
_CHANNEL = "meta"


def report_routes(simulator: Simulator) -> Blueprint:
    """Return the route of the reports."""
    routes = Blueprint("reports", __name__)

    @routes.post("/simulator/customers/<customer>/reports")
    def report(customer: str) -> tuple[Response, int]:
        check_customer(customer)
        told = given(_REPORTS, request.get_json()).with_ids(simulator.new_id)
        if told.channel != _CHANNEL:
            abort(400, f"{told.channel.title()} has no {told.field}; only Meta does")
        check_channel(simulator, _CHANNEL, customer)
        body = report_envelope(
            told,
            customer=customer,
            at=simulator.clock.now(),
            sender=simulator.settings.meta_phone_number_id,
        )
        try:
            status = simulator.webhook.post(signed(body, simulator.settings))
        except WebhookUnreachable as unreachable:
            return jsonify(error=str(unreachable), ids=told.ids), 502
        return jsonify(ids=told.ids, status=status), 200

    return routes
