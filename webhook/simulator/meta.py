"""The endpoints of Meta's Graph API that a business uses to send."""

import hmac
from typing import Any

from flask import Blueprint, Response, jsonify, request

from webhook.simulator.envelopes import DISPLAY_NUMBER
from webhook.simulator.exchange import Exchange, gateway_page
from webhook.simulator.faults import Mode
from webhook.simulator.meta_sends import read_send
from webhook.simulator.refusals import META_UNAUTHORISED, Refusal, meta_fault

_CHANNEL = "meta"


def meta_routes(exchange: Exchange) -> Blueprint:
    """Return the routes of the Graph API."""
    routes = Blueprint("meta", __name__)

    @routes.get("/v<version>/<phone_number_id>")
    def number(version: str, phone_number_id: str) -> Response:  # noqa: ARG001 - every version is alike
        refusal = _refusal(exchange, phone_number_id) or _revoked(exchange)
        if refusal:
            return _refused(exchange, refusal)
        return jsonify(
            id=phone_number_id,
            display_phone_number=DISPLAY_NUMBER,
            verified_name="Simulated Business",
            quality_rating="GREEN",
        )

    @routes.post("/v<version>/<phone_number_id>/messages")
    def messages(version: str, phone_number_id: str) -> Response:  # noqa: ARG001 - every version is alike
        refusal = _refusal(exchange, phone_number_id)
        if refusal:
            return _refused(exchange, refusal)
        payload = request.get_json(silent=True)
        if isinstance(payload, dict) and payload.get("status") == "read":
            return _marked(exchange, payload)
        return _send(exchange, payload)

    return routes


def _send(exchange: Exchange, payload: object) -> Response:
    send = read_send(payload)
    if isinstance(send, Refusal):
        return _refused(exchange, send)
    fault = exchange.faults.take(_CHANNEL, send.customer)
    if fault and fault.mode is Mode.HTML:
        return gateway_page()
    refusal = meta_fault(fault) if fault else None
    if refusal:
        return _refused(exchange, refusal)
    message_id = f"wamid.{exchange.new_id()}"
    contact = {"input": send.address}
    if send.customer.startswith("+"):
        contact["wa_id"] = send.customer.removeprefix("+")
    else:
        contact["user_id"] = send.customer
    answer = jsonify(messaging_product="whatsapp", contacts=[contact], messages=[{"id": message_id}])
    return exchange.accept(
        answer,
        send.content,
        fault=fault,
        message_id=message_id,
        channel=_CHANNEL,
        customer=send.customer,
        opaque=send.opaque,
    )


def _marked(exchange: Exchange, payload: dict[str, Any]) -> Response:
    # Not taken: what a fault still has to hit are sends.
    fault = exchange.faults.standing(_CHANNEL)
    if fault and fault.mode is Mode.HTML:
        return gateway_page()
    refusal = meta_fault(fault) if fault else None
    if refusal:
        return _refused(exchange, refusal)
    if payload.get("messaging_product") == "whatsapp" and isinstance(payload.get("message_id"), str):
        exchange.chats.read(payload["message_id"], typing=bool(payload.get("typing_indicator")))
        return jsonify(success=True)
    words = "Required parameter is missing"
    return _refused(exchange, Refusal(http=400, code=131008, words=words, details="message_id is missing"))


def _refusal(exchange: Exchange, phone_number_id: str) -> Refusal | None:
    token = exchange.settings.meta_access_token.get_secret_value()
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return META_UNAUTHORISED
    if phone_number_id != exchange.settings.meta_phone_number_id:
        words = "Unsupported request. The object does not exist, or cannot be reached with this token"
        return Refusal(http=400, code=100, words=words, subcode=33)
    return None


def _revoked(exchange: Exchange) -> Refusal | None:
    """Return the refusal of a token that a fault has taken away from everybody."""
    fault = exchange.faults.standing(_CHANNEL)
    refusal = meta_fault(fault) if fault else None
    return refusal if refusal is META_UNAUTHORISED else None


def _refused(exchange: Exchange, refusal: Refusal) -> Response:
    answer = jsonify(refusal.to_meta(exchange.new_id()))
    answer.status_code = refusal.http
    return answer
