"""The endpoints of Meta's Graph API that a business uses to send."""

import hmac
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request

from session.channels.meta import PROVIDER
from webhook.simulator.faults import Mode
from webhook.simulator.media.meta_files import look_up, media_routes
from webhook.simulator.media.sent import carried
from webhook.simulator.meta_envelopes import DISPLAY_NUMBER
from webhook.simulator.meta_sends import read_send
from webhook.simulator.rejections import META_UNAUTHORISED, Rejection, gone, meta_fault
from webhook.simulator.simulator import Simulator, bad_gateway
from webhook.simulator.template_routes import meta_template_routes

_CHANNEL = PROVIDER.name


def meta_routes(simulator: Simulator) -> Blueprint:
    """Return the routes of the Graph API."""
    routes = Blueprint("meta", __name__)

    def check(phone_number_id: str | None) -> Rejection | None:
        return _rejection(simulator, phone_number_id) or _revoked(simulator)

    routes.register_blueprint(media_routes(simulator, check=check, reject=partial(_rejected, simulator)))

    routes.register_blueprint(
        meta_template_routes(simulator, check=partial(check, None), reject=partial(_rejected, simulator))
    )

    @routes.get("/v<version>/<object_id>")
    def look(version: str, object_id: str) -> Response:  # noqa: ARG001 - every version is alike
        rejection = check(None)
        if rejection:
            return _rejected(simulator, rejection)
        if object_id != simulator.settings.meta_phone_number_id:
            found = look_up(simulator, object_id)
            return _rejected(simulator, found) if isinstance(found, Rejection) else found
        return jsonify(
            id=object_id,
            display_phone_number=DISPLAY_NUMBER,
            verified_name="Simulated Business",
            quality_rating="GREEN",
        )

    @routes.post("/v<version>/<phone_number_id>/messages")
    def messages(version: str, phone_number_id: str) -> Response:  # noqa: ARG001 - every version is alike
        rejection = _rejection(simulator, phone_number_id)
        if rejection:
            return _rejected(simulator, rejection)
        payload = request.get_json(silent=True)
        if isinstance(payload, dict) and payload.get("status") == "read":
            return _marked(simulator, payload)
        return _send(simulator, payload)

    return routes


def _send(simulator: Simulator, payload: object) -> Response:
    send = read_send(payload, simulator.templates)
    if isinstance(send, Rejection):
        return _rejected(simulator, send)
    fault = simulator.faults.take(_CHANNEL, send.customer)
    if fault and fault.mode is Mode.HTML:
        return bad_gateway()
    rejection = meta_fault(fault) if fault else None
    if rejection:
        return _rejected(simulator, rejection)
    taken = carried(simulator, send.content, channel=_CHANNEL)
    if isinstance(taken, Rejection):
        return _rejected(simulator, taken)
    message_id = f"wamid.{simulator.new_id()}"
    contact = {"input": send.address}
    if send.customer.startswith("+"):
        contact["wa_id"] = send.customer.removeprefix("+")
    else:
        contact["user_id"] = send.customer
    answer = jsonify(messaging_product="whatsapp", contacts=[contact], messages=[{"id": message_id}])
    return simulator.accept(
        answer,
        taken.content,
        fault=fault,
        fails=taken.fails,
        message_id=message_id,
        channel=_CHANNEL,
        customer=send.customer,
        opaque=send.opaque,
    )


def _marked(simulator: Simulator, payload: dict[str, Any]) -> Response:
    # `standing`, not `take`: only sends use a fault up.
    fault = simulator.faults.standing(_CHANNEL)
    if fault and fault.mode is Mode.HTML:
        return bad_gateway()
    rejection = meta_fault(fault) if fault else None
    if rejection:
        return _rejected(simulator, rejection)
    if payload.get("messaging_product") == "whatsapp" and isinstance(payload.get("message_id"), str):
        simulator.chats.read(payload["message_id"], typing=bool(payload.get("typing_indicator")))
        return jsonify(success=True)
    message = "Required parameter is missing"
    return _rejected(
        simulator, Rejection(http=400, code=131008, message=message, details="message_id is missing")
    )


def _rejection(simulator: Simulator, phone_number_id: str | None) -> Rejection | None:
    """Return why a request is rejected that concerns a number; None: it concerns none."""
    token = simulator.settings.secret("meta_access_token")
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return META_UNAUTHORISED
    if phone_number_id not in (None, simulator.settings.meta_phone_number_id):
        return gone(request.method.lower(), phone_number_id)
    return None


def _revoked(simulator: Simulator) -> Rejection | None:
    """Return the rejection if a fault has revoked the token for everybody."""
    fault = simulator.faults.standing(_CHANNEL)
    rejection = meta_fault(fault) if fault else None
    return rejection if rejection is META_UNAUTHORISED else None


def _rejected(simulator: Simulator, rejection: Rejection) -> Response:
    answer = jsonify(rejection.to_meta(simulator.new_id()))
    answer.status_code = rejection.http
    return answer
