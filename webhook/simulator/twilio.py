"""The endpoints of Twilio's REST API that a business uses to send."""

import hmac
from email.utils import format_datetime

from flask import Blueprint, Response, jsonify, request

from session.channels.twilio import PREFIX, PROVIDER, contents_in
from webhook.simulator.faults import Mode
from webhook.simulator.media.sent import carried
from webhook.simulator.media.twilio_files import media_routes
from webhook.simulator.rejections import TWILIO_UNAUTHORISED, Rejection, twilio_fault
from webhook.simulator.simulator import Simulator, bad_gateway
from webhook.simulator.template_routes import twilio_template_routes
from webhook.simulator.twilio_forms import API_VERSION, message_sid
from webhook.simulator.twilio_sends import TwilioSend, read_send

_CHANNEL = PROVIDER.name


def twilio_routes(simulator: Simulator) -> Blueprint:
    """Return the routes of the REST API."""
    routes = Blueprint("twilio", __name__)

    def check(account: str) -> Rejection | None:
        return _rejection(simulator, account) or _revoked(simulator)

    def check_account() -> Rejection | None:
        return check(simulator.settings.twilio_account_sid)

    routes.register_blueprint(media_routes(simulator, check=check, reject=_rejected))
    routes.register_blueprint(twilio_template_routes(simulator, check=check_account, reject=_rejected))

    @routes.get(f"/{API_VERSION}/Accounts/<account>.json")
    def account_info(account: str) -> Response:
        rejection = check(account)
        if rejection:
            return _rejected(rejection)
        return jsonify(sid=account, friendly_name="Simulated Business", status="active", type="Full")

    @routes.post(f"/{API_VERSION}/Accounts/<account>/Messages.json")
    def messages(account: str) -> Response:
        rejection = _rejection(simulator, account)
        if rejection:
            return _rejected(rejection)
        settings = simulator.settings
        sids = contents_in(settings.twilio_content_sids)
        send = read_send(
            request.form, sender=settings.twilio_from, sids=sids, templates=simulator.templates.all()
        )
        return _rejected(send) if isinstance(send, Rejection) else _send(simulator, send)

    return routes


def _send(simulator: Simulator, send: TwilioSend) -> Response:
    fault = simulator.faults.take(_CHANNEL, send.customer)
    if fault and fault.mode is Mode.HTML:
        return bad_gateway()
    rejection = twilio_fault(fault) if fault else None
    if rejection:
        return _rejected(rejection)
    taken = carried(simulator, send.content, channel=_CHANNEL)
    assert not isinstance(taken, Rejection)  # noqa: S101  (Twilio knows no uploads)
    sid = message_sid(simulator.new_id)
    answer = jsonify(_resource(simulator, send, sid))
    answer.status_code = 201
    return simulator.accept(
        answer,
        taken.content,
        fault=fault,
        fails=taken.fails,
        message_id=sid,
        channel=_CHANNEL,
        customer=send.customer,
        status_callback=send.status_callback,
    )


def _resource(simulator: Simulator, send: TwilioSend, sid: str) -> dict[str, object]:
    account = simulator.settings.twilio_account_sid
    created = format_datetime(simulator.clock.now())
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
        "from": PREFIX + simulator.settings.twilio_from,
        "messaging_service_sid": None,
        "num_media": "1" if send.content.media else "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"/{API_VERSION}/Accounts/{account}/Messages/{sid}/Media.json"},
        "to": PREFIX + send.customer,
        "uri": f"/{API_VERSION}/Accounts/{account}/Messages/{sid}.json",
    }


def _rejection(simulator: Simulator, account: str) -> Rejection | None:
    sid, token = (
        simulator.settings.twilio_account_sid,
        simulator.settings.secret("twilio_auth_token"),
    )
    given = request.authorization
    if not token or given is None or given.type != "basic":
        return TWILIO_UNAUTHORISED
    pair = f"{given.username}:{given.password}"
    if account != sid or not hmac.compare_digest(pair.encode(), f"{sid}:{token}".encode()):
        return TWILIO_UNAUTHORISED
    return None


def _revoked(simulator: Simulator) -> Rejection | None:
    """Return the rejection if a fault has revoked the credentials for everybody."""
    fault = simulator.faults.standing(_CHANNEL)
    rejection = twilio_fault(fault) if fault else None
    return rejection if rejection is TWILIO_UNAUTHORISED else None


def _rejected(rejection: Rejection) -> Response:
    answer = jsonify(rejection.to_twilio())
    answer.status_code = rejection.http
    if rejection.retry_after is not None:
        answer.headers["Retry-After"] = f"{rejection.retry_after:g}"
    return answer
