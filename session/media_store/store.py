"""Keeps media, gives them back, and removes them. It blocks: a coroutine calls it in a thread."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from session.errors import DamagedMedium, NoSuchMedium, WrongMediaKey
from session.media_places import MediaPlace
from session.media_store.incoming import Incoming
from session.media_store.sealing import CHUNK, HEAD, SEALED, MediaKey, open_chunks, opened_size

if TYPE_CHECKING:
    from session.media_store.objects import Objects

#: Nothing else is looked up, so that no record can name another file.
_KEY = re.compile(r"([a-z2-7]{32})/[0-9a-f]{64}(\.sealed)?")
_FOLDER = re.compile(r"[a-z2-7]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A medium in the store."""

    key: str  #: "<folder>/<SHA-256>", `Media.stored`
    sha256: str  #: in hexadecimal
    size: int  #: bytes


class MediaStore:
    """A folder or a bucket of media. All methods raise `MediaStoreUnavailable` if the place cannot be reached."""

    def __init__(self, place: MediaPlace) -> None:
        """Take the place. Nothing is loaded, created or reached before the first use."""
        self._place = place
        self._key = MediaKey(place.key) if place.key else None
        self.shown = place.shown

    @cached_property
    def _objects(self) -> "Objects":
        from session.media_store.objects import Objects  # noqa: PLC0415  (most processes never see a medium)

        return Objects(self._place)

    def incoming(self, at_most: int) -> Incoming:
        """Return a medium that can be written in parts, `at_most` bytes of it. It is a context manager."""
        # Not in /tmp, which is memory in a container: a few large media would take all of it. The file has no name.
        waits_in = self._place.directory
        if self._place.bucket is None:
            _ = self._objects
        return Incoming(at_most, self._key, waits_in if waits_in and waits_in.is_dir() else None)

    def keep(self, folder: str, incoming: Incoming) -> Kept:
        """Keep a medium that has arrived: all of it or nothing. Kept again, it is as young as a new one."""
        _check_folder(folder)
        content = incoming.ended()
        key = f"{folder}/{incoming.sha256}{'.sealed' if self._key else ''}"
        self._objects.put(key, content)
        return Kept(key=key, sha256=incoming.sha256, size=incoming.size)

    def put(self, folder: str, content: bytes) -> Kept:
        """Keep a medium that is in memory."""
        with self.incoming(len(content)) as incoming:
            incoming.write(content)
            return self.keep(folder, incoming)

    def get(self, key: str) -> bytes:
        """Return a whole medium. Raises what `read` raises."""
        return b"".join(self.read(key))

    def size(self, key: str) -> int:
        """Return the size of a medium in bytes. Raises `NoSuchMedium`."""
        is_sealed = _is_sealed(key)
        kept = self._objects.size(key)
        return opened_size(kept) if is_sealed else kept

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes `start` to `stop` of a medium, in parts; to its end without `stop`.

        Raises:
            NoSuchMedium: it is not there, or this is not a key.
            WrongMediaKey: it was encrypted with another key, or there is no key.
            DamagedMedium: it is not what was encrypted.

        """
        if not _is_sealed(key):
            return self._objects.parts(key, start, stop)
        sealed = self._objects.size(key)
        size, last = opened_size(sealed), max(0, -(-(sealed - HEAD) // SEALED) - 1)
        if size < 0:
            raise DamagedMedium(key)
        if not self._key:
            raise WrongMediaKey(key)
        cipher = self._key.opener(b"".join(self._objects.parts(key, 0, HEAD)), key)
        stop = size if stop is None else min(stop, size)
        if stop <= start and size:
            return iter(())
        first, final = start // CHUNK, max(0, stop - 1) // CHUNK
        parts = self._objects.parts(key, HEAD + first * SEALED, min(sealed, HEAD + (final + 1) * SEALED))
        opened = open_chunks(cipher, parts, first=first, last=last, key=key)
        return _cut(opened, start - first * CHUNK, stop - first * CHUNK)

    def remove(self, folder: str) -> int:
        """Remove everything of a folder; returns how many media there were."""
        _check_folder(folder)
        return sum(
            self._objects.remove([one["path"] for one in page]) for page in self._objects.pages(folder)
        )

    def drop(self, key: str) -> None:
        """Remove one medium, if it is there."""
        _is_sealed(key)
        self._objects.remove([key])

    def remove_older(self, than: datetime) -> int:
        """Remove what was kept before an instant; returns how many media there were. It lists everything."""
        return sum(
            self._objects.remove([one["path"] for one in page if one["last_modified"] < than])
            for page in self._objects.pages()
        )

    def check(self) -> None:
        """Keep, read and remove a small object. Raises what these raise."""
        folder = "a" * 32
        kept = self.put(folder, b"inturn")
        if self.get(kept.key) != b"inturn":
            raise DamagedMedium(kept.key)
        self.remove(folder)


def _check_folder(folder: str) -> None:
    if not _FOLDER.fullmatch(folder):
        raise ValueError("the folder of a conversation is what folder_of returns")


def _is_sealed(key: str) -> bool:
    found = _KEY.fullmatch(key)
    if not found:
        raise NoSuchMedium(key)
    return bool(found[2])


def _cut(parts: Iterator[bytes], start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes `start` to `stop` of what `parts` are together. All of them are read."""
    at = 0
    for part in parts:
        wanted = part[max(0, start - at) : max(0, stop - at)]
        at += len(part)
        if wanted:
            yield wanted
