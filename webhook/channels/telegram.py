"""The endpoint of Telegram's Bot API: JSON with a secret header. It does not look into the body."""

from flask import Blueprint, Request, Response, jsonify
from flask.typing import ResponseReturnValue

from session.channels.telegram import PROVIDER
from webhook.receiver import Receiver, VerifiedRequest
from webhook.settings import WebhookSettings
from webhook.signatures import same

_TYPES = frozenset({"application/json"})
#: One ordering key for all bodies, so that an edit is not read before its message.
_KEPT_AS = VerifiedRequest(source=PROVIDER.name, ordering_key=PROVIDER.name)
_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def telegram_routes(receiver: Receiver, settings: WebhookSettings) -> Blueprint | None:
    """Return POST /webhook/telegram, None without a secret."""
    if settings.telegram_webhook_secret is None:
        return None
    secret = settings.telegram_webhook_secret.get_secret_value()
    routes = Blueprint(PROVIDER.name, __name__)

    def verify(request: Request, _body: bytes) -> VerifiedRequest | None:
        return _KEPT_AS if same(secret, request.headers.get(_HEADER, "")) else None

    @routes.post(PROVIDER.path)
    def receive() -> ResponseReturnValue:
        if refused := receiver.receive(types=_TYPES, verify=verify):
            return jsonify(error=refused.reason), refused.status
        return Response("ok", mimetype="text/plain")

    return routes
