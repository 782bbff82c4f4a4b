"""What providers already have of the files that were sent: the id of each upload, until the provider forgets it."""

from datetime import timedelta

from session.keys import Keys
from session.records import MS
from session.store.calls import Call, command


class UploadStore:
    """The ids of uploads. A digest stands for a sender and a content; it tells nothing about either."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def find(self, digest: str) -> Call[str | None]:
        """Return the provider's id of an upload; None if it has none."""
        return command("upload", "GET", self._key(digest))

    def note(self, digest: str, id_: str, *, keep_for: timedelta) -> Call[object]:
        """Keep the provider's id of an upload for a while."""
        return command("upload", "SET", self._key(digest), id_, "PX", keep_for // MS)

    def drop(self, digest: str) -> Call[object]:
        """Forget an upload that the provider does not know any more."""
        return command("upload", "DEL", self._key(digest))

    def _key(self, digest: str) -> str:
        return self._keys.shard(self._keys.shard_of(digest)).upload(digest)
