"""Recognises the settings of a real provider: the simulator signs whatever it is asked to sign, so it must not have a real secret. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from session.channels import PROVIDERS
from webhook.simulator.provider import SimulatedProvider
from webhook.simulator.settings import Settings


def why_real(settings: Settings, simulated: Mapping[str, SimulatedProvider]) -> str | None:
    """Return why these settings are those of a real provider, or None. The text contains no secret."""
    for provider in PROVIDERS.values():
        host = urlsplit(getattr(settings, provider.api_url)).hostname or ""
        real = urlsplit(Settings.model_fields[provider.api_url].default).hostname or ""
        domain = real.partition(".")[2]
        if provider.is_configured(settings) and f".{host}".endswith(f".{domain}"):
            name = provider.api_url.upper()
            return (
                f"{name} is {host}, so the secrets beside it are a real sender's; point it to the simulator"
            )
    return next(filter(None, (one.why_real(settings) for one in simulated.values())), None)
