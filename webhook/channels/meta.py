"""The endpoint of Meta's WhatsApp Cloud API: the subscription, and signed JSON.

With several shards it looks into bodies, for the shard that must read them.
"""

from http import HTTPStatus
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from session.channels.meta import PROVIDER, meta_signature
from session.keys import Keys
from webhook.lanes import Part, meta_parts
from webhook.receiver import Answer, Endpoint, Posted, VerifiedRequest
from webhook.settings import WebhookSettings
from webhook.signatures import same

_TYPES = frozenset({"application/json"})
_OK = Answer(HTTPStatus.OK, "text/plain; charset=utf-8", b"ok")


def meta_endpoints(settings: WebhookSettings) -> list[Endpoint]:
    """Return POST /webhook/meta, nothing without an app secret."""
    if settings.meta_app_secret is None:
        return []
    app_secret, keys = settings.meta_app_secret.get_secret_value(), Keys(settings.shards)

    def verify(request: Posted, body: bytes) -> VerifiedRequest | None:
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not same(meta_signature(app_secret, body), signature):
            return None
        parts = meta_parts(body, keys.shard_of) if keys.shards > 1 else (Part(PROVIDER.name, body),)
        return VerifiedRequest(source=PROVIDER.name, parts=parts)

    return [Endpoint(path=PROVIDER.path, types=_TYPES, verify=verify, accepted=_OK)]


def meta_subscription(settings: WebhookSettings) -> Blueprint | None:
    """Return GET /webhook/meta, None without an app secret. Without a verify token all subscriptions are rejected."""
    if settings.meta_app_secret is None:
        return None
    verify_token = settings.meta_verify_token
    routes = Blueprint(PROVIDER.name, __name__)

    @routes.get(PROVIDER.path)
    def subscribe() -> ResponseReturnValue:
        # Not `request.args`, which fails on bytes that are not UTF-8.
        asked = dict(parse_qsl(request.query_string.decode("utf-8", "replace")))
        token, challenge = asked.get("hub.verify_token", ""), asked.get("hub.challenge", "")
        known = verify_token is not None and same(verify_token.get_secret_value(), token)
        if not (known and challenge and asked.get("hub.mode") == "subscribe"):
            return jsonify(error="wrong verify token"), HTTPStatus.FORBIDDEN
        return Response(challenge, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    return routes
