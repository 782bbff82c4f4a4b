"""The endpoint of Meta's WhatsApp Cloud API: the subscription, and signed JSON. It does not parse bodies."""

from http import HTTPStatus
from urllib.parse import parse_qsl

from flask import Blueprint, Request, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import SecretStr

from webhook.receiver import Receiver, VerifiedRequest
from webhook.signatures import meta_signed, same

_TYPES = frozenset({"application/json"})
#: One ordering key for all bodies, because a body may contain messages of many customers.
_KEPT_AS = VerifiedRequest(source="meta", ordering_key="meta")


def meta_routes(receiver: Receiver, *, app_secret: SecretStr, verify_token: SecretStr | None) -> Blueprint:
    """Return GET and POST /webhook/meta. Without a `verify_token` all subscriptions are rejected."""
    routes = Blueprint("meta", __name__)

    def verify(request: Request, body: bytes) -> VerifiedRequest | None:
        signature = request.headers.get("X-Hub-Signature-256", "")
        return _KEPT_AS if meta_signed(app_secret.get_secret_value(), body, signature) else None

    @routes.get("/webhook/meta")
    def subscribe() -> ResponseReturnValue:
        # Not `request.args`, which fails on bytes that are not UTF-8.
        asked = dict(parse_qsl(request.query_string.decode("utf-8", "replace")))
        token, challenge = asked.get("hub.verify_token", ""), asked.get("hub.challenge", "")
        known = verify_token is not None and same(verify_token.get_secret_value(), token)
        if not (known and challenge and asked.get("hub.mode") == "subscribe"):
            return jsonify(error="wrong verify token"), HTTPStatus.FORBIDDEN
        return Response(challenge, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    @routes.post("/webhook/meta")
    def receive() -> ResponseReturnValue:
        if refused := receiver.receive(types=_TYPES, verify=verify):
            return jsonify(error=refused.reason), refused.status
        return Response("ok", mimetype="text/plain")

    return routes
