"""What this deployment signs and hides with; every process comes to the same, and nothing needs to be set."""

import hmac
from collections.abc import Callable

from session.keys import Keys
from session.pseudonyms import Pseudonyms
from session.store import Scripts, shared_secret


class Secrets:
    """Made from the secret in Redis when it is first needed. Everything here raises `StoreUnavailable`."""

    def __init__(self, scripts: Scripts, keys: Keys, new_id: Callable[[], str]) -> None:
        self._scripts = scripts
        self._keys = keys
        self._new_id = new_id
        self._found: tuple[bytes, Pseudonyms] | None = None

    @property
    def pseudonyms(self) -> Pseudonyms:
        """What hides conversations in addresses."""
        return self._known()[1]

    def mark(self, what: str, words: str) -> str:
        """Return what nobody else can make of these words, for one purpose: 64 hex digits."""
        text = f"inturn desk: {what}|{words}".encode("utf-8", "replace")
        return hmac.digest(self._known()[0], text, "sha256").hex()

    def _known(self) -> tuple[bytes, Pseudonyms]:
        if self._found is None:
            secret = shared_secret(self._scripts, self._keys, fresh=self._new_id() + self._new_id())
            self._found = (secret.encode(), Pseudonyms(secret))
        return self._found
