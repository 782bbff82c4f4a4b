"""What a channel needs to send a file that is in the media store."""

from typing import Protocol

from session.errors import DamagedMedium, MediaStoreError, NoSuchMedium
from session.files import File
from worker.channels.outcomes import Rejected, Throttled

#: Seconds that may pass before the send itself begins; the lease of an outbox has not more to spare.
AT_ONCE = 3.0


class Files(Protocol):
    """The media store, and what providers already have of it."""

    async def read(self, attachment: File) -> bytes:
        """Return the bytes of a stored attachment. Raises `MediaStoreError`."""

    async def uploaded(self, name: str) -> str | None:
        """Return the provider's id of an upload, None if it has none; `name` stands for a sender and a content."""

    async def note_upload(self, name: str, id_: str) -> None:
        """Keep the provider's id of an upload until the provider forgets it."""

    async def forget_upload(self, name: str) -> None:
        """Drop the id of an upload that the provider does not know any more."""

    def name_of(self, sender: str, attachment: File) -> str:
        """Return the name of an upload: the same content has the same one, but nobody can guess it."""

    def address_of(self, attachment: File, *, queued_at: int) -> str | None:
        """Return a public address of a stored attachment, which works for some hours after its reply was queued (ms).

        None without `PUBLIC_URL`.
        """


def unreadable(error: MediaStoreError) -> Rejected | Throttled:
    """Return the outcome of a send whose file cannot be read."""
    if isinstance(error, NoSuchMedium | DamagedMedium):
        return Rejected(code="no-file", words=str(error))
    return Throttled(code="media-store", words=str(error))
