"""The endpoint of Telegram's Bot API: JSON with a secret header.

With several shards it looks into bodies, for the shard that must read them.
"""

from http import HTTPStatus

from session.channels.telegram import PROVIDER
from webhook.lanes import Part, telegram_key
from webhook.receiver import Answer, Endpoint, Posted, VerifiedRequest
from webhook.settings import WebhookSettings
from webhook.signatures import same

_TYPES = frozenset({"application/json"})
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_OK = Answer(HTTPStatus.OK, "text/plain; charset=utf-8", b"ok")


def telegram_endpoints(settings: WebhookSettings) -> list[Endpoint]:
    """Return POST /webhook/telegram, nothing without a secret."""
    if settings.telegram_webhook_secret is None:
        return []
    several = settings.shards > 1
    secret = settings.telegram_webhook_secret.get_secret_value()

    def verify(request: Posted, body: bytes) -> VerifiedRequest | None:
        if not same(secret, request.headers.get(_HEADER, "")):
            return None
        key = telegram_key(body) if several else PROVIDER.name
        return VerifiedRequest(source=PROVIDER.name, parts=(Part(key, body),))

    return [Endpoint(path=PROVIDER.path, types=_TYPES, verify=verify, accepted=_OK)]
