"""What this deployment signs and hides with; every process comes to the same, and nothing needs to be set."""

from collections.abc import Callable
from hashlib import sha256

from itsdangerous import Signer

from session.keys import Keys
from session.pseudonyms import Pseudonyms
from session.store import Scripts, shared_secret


class Secrets:
    """Made from the secret in Redis when it is first needed. Everything here raises `StoreUnavailable`."""

    def __init__(self, scripts: Scripts, keys: Keys, new_id: Callable[[], str]) -> None:
        self._scripts = scripts
        self._keys = keys
        self._new_id = new_id
        self._found: tuple[str, Pseudonyms] | None = None

    @property
    def pseudonyms(self) -> Pseudonyms:
        """What hides conversations in addresses."""
        return self._known()[1]

    def signature(self, purpose: str, text: str) -> str:
        """Return a signature of a text, valid for one purpose: letters, digits, `-` and `_`, usable in a URL as it is."""
        return self._signer(purpose).get_signature(text.encode("utf-8", "replace")).decode()

    def is_signature(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `signature` was made of this text for this purpose; the time it takes tells nothing about it."""
        return self._signer(purpose).verify_signature(text.encode("utf-8", "replace"), signature)

    def _signer(self, purpose: str) -> Signer:
        return Signer(
            self._known()[0], salt=f"inturn desk: {purpose}", key_derivation="hmac", digest_method=sha256
        )

    def _known(self) -> tuple[str, Pseudonyms]:
        if self._found is None:
            secret = shared_secret(self._scripts, self._keys, fresh=self._new_id() + self._new_id())
            self._found = (secret, Pseudonyms(secret))
        return self._found
