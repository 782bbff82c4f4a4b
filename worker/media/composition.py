"""Connects what fetches media, waits for them and removes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from session.clock import Clock
from session.media_store import MediaStore
from session.policy import Policy
from session.store import AsyncRunner, MediaWorkStore
from worker.assistant_threads import AssistantThreads
from worker.channels.protocols import MediaSource
from worker.loading import load_hook
from worker.media.downloading import Downloads, GuardedDownloads
from worker.media.fetching import MediaFetcher
from worker.media.reading import MediaReader
from worker.media.removal import MediaRemoval, MediaRetention
from worker.media.waiting import MediaWait
from worker.settings import WorkerSettings
from worker.wakeups import Waker


def open_reader(settings: WorkerSettings) -> MediaReader:
    """Return what has media read. Raises `SettingsError` if a hook cannot be loaded."""
    return MediaReader(
        transcribe=load_hook(settings.transcriber, "TRANSCRIBER") if settings.transcriber else None,
        describe=load_hook(settings.describer, "DESCRIBER") if settings.describer else None,
        within=timedelta(seconds=settings.media_reading_seconds),
        threads=AssistantThreads(settings.worker_fetches),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMedia:
    """What a process does with media."""

    fetcher: MediaFetcher
    wait: MediaWait
    removal: MediaRemoval
    retention: MediaRetention


def open_media(
    settings: WorkerSettings,
    *,
    store: MediaStore,
    run: AsyncRunner,
    work: MediaWorkStore,
    sources: Mapping[str, MediaSource],
    waker: Waker,
    clock: Clock,
    new_id: Callable[[], str],
    policy: Policy,
    secret: str,
    downloads: Downloads | None = None,
) -> OpenedMedia:
    """Return what fetches, waits for and removes media in this process. Nothing is reached before the first medium."""
    fetcher = MediaFetcher(
        run=run,
        work=work,
        media=store,
        sources=sources,
        downloads=downloads or GuardedDownloads(connections=2 * settings.worker_fetches),
        waker=waker,
        clock=clock,
        new_id=new_id,
        policy=policy,
        secret=secret,
        at_once=settings.worker_fetches,
        within=timedelta(seconds=settings.media_timeout_seconds),
        reader=open_reader(settings),
    )
    keep_for = timedelta(days=settings.media_retention_days)
    return OpenedMedia(
        fetcher=fetcher,
        wait=MediaWait(run=run, work=work, waker=waker, policy=policy),
        removal=MediaRemoval(media=store, secret=secret),
        retention=MediaRetention(run=run, work=work, media=store, keep_for=keep_for),
    )
