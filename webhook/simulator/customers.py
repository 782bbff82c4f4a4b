"""The routes of the customers: write to the business, and read its replies."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from webhook.simulator.inbound import CustomerMessage, is_customer
from webhook.simulator.meta_envelopes import message_envelope
from webhook.simulator.queries import number_of
from webhook.simulator.simulator import Simulator
from webhook.simulator.twilio import message_sid
from webhook.simulator.twilio_forms import CARRIED, message_form
from webhook.simulator.webhook_client import WebhookUnreachable

_LONGEST_WAIT = 30.0


def customer_routes(simulator: Simulator) -> Blueprint:
    """Return the routes of the simulated phones."""
    routes = Blueprint("customers", __name__)

    @routes.post("/simulator/customers/<customer>/messages")
    def write(customer: str) -> tuple[Response, int]:
        _check(customer)
        message = _message(simulator)
        message_id = message.id or _fresh_id(simulator, message)
        simulator.chats.wrote(customer, message, message_id)
        post = _poster(simulator, customer, message, message_id)
        try:
            status = post()
            simulator.chats.posted(message_id, status)
            if simulator.faults.doubles(message.channel, customer):
                simulator.chats.posted(message_id, post())
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
        abort(400, "a customer is a phone number like +201001234567 or a user id like US.123")


def _message(simulator: Simulator) -> CustomerMessage:
    try:
        message = CustomerMessage.model_validate(request.get_json())
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        abort(400, f"{where}: {first['msg']}" if where else first["msg"])
    missing = simulator.settings.missing(message.channel)
    if missing:
        abort(409, f"the channel {message.channel} is not set up: {missing} is not set")
    if message.channel == "twilio" and message.kind not in CARRIED:
        abort(400, f"Twilio carries no message of kind {message.kind}")
    return message


def _fresh_id(simulator: Simulator, message: CustomerMessage) -> str:
    return message_sid(simulator.new_id) if message.channel == "twilio" else f"wamid.{simulator.new_id()}"


def _poster(
    simulator: Simulator, customer: str, message: CustomerMessage, message_id: str
) -> Callable[[], int]:
    """Return a function that posts the message as its provider does, with the same body each time, and returns the HTTP status."""
    settings, webhook = simulator.settings, simulator.webhook
    if message.channel == "meta":
        sender, at = settings.meta_phone_number_id, simulator.clock.now()
        envelope = message_envelope(message, customer=customer, message_id=message_id, at=at, sender=sender)
        return lambda: webhook.post_meta(envelope)
    account, sender = settings.twilio_account_sid, settings.twilio_from
    form = message_form(message, customer=customer, message_id=message_id, account=account, sender=sender)
    return lambda: webhook.post_twilio(form)
