"""The endpoints of the providers, one module for each. A provider without its secret has none (404)."""

from collections.abc import Callable

from webhook.channels import meta, telegram, twilio
from webhook.receiver import Endpoint
from webhook.settings import WebhookSettings

#: Each returns the endpoints of one provider; none if its secret is not set.
_ENDPOINTS: tuple[Callable[[WebhookSettings], list[Endpoint]], ...] = (
    meta.meta_endpoints,
    twilio.twilio_endpoints,
    telegram.telegram_endpoints,
)


def channel_endpoints(settings: WebhookSettings) -> list[Endpoint]:
    """Return the endpoints of every provider that is switched on."""
    return [endpoint for make in _ENDPOINTS for endpoint in make(settings)]
