"""The routes of the customers: write to the business, and read its replies."""

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from session.channels import PROVIDERS
from session.conversations import is_customer, namespace_of
from webhook.simulator.inbound import CustomerMessage
from webhook.simulator.provider import CustomerPost
from webhook.simulator.queries import number_of
from webhook.simulator.simulator import Simulator
from webhook.simulator.webhook_client import WebhookUnreachable

_LONGEST_WAIT = 30.0


def customer_routes(simulator: Simulator) -> Blueprint:
    """Return the routes of the simulated phones."""
    routes = Blueprint("customers", __name__)

    @routes.post("/simulator/customers/<customer>/messages")
    def write(customer: str) -> tuple[Response, int]:
        _check(customer)
        message = _message(simulator, customer)
        provider = simulator.providers[message.channel]
        message_id = message.id or provider.message_id(simulator.new_id, customer)
        simulator.chats.wrote(customer, message, message_id)
        written = CustomerPost(
            message=message, customer=customer, message_id=message_id, at=simulator.clock.now()
        )
        request = provider.message(written, simulator.settings)
        try:
            status = simulator.webhook.post(request)
            simulator.chats.posted(message_id, status)
            if simulator.faults.doubles(message.channel, customer):
                simulator.chats.posted(message_id, simulator.webhook.post(request))
        except WebhookUnreachable as unreachable:
            simulator.chats.lost(message_id, str(unreachable))
            return jsonify(error=str(unreachable), id=message_id), 502
        return jsonify(id=message_id, status=status), 200

    @routes.get("/simulator/customers/<customer>/messages")
    def read(customer: str) -> Response:
        _check(customer)
        after = int(number_of("after"))
        wait = number_of("wait", highest=_LONGEST_WAIT)
        found = simulator.ledger.of_customer(customer, after=after, wait=wait)
        messages = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return jsonify(messages=messages, last=simulator.ledger.last)

    return routes


def _check(customer: str) -> None:
    if not is_customer(customer):
        abort(400, "a customer is a phone number like +201001234567, or an id like US.123 or telegram:123")


def _message(simulator: Simulator, customer: str) -> CustomerMessage:
    try:
        message = CustomerMessage.model_validate(request.get_json())
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        abort(400, f"{where}: {first['msg']}" if where else first["msg"])
    missing = simulator.settings.missing(message.channel)
    if missing:
        abort(409, f"the channel {message.channel} is not set up: {missing} is not set")
    if namespace_of(customer) is not PROVIDERS[message.channel].namespace:
        abort(400, f"{customer} is not a customer on {message.channel}")
    if message.kind not in simulator.providers[message.channel].carries:
        abort(400, f"{message.channel.title()} carries no message of kind {message.kind}")
    return message
