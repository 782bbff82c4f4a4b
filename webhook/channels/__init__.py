"""The endpoints of the providers, one module for each. A provider without its secret has none (404)."""

from collections.abc import Callable

from flask import Blueprint

from webhook.channels import meta, telegram, twilio
from webhook.receiver import Receiver
from webhook.settings import WebhookSettings

#: Each returns the routes of one provider, named after it; None if its secret is not set.
_ROUTES: tuple[Callable[[Receiver, WebhookSettings], Blueprint | None], ...] = (
    meta.meta_routes,
    twilio.twilio_routes,
    telegram.telegram_routes,
)


def channel_routes(receiver: Receiver, settings: WebhookSettings) -> list[Blueprint]:
    """Return the routes of every provider that is switched on."""
    return [routes for make in _ROUTES if (routes := make(receiver, settings))]
