"""How an assistant reads the bytes of a medium. Pure: the store is passed in."""

import asyncio
from collections.abc import Callable

from session.content_parts import Media
from session.errors import NoSuchMedium

#: Returns a medium by its key in the media store; it blocks.
ReadMedia = Callable[[str], bytes]


class ReadsMedia:
    """A turn that can read media."""

    read_media: ReadMedia | None = None  #: None: there is no media store, as in a test of an assistant

    def read(self, medium: Media) -> bytes:
        """Return the bytes of a medium, of a new message or of one in the history.

        Raises `NoSuchMedium` if it is not kept: `medium.why_not` says why. Raises `MediaStoreError` if it cannot be read.
        """
        if not (medium.stored and self.read_media):
            raise NoSuchMedium(medium.stored or "")
        return self.read_media(medium.stored)


async def read_in_thread(turn: ReadsMedia, medium: Media) -> bytes:
    """Do as `ReadsMedia.read`, while others go on."""
    return await asyncio.to_thread(ReadsMedia.read, turn, medium)
