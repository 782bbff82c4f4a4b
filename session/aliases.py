"""Names for conversations that tell nothing: what a wake-up carries, what Flower and the address of a page show.

AES-SIV (RFC 5297) is made for this: encryption that needs no nonce, so that the same conversation always has the same
alias, and that notices whatever was changed. It costs 4 us each way.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Aliases:
    """Hides and shows conversations. The same conversation always has the same alias, so that one can follow it.

    Not a vault: it keeps phone numbers out of brokers, dashboards and task logs. Whoever can read the secret in
    Redis can read the numbers there as well.
    """

    def __init__(self, secret: str) -> None:
        self._cipher = AESSIV(blake2b(secret.encode(), digest_size=64, person=b"inturn aliases").digest())

    def hide(self, conversation: str) -> str:
        """Return the alias of a conversation, of letters, digits, `-` and `_`: an address carries it as it is."""
        name = conversation.encode("utf-8", "surrogatepass")
        return urlsafe_b64encode(self._cipher.encrypt(name, None)).decode().rstrip("=")

    def show(self, alias: str) -> str | None:
        """Return the conversation of an alias, or None if it was not made with this secret."""
        try:
            hidden = urlsafe_b64decode(alias + "=" * (-len(alias) % 4))
            return self._cipher.decrypt(hidden, None).decode("utf-8", "surrogatepass")
        except (ValueError, InvalidTag):
            return None
