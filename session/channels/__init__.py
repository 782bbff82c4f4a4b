"""The providers, as far as every program knows them: settings, signatures, and the ids of their customers.

The webhook and the workers do not see each other, so this is the only place in which they share anything. A provider
has one file here, one in `webhook/channels`, and a folder in `worker/channels`, all of the same name.
"""

from session.channels import meta, telegram, twilio
from session.channels.provider import WHATSAPP, Namespace, Provider
from session.channels.telegram import TELEGRAM

__all__ = [
    "NAMESPACES",
    "PROVIDERS",
    "TELEGRAM",
    "WHATSAPP",
    "ChannelSettings",
    "ChannelWebhookSettings",
    "Namespace",
    "Provider",
]

PROVIDERS = {one.name: one for one in (meta.PROVIDER, twilio.PROVIDER, telegram.PROVIDER)}
NAMESPACES = {one.namespace.name: one.namespace for one in PROVIDERS.values()}


class ChannelWebhookSettings(
    meta.MetaWebhookSettings, twilio.TwilioWebhookSettings, telegram.TelegramWebhookSettings
):
    """What the webhook verifies with, of all providers; one without its secret is switched off."""


class ChannelSettings(meta.MetaSettings, twilio.TwilioSettings, telegram.TelegramSettings):
    """What the workers send with, of all providers."""
