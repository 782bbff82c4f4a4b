"""The endpoints of Twilio's REST API that a business uses to send."""

import hashlib
import hmac
from collections.abc import Callable
from email.utils import format_datetime

from flask import Blueprint, Response, jsonify, request

from webhook.simulator.exchange import Exchange, gateway_page
from webhook.simulator.faults import Mode
from webhook.simulator.forms import API_VERSION, PREFIX
from webhook.simulator.refusals import TWILIO_UNAUTHORISED, Refusal, twilio_fault
from webhook.simulator.twilio_sends import Send, read_send

_CHANNEL = "twilio"


def message_sid(new_id: Callable[[], str]) -> str:
    """Return a fresh id in Twilio's form: SM and 32 hexadecimal digits."""
    return "SM" + hashlib.blake2b(new_id().encode(), digest_size=16).hexdigest()


def twilio_routes(exchange: Exchange) -> Blueprint:
    """Return the routes of the REST API."""
    routes = Blueprint("twilio", __name__)

    @routes.get(f"/{API_VERSION}/Accounts/<account>.json")
    def account_info(account: str) -> Response:
        refusal = _refusal(exchange, account) or _revoked(exchange)
        if refusal:
            return _refused(refusal)
        return jsonify(sid=account, friendly_name="Simulated Business", status="active", type="Full")

    @routes.post(f"/{API_VERSION}/Accounts/<account>/Messages.json")
    def messages(account: str) -> Response:
        refusal = _refusal(exchange, account)
        if refusal:
            return _refused(refusal)
        send = read_send(request.form, sender=exchange.settings.twilio_from)
        return _refused(send) if isinstance(send, Refusal) else _send(exchange, send)

    return routes


def _send(exchange: Exchange, send: Send) -> Response:
    fault = exchange.faults.take(_CHANNEL, send.customer)
    if fault and fault.mode is Mode.HTML:
        return gateway_page()
    refusal = twilio_fault(fault) if fault else None
    if refusal:
        return _refused(refusal)
    sid = message_sid(exchange.new_id)
    answer = jsonify(_resource(exchange, send, sid))
    answer.status_code = 201
    return exchange.accept(
        answer,
        send.content,
        fault=fault,
        message_id=sid,
        channel=_CHANNEL,
        customer=send.customer,
        status_callback=send.status_callback,
    )


def _resource(exchange: Exchange, send: Send, sid: str) -> dict[str, object]:
    account = exchange.settings.twilio_account_sid
    created = format_datetime(exchange.clock.now())
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": send.content.text,
        "date_created": created,
        "date_sent": None,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": PREFIX + exchange.settings.twilio_from,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"/{API_VERSION}/Accounts/{account}/Messages/{sid}/Media.json"},
        "to": PREFIX + send.customer,
        "uri": f"/{API_VERSION}/Accounts/{account}/Messages/{sid}.json",
    }


def _refusal(exchange: Exchange, account: str) -> Refusal | None:
    sid, token = exchange.settings.twilio_account_sid, exchange.settings.twilio_auth_token.get_secret_value()
    given = request.authorization
    if not token or given is None or given.type != "basic":
        return TWILIO_UNAUTHORISED
    pair = f"{given.username}:{given.password}"
    if account != sid or not hmac.compare_digest(pair.encode(), f"{sid}:{token}".encode()):
        return TWILIO_UNAUTHORISED
    return None


def _revoked(exchange: Exchange) -> Refusal | None:
    """Return the refusal of credentials that a fault has taken away from everybody."""
    fault = exchange.faults.standing(_CHANNEL)
    refusal = twilio_fault(fault) if fault else None
    return refusal if refusal is TWILIO_UNAUTHORISED else None


def _refused(refusal: Refusal) -> Response:
    answer = jsonify(refusal.to_twilio())
    answer.status_code = refusal.http
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = f"{refusal.retry_after:g}"
    return answer
