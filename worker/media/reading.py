"""Has media read after they were fetched: a voice note becomes a text, a picture is described, a vCard becomes cards.

Recordings and pictures are read by code of the operator. Whatever happens there, the medium is kept.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from inspect import isawaitable
from typing import Any

from loguru import logger

from session.bounds import bounded
from session.consulting import is_async
from session.content_parts import Kind
from session.errors import MediaStoreError
from session.media_store import MediaStore
from session.media_work import WORDS_AT_MOST, MediumRecord
from session.messages import SPOKEN
from worker.assistant_threads import AssistantThreads, contained
from worker.media.vcards import MOST_READ, cards_in


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumToRead:
    """What a hook gets: a medium, and its bytes."""

    kind: Kind
    mime_type: str  #: by its content
    content: bytes = field(repr=False)
    filename: str | None = None
    language: str | None = None  #: of the customer's session, as "en", if it is known


#: Returns what is said in a medium, or shown in it; None or "" for nothing.
Hook = Callable[[MediumToRead], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaReader:
    """Calls the hooks; without one a medium is given as it is."""

    transcribe: Hook | None = None  #: for voice notes and audio
    describe: Hook | None = None  #: for pictures
    within: timedelta = timedelta(seconds=20)
    #: for hooks that are no coroutines: in those of the loop one that hangs would hold up files and addresses of all
    threads: AssistantThreads = field(default_factory=partial(AssistantThreads, 20))

    async def read(
        self, record: MediumRecord, media: MediaStore, *, language: str | None = None
    ) -> MediumRecord:
        """Return the record of a kept medium with its words or cards; `language` is the customer's. Never raises but `CancelledError`."""
        if record.kind is Kind.CONTACTS and record.media.stored:
            return await self._with_cards(record, media, record.media.stored)
        hook = self.hook(record.kind)
        if hook is None or not record.media.stored:
            return record
        try:
            async with asyncio.timeout(self.within / timedelta(seconds=1)):
                content = await asyncio.to_thread(media.get, record.media.stored)
                medium = MediumToRead(
                    kind=record.kind,
                    mime_type=record.media.mime_type,
                    content=content,
                    filename=record.media.filename,
                    language=language,
                )
                words = await self._called(hook, medium)
        except TimeoutError:
            seconds = self.within / timedelta(seconds=1)
            logger.error(
                "{} has no words: {} took longer than {:g} s", record.kind, _setting(record.kind), seconds
            )
            return record
        except Exception as error:  # noqa: BLE001  (code of the operator)
            logger.opt(exception=error).error(
                "{} has no words: {} failed", record.kind, _setting(record.kind)
            )
            return record
        if not isinstance(words, str) or not words.strip():
            return record
        read = record.media.model_copy(update={"words": bounded(words.strip(), WORDS_AT_MOST)})
        return record.model_copy(update={"media": read})

    async def _with_cards(self, record: MediumRecord, media: MediaStore, key: str) -> MediumRecord:
        stop = min(MOST_READ, record.media.size or MOST_READ)
        try:
            async with asyncio.timeout(self.within / timedelta(seconds=1)):
                content = await asyncio.to_thread(lambda: b"".join(media.read(key, 0, stop)))
        except (TimeoutError, MediaStoreError) as error:
            logger.error("a vCard is kept and not read: {}", type(error).__name__)
            return record
        return record.model_copy(update={"cards": cards_in(content)})

    async def _called(self, hook: Hook, medium: MediumToRead) -> Any:
        if is_async(hook):
            return await contained(hook(medium))
        found = await self.threads.call(partial(hook, medium), within=None)
        return await contained(found) if isawaitable(found) else found

    def hook(self, kind: Kind) -> Hook | None:
        """Return what reads media of a kind."""
        if kind in SPOKEN:
            return self.transcribe
        return self.describe if kind is Kind.IMAGE else None


def _setting(kind: Kind) -> str:
    return "TRANSCRIBER" if kind in SPOKEN else "DESCRIBER"
