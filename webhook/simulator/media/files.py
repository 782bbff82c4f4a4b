"""The files that the providers hold, for as long as a real one would. Kept in the memory of this process."""

import hashlib
import hmac
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from session.clock import Clock
from session.records import to_ms

#: How long Meta keeps what a customer sent, and what a business uploaded.
RECEIVED_FOR = timedelta(days=7)
UPLOADED_FOR = timedelta(days=30)
#: How long a link to the bytes works: minutes at Meta, hours at Twilio's CDN.
LINK_FOR = timedelta(minutes=5)
#: Bytes that are kept; the oldest files go first.
_MOST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file at a provider."""

    id: str  #: in the provider's own form
    content: bytes
    mime_type: str
    filename: str | None = None
    until: datetime  #: then the provider forgets it

    @property
    def digest(self) -> bytes:
        """Its SHA-256."""
        return hashlib.sha256(self.content).digest()


class Files:
    """The files; every method may be called from any thread.

    A provider no longer finds a file that has expired; the page still shows it.
    """

    def __init__(self, *, clock: Clock, secret: str, most: int = _MOST) -> None:
        self._clock = clock
        self._secret = secret.encode()
        self._most = most
        self._lock = threading.Lock()
        self._held = 0
        self._files: OrderedDict[str, File] = OrderedDict()

    def keep(
        self, id_: str, content: bytes, mime_type: str, *, filename: str | None = None, lives: timedelta
    ) -> File:
        """Keep the bytes under an id; a file of the same id is replaced."""
        until = self._clock.now() + lives
        file = File(id=id_, content=content, mime_type=mime_type, filename=filename, until=until)
        with self._lock:
            self._drop(id_)
            self._files[id_] = file
            self._held += len(content)
            while self._held > self._most and len(self._files) > 1:
                self._drop(next(iter(self._files)))
        return file

    def shown(self, id_: str) -> File | None:
        """Return a file, also one that its provider has forgotten."""
        with self._lock:
            return self._files.get(id_)

    def find(self, id_: str) -> File | None:
        """Return a file that its provider still has."""
        file = self.shown(id_)
        return file if file and self._clock.now() < file.until else None

    def remove(self, id_: str) -> None:
        """Let the provider forget a file; the page still shows it."""
        with self._lock:
            file = self._files.get(id_)
            if file:
                self._files[id_] = replace(file, until=self._clock.now())

    def clear(self) -> None:
        """Remove all files."""
        with self._lock:
            self._files.clear()
            self._held = 0

    def link(self, file: File) -> dict[str, str]:
        """Return the query of a link to the bytes, which works for some minutes."""
        expiry = str(to_ms(self._clock.now() + LINK_FOR))
        return {"mid": file.id, "ext": expiry, "hash": self._proof(file.id, expiry)}

    def behind(self, link: dict[str, str]) -> File | None:
        """Return the file of such a query; None if it is wrong, too old, or the file is gone."""
        id_, expiry = link.get("mid", ""), link.get("ext", "")
        if not hmac.compare_digest(self._proof(id_, expiry).encode(), link.get("hash", "").encode()):
            return None
        return self.find(id_) if to_ms(self._clock.now()) < int(expiry) else None

    def _proof(self, id_: str, expiry: str) -> str:
        return hmac.digest(self._secret, f"{expiry} {id_}".encode(), "sha256").hex()

    def _drop(self, id_: str) -> None:
        file = self._files.pop(id_, None)
        self._held -= len(file.content) if file else 0


def number_of(text: str) -> str:
    """Return fifteen digits, the form of Meta's media ids: the same for the same text."""
    value = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return str(10**14 + value % (9 * 10**14))
