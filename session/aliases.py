"""Names for conversations that tell nothing: what a wake-up carries, what Flower and the address of a page show."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b, shake_256
from hmac import compare_digest

_TAG = 8  # bytes


class Aliases:
    """Hides and shows conversations. The same conversation always has the same alias, so that one can follow it.

    Not a vault: it keeps phone numbers out of brokers, dashboards and task logs. Whoever can read the secret in
    Redis can read the numbers there as well.
    """

    def __init__(self, secret: str) -> None:
        self._key = blake2b(secret.encode(), digest_size=32).digest()

    def hide(self, conversation: str) -> str:
        """Return the alias of a conversation, of letters, digits, `-`, `_` and `=`."""
        name = conversation.encode("utf-8", "surrogatepass")
        tag = self._tag(name)
        return urlsafe_b64encode(tag + self._mixed(name, tag)).decode()

    def show(self, alias: str) -> str | None:
        """Return the conversation of an alias, or None if it was not made with this secret."""
        try:
            hidden = urlsafe_b64decode(alias)
        except ValueError:
            return None
        tag = hidden[:_TAG]
        name = self._mixed(hidden[_TAG:], tag)
        return name.decode("utf-8", "surrogatepass") if compare_digest(self._tag(name), tag) else None

    def _tag(self, name: bytes) -> bytes:
        return blake2b(name, key=self._key, digest_size=_TAG).digest()

    def _mixed(self, name: bytes, tag: bytes) -> bytes:
        stream = shake_256(self._key + tag).digest(len(name))
        return bytes(a ^ b for a, b in zip(name, stream, strict=True))
