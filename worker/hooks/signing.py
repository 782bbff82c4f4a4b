"""Signs what is sent to a hook as Standard Webhooks says: https://www.standardwebhooks.com. Pure."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

#: How a secret begins; what follows is Base64.
PREFIX: Final = "whsec_"
#: The lengths of a secret, in bytes.
_AT_LEAST, _AT_MOST = 24, 64


def key_of(secret: str) -> bytes:
    """Return the key in a secret, "whsec_<Base64 of 24 to 64 bytes>". Raises `ValueError`, without it, if it is none."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except ValueError:
        key = b""
    if not _AT_LEAST <= len(key) <= _AT_MOST:
        raise ValueError(
            f"must be {PREFIX} and the Base64 of {_AT_LEAST} to {_AT_MOST} bytes; `inturn hooks secret` makes one"
        )
    return key


def headers_of(event: str, body: bytes, *, at: int, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that sign a body: `event` is its id, `at` when it is sent, in seconds. One signature for each key."""
    signed = f"{event}.{at}.".encode() + body
    signatures = (b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": event,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
