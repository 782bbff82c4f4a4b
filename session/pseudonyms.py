"""Pseudonyms of conversations, for places where a phone number must not appear: wake-ups, Flower, URLs.

AES-SIV (RFC 5297) is encryption without a nonce: the same conversation always has the same pseudonym, and any change
is detected. It takes 4 us each way.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Pseudonyms:
    """Encodes and decodes conversations. The same conversation always has the same pseudonym, so it can be followed.

    This keeps phone numbers out of brokers, dashboards and task logs. It does not protect them against somebody who can
    read Redis, because the secret is stored there.
    """

    def __init__(self, secret: str) -> None:
        self._cipher = AESSIV(blake2b(secret.encode(), digest_size=64, person=b"inturn aliases").digest())

    def encode(self, conversation: str) -> str:
        """Return the pseudonym of a conversation: letters, digits, `-` and `_`, usable in a URL as it is."""
        name = conversation.encode("utf-8", "surrogatepass")
        return urlsafe_b64encode(self._cipher.encrypt(name, None)).decode().rstrip("=")

    def decode(self, alias: str) -> str | None:
        """Return the conversation of a pseudonym, or None if it was not made with this secret."""
        try:
            hidden = urlsafe_b64decode(alias + "=" * (-len(alias) % 4))
            return self._cipher.decrypt(hidden, None).decode("utf-8", "surrogatepass")
        except (ValueError, InvalidTag):
            return None
