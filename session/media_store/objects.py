"""The objects in a folder or a bucket, as they are kept. This loads the library for them, so it is loaded with the first medium."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, S3Store

from session.errors import MediaStoreUnavailable, NoSuchMedium
from session.media_places import Bucket, MediaPlace

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import S3Config

#: Bytes that are read from the place at once.
_PART = 256 * 1024
#: How often the library repeats a request to a bucket, and for how long: who waits decides, not the store.
_RETRIES = 2
_RETRIES_FOR = timedelta(seconds=5)
_ANSWERS_WITHIN = timedelta(seconds=30)


class Objects:
    """What is kept at one place. All methods raise `MediaStoreUnavailable` if it cannot be reached."""

    def __init__(self, place: MediaPlace) -> None:
        """Take the place; a folder is created if it is not there."""
        self._shown = place.shown
        with self._reached():
            self._store: ObjectStore = _bucket(place.bucket) if place.bucket else _folder(place.directory)

    def put(self, key: str, content: IO[bytes]) -> None:
        """Keep an object: all of it or nothing."""
        with self._reached():
            obstore.put(self._store, key, content)

    def size(self, key: str) -> int:
        """Return how many bytes an object has. Raises `NoSuchMedium`."""
        with self._reached(key):
            return obstore.head(self._store, key)["size"]

    def parts(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes `start` to `stop` of an object, in parts; to its end without `stop`.

        Raises `NoSuchMedium` at once, not when the parts are read.
        """
        if stop is not None and stop <= start:
            return iter(())
        options: GetOptions = {"range": {"offset": start} if stop is None else (start, stop)}
        with self._reached(key):
            found = obstore.get(self._store, key, options=options if start or stop else None)
            return self._streamed(key, iter(found.stream(min_chunk_size=_PART)))

    def _streamed(self, key: str, parts: Iterator[bytes]) -> Iterator[bytes]:
        with self._reached(key):
            for part in parts:
                yield bytes(part)

    def pages(self, folder: str | None = None) -> Iterator[list["ObjectMeta"]]:
        """Yield what is known of all objects, or of those in a folder."""
        with self._reached():
            yield from obstore.list(self._store, folder, chunk_size=1000)

    def remove(self, keys: Sequence[str]) -> int:
        """Remove objects, several at a time; returns how many. Another process may have removed some of them."""
        with self._reached():
            try:
                obstore.delete(self._store, keys)
            except (NotFoundError, FileNotFoundError):
                return sum(map(self._remove_one, keys))
        return len(keys)

    def _remove_one(self, key: str) -> int:
        try:
            obstore.delete(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return 0
        return 1

    @contextmanager
    def _reached(self, key: str = "") -> Iterator[None]:
        """Raise the errors of the library as ours, which name the place and no secret."""
        try:
            yield
        except (NotFoundError, FileNotFoundError):
            raise NoSuchMedium(key) from None
        except (BaseError, OSError) as error:
            raise MediaStoreUnavailable(self._shown, error) from None


def _folder(directory: Path) -> LocalStore:
    # Nobody but the user of the programs reads it; the library would create it for everybody.
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(directory, automatic_cleanup=True)


def _bucket(bucket: Bucket) -> S3Store:
    config: S3Config = {
        "endpoint": bucket.endpoint,
        "region": bucket.region,
        "virtual_hosted_style_request": False,
        # Not every store has it. The library then sends several requests at a time.
        "disable_bulk_delete": True,
    }
    if bucket.key_id:
        config |= {"access_key_id": bucket.key_id, "secret_access_key": bucket.secret}
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        config=config,
        client_options={"allow_http": bucket.endpoint.startswith("http://"), "timeout": _ANSWERS_WITHIN},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRIES_FOR},
    )
