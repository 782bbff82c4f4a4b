"""How a medium is encrypted: in chunks, so that a large one is never in memory as a whole, and any part of it can be read.

A sealed object is a magic number, the mark of the key, a salt, and chunks of AES-256-GCM. Each object has a key of its own,
derived from the salt; the nonce of a chunk is its number, and says whether it is the last. So no chunk can be changed,
moved, repeated or cut off without notice (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from session.errors import DamagedMedium, WrongMediaKey

CHUNK = 64 * 1024  #: bytes of a medium in one sealed chunk
_TAG = 16
_MAGIC = b"inturn\0\1"
_MARK = 8
_SALT = 32
HEAD = len(_MAGIC) + _MARK + _SALT  #: bytes before the first chunk
SEALED = CHUNK + _TAG  #: bytes of a full sealed chunk


def opened_size(sealed: int) -> int:
    """Return how many bytes a medium has whose sealed object has `sealed`."""
    chunks = max(1, -(-(sealed - HEAD) // SEALED))
    return sealed - HEAD - chunks * _TAG


class MediaKey:
    """The key of the deployment. It makes one for each object."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self._mark = self._derived(b"mark", b"", _MARK)

    def sealer(self, salt: bytes) -> tuple[bytes, AESGCM]:
        """Return the head of a new object, and what seals its chunks. The salt has 32 random bytes."""
        return _MAGIC + self._mark + salt, AESGCM(self._derived(b"object", salt, 32))

    def opener(self, head: bytes, key: str) -> AESGCM:
        """Return what opens the chunks of an object, by its head. Raises `WrongMediaKey` or `DamagedMedium`."""
        if len(head) != HEAD or not head.startswith(_MAGIC):
            raise DamagedMedium(key)
        if head[len(_MAGIC) : len(_MAGIC) + _MARK] != self._mark:
            raise WrongMediaKey(key)
        return AESGCM(self._derived(b"object", head[-_SALT:], 32))

    def _derived(self, purpose: bytes, salt: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length=length, salt=salt or None, info=b"inturn media " + purpose).derive(
            self._text
        )


def seal(cipher: AESGCM, number: int, chunk: bytes, *, last: bool) -> bytes:
    """Return a chunk of a medium, sealed."""
    return cipher.encrypt(_nonce(number, last=last), chunk, None)


def open_chunks(
    cipher: AESGCM, parts: Iterable[bytes], *, first: int, last: int, key: str
) -> Iterator[bytes]:
    """Yield the chunks `first` to the end of `parts`, opened; `last` is the number of the object's last one.

    Raises `DamagedMedium`.
    """
    waiting, number = bytearray(), first
    for part in parts:
        waiting += part
        while len(waiting) >= SEALED and number < last:
            yield _opened(cipher, number, bytes(waiting[:SEALED]), last=False, key=key)
            del waiting[:SEALED]
            number += 1
    if waiting:
        yield _opened(cipher, number, bytes(waiting), last=number == last, key=key)


def _opened(cipher: AESGCM, number: int, sealed: bytes, *, last: bool, key: str) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), sealed, None)
    except (InvalidTag, ValueError):
        raise DamagedMedium(key) from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
