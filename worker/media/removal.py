"""Removes media: those of a customer who is forgotten, and those that are too old."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from loguru import logger

from session.errors import MediaStoreError
from session.media_places import folder_of
from session.media_store import MediaStore
from session.printable import counted
from session.store import AsyncRunner, MediaWorkStore

#: How often what is too old is removed, by whichever process sweeps first.
EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRemoval:
    """Removes media from the store. It blocks."""

    media: MediaStore
    secret: str  #: of the deployment, with which the folder of a conversation is named

    def of(self, conversation: str) -> int:
        """Remove everything that a customer has sent in a conversation; returns how many media. Raises `MediaStoreError`."""
        return self.media.remove(folder_of(conversation, self.secret))


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRetention:
    """Removes what is too old, once in a while, in one process."""

    run: AsyncRunner
    work: MediaWorkStore
    media: MediaStore
    keep_for: timedelta

    async def remove_old(self, now: datetime) -> None:
        """Remove what is too old, unless somebody did so less than an hour ago. `now` is the server's time. Never raises `MediaStoreError`."""
        if not await self.run(self.work.claim_removal(EVERY)):
            return
        try:
            removed = await asyncio.to_thread(self.media.remove_older, now - self.keep_for)
        except MediaStoreError as error:
            logger.error("old media were not removed: {}", error)
            return
        if removed:
            logger.info("{} removed because of their age", counted(removed, "medium", "media"))
