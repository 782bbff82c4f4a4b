"""Fetches the media of conversations: leased like turns, each kept, tried again later, or given up with a dead letter."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath

from loguru import logger

from session.clock import Clock, ContinuedClock
from session.dead_letters import MediumLetter
from session.errors import MediaStoreError, MediaStoreUnavailable, MediumTooLarge
from session.ids import chance
from session.leases import MediaTaken, Stale
from session.media_places import folder_of
from session.media_store import Incoming, Kept, MediaStore
from session.media_work import MediumRecord, MediumState
from session.policy import Policy
from session.records import to_ms
from session.results import MediumGone
from session.store import AsyncRunner, MediaWorkStore
from worker.channels.protocols import MediaSource
from worker.media.downloading import Arrived, Downloads, Never, NotNow, Place
from worker.media.judging import most_bytes, type_of
from worker.media.reading import MediaReader
from worker.retries import backoff
from worker.wakeups import Waker

#: Media of one conversation at the same time.
_TOGETHER = 4


@dataclass(kw_only=True, eq=False, repr=False)
class MediaFetcher:
    """Fetches what waits in the media of conversations."""

    run: AsyncRunner
    work: MediaWorkStore
    media: MediaStore
    sources: Mapping[str, MediaSource]  #: the channels with credentials, by their names
    downloads: Downloads
    waker: Waker
    clock: Clock
    new_id: Callable[[], str]
    policy: Policy
    secret: str  #: of the deployment, with which the folder of a conversation is named
    at_once: int = 20  #: conversations at the same time
    within: timedelta = timedelta(seconds=60)  #: for one medium
    reader: MediaReader = field(default_factory=MediaReader)
    chance: Callable[[], float] = chance
    slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(self.at_once)

    async def fetch(self, conversation: str) -> None:
        """Fetch the media of a conversation until none is to be fetched now."""
        holder = self.new_id()
        # Waiting for a place comes first: a lease would run out meanwhile.
        async with self.slots:
            while True:
                taken = await self.run(self.work.take(conversation, holder=holder, limit=_TOGETHER))
                if not isinstance(taken, MediaTaken):
                    return
                with logger.contextualize(conversation=conversation):
                    if not await self._fetch_all(conversation, taken):
                        return

    async def _fetch_all(self, conversation: str, taken: MediaTaken) -> bool:
        """Fetch the media of a lease; return whether it is still held."""
        clock = ContinuedClock(taken.now, self.clock)
        # After the death of a process they are fetched one by one, so that only the one that causes it is given up.
        found = list(taken.media.items())[: None if taken.attempt == 1 else 1]
        if taken.attempt > self.policy.media_attempts:
            died = Never(why=f"{taken.attempt - 1} processes died while it was fetched")
            return await self._settle(conversation, taken, found[0][0], died, clock.now())
        fetches = (self._fetch_one(conversation, taken, name, clock) for name, _ in found)
        settled = await asyncio.gather(*fetches)
        return all(settled)

    async def _fetch_one(self, conversation: str, taken: MediaTaken, name: str, clock: Clock) -> bool:
        record = taken.media[name]
        try:
            async with asyncio.timeout(self.within / timedelta(seconds=1)):
                outcome = await self._fetched(conversation, record)
        except TimeoutError:
            outcome = NotNow(why="it took too long")
        except MediumTooLarge as error:
            outcome = Never(why=str(error))
        except MediaStoreError as error:
            logger.error("{}", error)
            outcome = NotNow(why=type(error).__name__)
        except Exception as error:  # noqa: BLE001  (whatever one medium has, the others have not)
            logger.opt(exception=error).error("a medium could not be fetched")
            outcome = NotNow(why=type(error).__name__)
        if isinstance(outcome, MediumRecord):
            read_by = self.reader.hook(outcome.kind)
            language = await self.run(self.work.language(conversation)) if read_by else None
            outcome = await self.reader.read(outcome, self.media, language=language)
        return await self._settle(conversation, taken, name, outcome, clock.now())

    async def _fetched(self, conversation: str, record: MediumRecord) -> MediumRecord | NotNow | Never:
        source = self.sources.get(record.route.channel)
        if source is None:
            return NotNow(why=f"there are no credentials for {record.route.channel}")
        place = await source.media_at(record.media)
        if not isinstance(place, Place):
            return place
        with self.media.incoming(place.at_most or most_bytes(record.kind)) as incoming:
            arrived = await self.downloads.download(place, incoming.write)
            if not isinstance(arrived, Arrived):
                return arrived
            said = place.mime_type or record.media.mime_type or arrived.mime_type
            mime_type = type_of(record.kind, incoming.beginning, said)
            if wrong := _wrong_with(incoming, mime_type, place.sha256 or record.media.sha256 or ""):
                return wrong
            kept = await asyncio.to_thread(self.media.keep, folder_of(conversation, self.secret), incoming)
        return _kept(record, kept, mime_type or "")

    async def _settle(
        self,
        conversation: str,
        taken: MediaTaken,
        name: str,
        outcome: MediumRecord | NotNow | Never,
        now: datetime,
    ) -> bool:
        settled, letter = self._decide(conversation, name, taken.media[name], outcome, now)
        written = await self.run(self.work.settle(conversation, taken.lease, name, settled, letter=letter))
        if isinstance(written, Stale):
            logger.warning("a fetch took longer than its lease; another worker has taken it")
            return False
        if isinstance(written, MediumGone):
            if settled.media.stored and not written.used:
                await asyncio.to_thread(self._drop, settled.media.stored)
            return True
        if written.wake_turn:
            self.waker.turns([conversation])
        return True

    def _decide(
        self,
        conversation: str,
        name: str,
        record: MediumRecord,
        outcome: MediumRecord | NotNow | Never,
        now: datetime,
    ) -> tuple[MediumRecord, MediumLetter | None]:
        """Return what is written about a medium, and the dead letter of one that is given up."""
        message = name.rpartition("/")[0]
        if isinstance(outcome, MediumRecord):
            logger.info("{} kept, {} bytes", record.kind, outcome.media.size, message=message)
            return outcome, None
        attempts = record.attempts + 1
        policy = self.policy
        if isinstance(outcome, NotNow) and attempts < policy.media_attempts:
            wait = backoff(
                attempts, first=policy.retry_after, at_most=policy.retry_at_most, chance=self.chance()
            )
            logger.warning("{} not fetched, later again: {}", record.kind, outcome.why, message=message)
            later = {"attempts": attempts, "not_before": to_ms(now + wait)}
            return record.model_copy(update=later), None
        logger.error("{} is not kept: {}", record.kind, outcome.why, message=message)
        media = record.media.model_copy(update={"why_not": outcome.why})
        failed = {"state": MediumState.FAILED, "attempts": attempts, "media": media}
        given_up = record.model_copy(update=failed)
        letter = MediumLetter(
            why=outcome.why, conversation=conversation, at=to_ms(now), field=name, raw=record.to_json()
        )
        return given_up, letter

    def _drop(self, key: str) -> None:
        try:
            self.media.drop(key)
        except MediaStoreUnavailable as error:
            logger.error("{}", error)


def _wrong_with(incoming: Incoming, mime_type: str | None, sha256: str) -> NotNow | Never | None:
    if incoming.size == 0:
        return NotNow(why="it is empty")
    if sha256 and _hexadecimal(sha256) not in ("", incoming.sha256):
        return NotNow(why="it is not what the provider says: its hash is another one")
    if mime_type is None:
        return Never(why="its content is not of its kind")
    return None


def _hexadecimal(sha256: str) -> str:
    """Return a hash in hexadecimal; Meta's is in Base64 in some places. "" if it is neither."""
    if len(sha256) == 64:  # noqa: PLR2004 - hexadecimal digits
        return sha256.lower()
    try:
        found = base64.b64decode(sha256, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return found.hex() if len(found) == 32 else ""  # noqa: PLR2004 - bytes


def _kept(record: MediumRecord, kept: Kept, mime_type: str) -> MediumRecord:
    found = {
        "mime_type": mime_type,
        "sha256": kept.sha256,
        "size": kept.size,
        "stored": kept.key,
        "why_not": None,
        "filename": PurePath(record.media.filename).name if record.media.filename else None,
    }
    media = record.media.model_copy(update=found)
    return record.model_copy(update={"state": MediumState.KEPT, "not_before": 0, "media": media})
