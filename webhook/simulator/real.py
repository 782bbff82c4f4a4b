"""Recognises the settings of a real provider: the simulator signs whatever it is asked to sign, so it must not have a real secret. Pure."""

import re
from urllib.parse import urlsplit

from webhook.simulator.settings import Settings

_REAL_HOSTS = ("facebook.com", "twilio.com")
_REAL_TOKEN = re.compile(r"EA[A-Za-z0-9]{30,}")
_REAL_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
#: A real account is 32 random digits; the simulated one is nearly all zeros.
_RANDOM = 6


def why_real(settings: Settings) -> str | None:
    """Return why these settings are those of a real provider, or None. The text contains no secret."""
    for channel, name, url in (
        ("meta", "META_GRAPH_URL", settings.meta_graph_url),
        ("twilio", "TWILIO_API_URL", settings.twilio_api_url),
    ):
        host = urlsplit(url).hostname or ""
        if settings.has_secret(channel) and any(f".{host}".endswith(f".{real}") for real in _REAL_HOSTS):
            return (
                f"{name} is {host}, so the secrets beside it are a real sender's; point it to the simulator"
            )
    if _REAL_TOKEN.match(settings.meta_access_token.get_secret_value()):
        return "META_ACCESS_TOKEN is a token of Meta's"
    account = settings.twilio_account_sid
    if _REAL_ACCOUNT.fullmatch(account) and len(set(account)) > _RANDOM:
        return "TWILIO_ACCOUNT_SID is an account at Twilio"
    return None
