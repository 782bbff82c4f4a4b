"""Creates and connects the parts of a worker: it opens the connections and chooses the implementations.

Three others open connections of their own: the assistant of a language model (`assistants/llm/composition.py`), the
commands (`cli/reach.py`), and `inturn doctor` (`cli/examining`).
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from celery import Celery

from session import store
from session.channels import PROVIDERS
from session.clock import Clock, SteadyClock
from session.consulting import Assistant
from session.forgetting import Forgetter
from session.ids import new_id
from session.keys import Keys
from session.media_store import MediaStore
from session.pseudonyms import Pseudonyms
from session.turn import Catalogue
from worker.alarms import Alarms
from worker.answering import Answerer
from worker.assistant_threads import AssistantThreads
from worker.assistants.catalogue import open_catalogue
from worker.assistants.understanding.handoff import wants_back, wants_human
from worker.assistants.understanding.vocabulary import use_words_from
from worker.campaigns.composition import open_campaign_sender
from worker.campaigns.sending import CampaignSender
from worker.channels.registry import open_channels, render, usable_channels
from worker.channels.transport import Http
from worker.continuing import Continue, commit_here, continue_here, continue_nowhere
from worker.deliveries import Courier
from worker.engine import AtOnce, Engine, WorkTaker
from worker.forgetting import TurnOfForgetting
from worker.hooks.composition import open_hook_sender, open_telling
from worker.hooks.posting import Posting
from worker.hooks.sending import HookSender
from worker.intake import IntakeDrainer
from worker.loading import load_assistant, load_named
from worker.media.composition import open_media
from worker.media.downloading import Downloads
from worker.media.fetching import MediaFetcher
from worker.notices import open_notices
from worker.opening import member_of, open_meaning, open_redis, open_senders
from worker.preparation import Preparation
from worker.price_table import open_prices
from worker.receipts import Receipts
from worker.receiving import open_intake
from worker.reloading import Reloader
from worker.reply_files import open_files
from worker.reporting import load_of, report
from worker.sending import open_sending
from worker.separate_process import SeparateProcess
from worker.settings import WorkerSettings
from worker.spending import Spending
from worker.sweeper import Sweeper, open_sweeper
from worker.turns import TurnTaker
from worker.waits import WaitsToday
from worker.wakeups import DELIVER, FETCH_MEDIA, FLUSHED_WITHIN, TAKE_TURN, CeleryWaker, Waker
from worker.watching import open_watcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services of one worker process."""

    intake: IntakeDrainer
    turns: TurnTaker
    courier: Courier
    fetcher: MediaFetcher
    sweeper: Sweeper
    hooks: HookSender
    campaigns: CampaignSender
    pseudonyms: Pseudonyms
    works: WorkTaker
    waker: Waker


def bootstrap(
    settings: WorkerSettings,
    app: Celery,
    *,
    engine: Engine | None = None,
    client: store.Redis | None = None,
    waker: Waker | None = None,
    http: Http | None = None,
    assistant: Assistant | None = None,
    catalogue: Catalogue | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] = new_id,
    downloads: Downloads | None = None,
    posting: Posting | None = None,
) -> Services:
    """Return the services for one process; those that are not passed in are created from the settings.

    Without an engine all work is done at once, in the thread that hands it over.

    Raises:
        SettingsError: the assistant or the catalogue cannot be loaded.
        StoreUnavailable: Redis is down.

    """
    client, policy = client or open_redis(settings), settings.policy()
    keys, scripts = Keys(settings.shards), store.Scripts.load(clock)
    clock = clock or SteadyClock()
    at_once, parts = store.Runner(client), (scripts, keys, policy)
    run = store.AsyncRunner(client) if engine else store.AwaitedRunner(at_once)
    works: Engine | AtOnce = engine or AtOnce()
    pseudonyms = Pseudonyms(secret := at_once(store.shared_secret(keys, fresh=new_id() + new_id())))
    waker, kept = waker or CeleryWaker(app, pseudonyms), MediaStore(settings.media_place())
    files = open_files(settings, kept, run, keys, pseudonyms, secret=secret)
    channels = open_channels(settings, http, pseudonyms, files)
    usable = {name: channels[name] for name in usable_channels(settings)}
    shown = {name: one for name, one in usable.items() if PROVIDERS[name].sends_receipts(settings)}
    if settings.words_dir:
        use_words_from(settings.words_dir)
    meaning = open_meaning(settings)
    records, reloader = open_catalogue(settings.catalogue_dir, meaning), Reloader(Path.cwd())
    load, load_catalogue = reloader.both(load_assistant, load_named, reloads=settings.assistant_reload)
    senders = open_senders(settings, assistant, load=load, meaning=meaning)
    if catalogue is None:
        catalogue = load_catalogue(settings.catalogue, "CATALOGUE") if settings.catalogue else records
    reloader.watch()

    def here(task: str, work: Callable[[str], Coroutine[Any, Any, None]], **how: bool) -> Continue:
        return continue_here(app, engine, task, work, **how) if engine else continue_nowhere

    hooks = open_hook_sender(settings, run, parts, works, clock=clock, new_id=new_id, posting=posting)
    tell_hooks = open_telling(hooks, keys, waker, engine)
    sending = open_sending(
        settings,
        run=run,
        parts=parts,
        senders=senders,
        channels=usable,
        waker=waker,
        clock=clock,
        new_id=new_id,
        policy=policy,
        tell_hooks=tell_hooks,
    )
    courier, process = sending.courier, new_id()
    notices = open_notices(client, process, messages=senders.restart) if engine else None
    threads = AssistantThreads(settings.assistant_threads)
    media = open_media(
        settings,
        store=kept,
        run=run,
        work=store.MediaWorkStore(*parts),
        sources=usable,
        waker=waker,
        clock=clock,
        new_id=new_id,
        policy=policy,
        secret=secret,
        downloads=downloads,
    )
    spending = Spending(run, store.SpendingStore(keys), clock, policy, senders, settings.day_budget)
    take_here = here(TAKE_TURN, lambda conversation: turns.take(conversation))  # noqa: PLW0108  (made below)
    turns = TurnTaker(
        run=run,
        store=store.TurnStore(*parts),
        media=media.wait,
        running=store.RunningTurnStore(*parts),
        merges=store.MergeStore(*parts),
        answerer=Answerer(
            senders=senders,
            render=partial(render, channels),
            wants_human=wants_human,
            wants_back=wants_back,
            new_id=new_id,
            policy=policy,
            threads=threads,
            used_up=spending.used_up,
            reachable=WaitsToday(run, store.WaitStore(keys)).reachable,
            catalogue=catalogue,
            members=partial(member_of, records),
            answer_within=timedelta(seconds=settings.assistant_timeout_seconds),
            receipts=Receipts(shown).while_answered if shown else None,
            secret=secret,
            read_media=kept.get,
        ),
        waker=waker,
        clock=clock,
        new_id=new_id,
        policy=policy,
        forgetting=TurnOfForgetting(
            run=run,
            forgetter=Forgetter(store.ForgettingStore(*parts), store.CounterStore(scripts, keys), keys),
            remove_media=media.removal.of,
        ),
        alone=SeparateProcess(policy.lease_for + timedelta(seconds=settings.assistant_timeout_seconds)),
        notices=notices,
        preparation=Preparation(keep_files=files.kept, fit_templates=sending.templates.fit),
        deliver_here=here(DELIVER, courier.deliver, ends_a_turn=True),
        commit=commit_here(app, engine, courier),
        alarms=Alarms(waker, works, take_here),
        look_at_spending=spending.look,
        works=works,
        tell_hooks=tell_hooks,
    )
    if engine and notices:
        held = partial(load_of, engine, turns, threads, courier)
        report(engine, run, store.LoadStore(*parts), process, held)
        engine.at_stop(turns.thinking.end, turns.alarms.hand_over)
        engine.at_end(partial(asyncio.to_thread, waker.flush, FLUSHED_WITHIN))
        engine.at_end(*(one.close for one in channels.values()), media.fetcher.downloads.close)
        engine.at_end(notices.close, senders.close, hooks.posting.close, run.close)
    return Services(
        intake=open_intake(
            run=run,
            parts=parts,
            senders=senders,
            channels=channels,
            refusals=sending.refusals,
            prices=open_prices(settings.prices_file),
            waker=waker,
            clock=clock,
            new_id=new_id,
            alarms=turns.alarms,
            works=works,
            take_here=take_here,
            fetch_here=here(FETCH_MEDIA, media.fetcher.fetch),
            tell_hooks=tell_hooks,
        ),
        turns=turns,
        courier=courier,
        fetcher=media.fetcher,
        sweeper=open_sweeper(
            run=at_once,
            parts=parts,
            waker=waker,
            clock=clock,
            pause=timedelta(seconds=settings.sweep_seconds / 2),
            look_for_news=open_watcher(run, parts, records, waker=waker, works=works, clock=clock).begin,
            remove_old=lambda now: works.beside(partial(media.retention.remove_old, now)),
            hooks=list(hooks.hooks),
        ),
        hooks=hooks,
        campaigns=open_campaign_sender(run, parts, senders, waker, works, new_id=new_id),
        pseudonyms=pseudonyms,
        works=works,
        waker=waker,
    )
