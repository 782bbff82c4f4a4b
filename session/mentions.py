"""Finds out whether a raw body names a customer: by a whole number or id, never by a part of another one. Pure."""

import re
from base64 import urlsafe_b64decode
from urllib.parse import unquote

from session.channels import WHATSAPP
from session.conversations import id_of, namespace_of

_WAMID = re.compile(r"wamid\.([A-Za-z0-9+/_-]+)")
_BASE64 = str.maketrans("+/", "-_")


def mentions(raw: str, customer: str) -> bool:
    """Whether a body names a customer: literally, escaped for a URL, or inside one of Meta's message ids."""
    name = re.escape(id_of(customer).removeprefix("+"))
    if namespace_of(customer) is not WHATSAPP:
        # A short number, and elsewhere it may count anything: only the id of somebody is a customer.
        whole = re.compile(rf'"id"\s*:\s*"?{name}(?![0-9])')
    else:
        whole = re.compile(
            rf"(?<![0-9]){name}(?![0-9])" if customer.startswith("+") else rf"\b{name}\b(?!\.)"
        )
    return any(whole.search(text) for text in (raw, unquote(raw), *map(_within, _WAMID.findall(raw))))


def _within(encoded: str) -> str:
    try:
        held = urlsafe_b64decode(encoded.translate(_BASE64) + "=" * (-len(encoded) % 4))
    except ValueError:
        return ""
    return held.decode("latin-1")
