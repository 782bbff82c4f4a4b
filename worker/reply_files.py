"""Puts the files of replies into the media store before they are queued, and hands them to the channels."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from session.files import File
from session.kept_files import keep_file
from session.keys import Keys
from session.media_places import folder_of
from session.media_store import MediaStore
from session.pseudonyms import Pseudonyms
from session.public_media import PublicMedia
from session.replies import Reply
from session.store import AsyncRunner, UploadStore
from worker.settings import WorkerSettings

#: Meta keeps an upload for 30 days; a message may wait for hours before it is sent.
_KEPT_FOR = timedelta(days=28)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplyFiles:
    """The media store as replies and channels use it; satisfies `worker.channels.files.Files`."""

    store: MediaStore
    run: AsyncRunner
    uploads: UploadStore
    secret: str
    public: PublicMedia | None = None  #: None without `PUBLIC_URL`

    async def kept(self, conversation: str, replies: Sequence[Reply]) -> list[Reply]:
        """Return replies whose files are in the media store. Raises `UnusableFile` or `MediaStoreError`."""
        return [
            reply
            if reply.file is None or reply.file.is_kept
            else reply.with_file(await self._keep(conversation, reply.file))
            for reply in replies
        ]

    async def read(self, attachment: File) -> bytes:
        """Return the bytes of a stored attachment. Raises `MediaStoreError`."""
        return await asyncio.to_thread(self.store.get, attachment.stored or "")

    async def uploaded(self, name: str) -> str | None:
        """Return the provider's id of an upload; None if it has none."""
        return await self.run(self.uploads.find(name))

    async def note_upload(self, name: str, id_: str) -> None:
        """Keep the provider's id of an upload."""
        await self.run(self.uploads.note(name, id_, keep_for=_KEPT_FOR))

    async def forget_upload(self, name: str) -> None:
        """Drop the id of an upload that the provider does not know any more."""
        await self.run(self.uploads.drop(name))

    def name_of(self, sender: str, attachment: File) -> str:
        """Return the name of an upload: the same content has the same one, but nobody can guess it."""
        what = f"{sender}\n{attachment.sha256 or attachment.stored}\n{attachment.mime_type}"
        key = blake2b(self.secret.encode(), digest_size=64, person=b"inturn uploads").digest()
        return blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()

    def address_of(self, attachment: File, *, queued_at: int) -> str | None:
        """Return a public address of a stored attachment, which works for some hours after its reply was queued (ms)."""
        return self.public.address_of(attachment, queued_at=queued_at) if self.public else None

    async def _keep(self, conversation: str, attachment: File) -> File:
        folder = folder_of(conversation, self.secret)
        return await asyncio.to_thread(keep_file, self.store, folder, attachment)


def open_files(
    settings: WorkerSettings,
    store: MediaStore,
    run: AsyncRunner,
    keys: Keys,
    pseudonyms: Pseudonyms,
    *,
    secret: str,
) -> ReplyFiles:
    """Return the files of replies as the settings describe them. Nothing is reached before the first file."""
    return ReplyFiles(
        store=store,
        run=run,
        uploads=UploadStore(keys),
        secret=secret,
        public=PublicMedia(settings.public_url, pseudonyms) if settings.public_url else None,
    )
