"""The endpoint of Telegram's Bot API: JSON with a secret header.

With several shards it looks into bodies, for the shard that must read them.
"""

from flask import Blueprint, Request, Response, jsonify
from flask.typing import ResponseReturnValue

from session.channels.telegram import PROVIDER
from webhook.lanes import Part, telegram_key
from webhook.receiver import Receiver, VerifiedRequest
from webhook.settings import WebhookSettings
from webhook.signatures import same

_TYPES = frozenset({"application/json"})
_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def telegram_routes(receiver: Receiver, settings: WebhookSettings) -> Blueprint | None:
    """Return POST /webhook/telegram, None without a secret."""
    if settings.telegram_webhook_secret is None:
        return None
    several = settings.shards > 1
    secret = settings.telegram_webhook_secret.get_secret_value()
    routes = Blueprint(PROVIDER.name, __name__)

    def verify(request: Request, body: bytes) -> VerifiedRequest | None:
        if not same(secret, request.headers.get(_HEADER, "")):
            return None
        key = telegram_key(body) if several else PROVIDER.name
        return VerifiedRequest(source=PROVIDER.name, parts=(Part(key, body),))

    @routes.post(PROVIDER.path)
    def receive() -> ResponseReturnValue:
        if refused := receiver.receive(types=_TYPES, verify=verify):
            return jsonify(error=refused.reason), refused.status
        return Response("ok", mimetype="text/plain")

    return routes
