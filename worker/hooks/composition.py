"""Connects what sends events to hooks."""

from collections.abc import Callable

from session import store
from session.clock import Clock
from session.keys import Keys
from session.policy import Policy
from worker.engine import Engine, WorkTaker
from worker.hooks.configuration import open_hooks
from worker.hooks.looking import Looks
from worker.hooks.posting import Poster, Posting
from worker.hooks.sending import HookSender
from worker.settings import WorkerSettings
from worker.wakeups import Waker


def open_hook_sender(
    settings: WorkerSettings,
    run: store.AsyncRunner,
    parts: tuple[store.Scripts, Keys, Policy],
    works: WorkTaker,
    *,
    clock: Clock,
    new_id: Callable[[], str],
    posting: Posting | None = None,
) -> HookSender:
    """Return what sends events in this process. Raises `SettingsError` if a hook is not configured as it must be."""
    return HookSender(
        run=run,
        store=store.HookStore(*parts),
        hooks=open_hooks(settings),
        posting=posting or Poster(),
        clock=clock,
        new_id=new_id,
        policy=parts[2],
        shards=settings.shards,
        works=works,
    )


def open_telling(
    sender: HookSender, keys: Keys, waker: Waker, engine: Engine | None
) -> Callable[[str], None]:
    """Return what is told of each conversation of which this process has written an event; nothing comes of it without hooks."""
    if engine is None or not sender.hooks:
        return lambda _: None
    looks = Looks(
        run=sender.run,
        store=sender.store,
        keys=keys,
        hooks=list(sender.hooks),
        waker=waker,
        works=engine,
    )
    return looks.tell
