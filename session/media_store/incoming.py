"""A medium that arrives in parts: counted and hashed on its way, and encrypted before it touches a disk."""

from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Self, cast

from session.errors import MediumTooLarge
from session.ids import random_bytes
from session.media_store.sealing import CHUNK, MediaKey, seal

#: A smaller medium is in memory only.
_IN_MEMORY = 1024 * 1024
#: As much of the beginning as tells a type of file from another.
_BEGINNING = 8192


class Incoming:
    """A medium on its way into the store. A context manager: what was not kept is gone at its end."""

    def __init__(self, at_most: int, key: MediaKey | None, directory: Path | None = None) -> None:
        """Take the largest size in bytes, the key if it is to be encrypted, and where it waits if it is large."""
        self._at_most = at_most
        where = str(directory) if directory else None
        spool = SpooledTemporaryFile(max_size=_IN_MEMORY, dir=where)  # noqa: SIM115 - __exit__ closes it
        self._spool = cast("IO[bytes]", spool)
        self._hash = sha256()
        self._waiting = bytearray()
        self._chunks = 0
        self._cipher = None
        if key:
            head, self._cipher = key.sealer(random_bytes(32))
            self._spool.write(head)
        self.size = 0  #: bytes so far
        self.beginning = b""  #: the first bytes, by which its type is told

    @property
    def sha256(self) -> str:
        """The hash of what has arrived, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, part: bytes) -> None:
        """Add a part. Raises `MediumTooLarge` as soon as the size is passed."""
        self.size += len(part)
        if self.size > self._at_most:
            raise MediumTooLarge(self._at_most)
        if len(self.beginning) < _BEGINNING:
            self.beginning = (self.beginning + part)[:_BEGINNING]
        self._hash.update(part)
        if not self._cipher:
            self._spool.write(part)
            return
        self._waiting += part
        # The last chunk is sealed as the last, so a full one waits until there is more.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def ended(self) -> IO[bytes]:
        """Return the whole object as it is to be kept, from its beginning. Nothing may be written any more."""
        if self._cipher:
            self._seal(bytes(self._waiting), last=True)
            self._waiting.clear()
            self._cipher = None
        self._spool.seek(0)
        return self._spool

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        if self._cipher:
            self._spool.write(seal(self._cipher, self._chunks, chunk, last=last))
            self._chunks += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._spool.close()
