"""The providers' signatures, made and not checked. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def meta_signature(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256` for the very bytes of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the value of `X-Twilio-Signature` for a form posted to a public URL (query included, no fragment)."""
    text = url + "".join(name + form[name] for name in sorted(form))
    # SHA-1 is what Twilio signs with.
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
