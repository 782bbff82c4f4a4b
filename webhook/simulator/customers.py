"""The routes of the customers: write to the business, and read its replies."""

import base64
import json
from contextlib import closing

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import TypeAdapter

from session.channels import PROVIDERS
from session.content_parts import Kind
from session.conversations import is_customer, namespace_of
from webhook.simulator.inbound import MIME_TYPES, CustomerMessage
from webhook.simulator.media.files import RECEIVED_FOR, File
from webhook.simulator.media.samples import sample
from webhook.simulator.provider import CustomerPost
from webhook.simulator.queries import given, number_of
from webhook.simulator.simulator import Simulator
from webhook.simulator.webhook_client import WebhookUnreachable

_LONGEST_WAIT = 30.0
_MESSAGE = TypeAdapter(CustomerMessage)


def customer_routes(simulator: Simulator) -> Blueprint:
    """Return the routes of the simulated phones."""
    routes = Blueprint("customers", __name__)

    @routes.post("/simulator/customers/<customer>/messages")
    def write(customer: str) -> tuple[Response, int]:
        check_customer(customer)
        message = _message(simulator, customer)
        provider = simulator.providers[message.channel]
        message_id = message.id or provider.message_id(simulator.new_id, customer)
        file = _attached(simulator, message, provider.file_id(message_id))
        if message.group_id is None:
            simulator.windows.wrote(message.channel, customer)
        simulator.chats.wrote(customer, message, message_id, file=file.id if file else None)
        written = CustomerPost(
            message=message,
            customer=customer,
            message_id=message_id,
            at=simulator.clock.now(),
            file=file,
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
        check_customer(customer)
        after = int(number_of("after"))
        wait = number_of("wait", highest=_LONGEST_WAIT)
        found = simulator.ledger.of_customer(customer, after=after, wait=wait)
        messages = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return jsonify(messages=messages, last=simulator.ledger.last)

    return routes


def check_customer(customer: str) -> None:
    """Answer with 400 if a name is not that of a customer."""
    if not is_customer(customer):
        abort(400, "a customer is a phone number like +201001234567, or an id like US.123 or telegram:123")


def check_channel(simulator: Simulator, channel: str, customer: str) -> None:
    """Answer with 409 if a channel is not set up, with 400 if the customer is not one of it."""
    missing = simulator.settings.missing(channel)
    if missing:
        abort(409, f"the channel {channel} is not set up: {missing} is not set")
    if namespace_of(customer) is not PROVIDERS[channel].namespace:
        abort(400, f"{customer} is not a customer on {channel}")


def _attached(simulator: Simulator, message: CustomerMessage, file_id: str) -> File | None:
    """Return what is attached to a message; a redelivery has the file of the first delivery."""
    if message.kind not in MIME_TYPES:
        return None
    kept = simulator.files.shown(file_id)
    if kept and message.content is None:
        return kept
    name = "document.pdf" if message.kind is Kind.DOCUMENT else None
    content = sample(message.kind) if message.content is None else message.content
    return simulator.files.keep(
        file_id, content, message.attached_type, filename=message.filename or name, lives=RECEIVED_FOR
    )


def _in_request() -> object:
    """Return the message as JSON; one with a file comes as a form, with the JSON in `message` and the bytes in `file`."""
    file = request.files.get("file")
    if file is None:
        return request.get_json()
    try:
        message = json.loads(request.form.get("message", "{}"))
    except ValueError:
        abort(400, "message: not JSON")
    if not isinstance(message, dict):
        abort(400, "message: not an object")
    about = {"filename": file.filename or None, "mimeType": file.content_type}
    with closing(file):
        return about | message | {"content": base64.b64encode(file.read())}


def _message(simulator: Simulator, customer: str) -> CustomerMessage:
    message = given(_MESSAGE, _in_request())
    check_channel(simulator, message.channel, customer)
    if message.kind not in simulator.providers[message.channel].carries:
        abort(400, f"{message.channel.title()} carries no message of kind {message.kind}")
    return message
