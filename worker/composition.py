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
from types import FunctionType
from typing import Any

from celery import Celery

from session import store
from session.channels import PROVIDERS
from session.clock import Clock, SteadyClock
from session.connection import connect
from session.consulting import Assistant
from session.forgetting import Forgetter
from session.idle_timeouts import IdleTimeouts
from session.ids import new_id
from session.keys import Keys
from session.messages import Reply, Route
from session.models import Member
from session.pseudonyms import Pseudonyms
from session.turn import Catalogue
from worker.answering import Answerer
from worker.assistant_threads import AssistantThreads
from worker.assistants.catalogue import LoadedCatalogue, open_catalogue
from worker.assistants.understanding.handoff import wants_human
from worker.assistants.understanding.vocabulary import use_words_from
from worker.channels.agent_actions import AgentActionParser
from worker.channels.error_classes import ErrorClass
from worker.channels.registry import open_channels, usable_channels
from worker.channels.transport import Http
from worker.continuing import Continue, commit_here, continue_here, continue_nowhere
from worker.deliveries import Courier
from worker.engine import AtOnce, Engine, WorkTaker
from worker.intake import IntakeDrainer
from worker.loading import load_assistant, load_named
from worker.notices import open_notices
from worker.receipts import Receipts
from worker.reloading import Load, Reloader
from worker.reporting import load_of, report
from worker.send_places import SendPlaces
from worker.senders import SETTING, Sender, Senders, read_senders
from worker.separate_process import SeparateProcess
from worker.settings import WorkerSettings
from worker.sweeper import Sweeper
from worker.turns import TurnTaker
from worker.wakeups import DELIVER, FLUSHED_WITHIN, TAKE_TURN, CeleryWaker, Waker


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services of one worker process."""

    intake: IntakeDrainer
    turns: TurnTaker
    courier: Courier
    sweeper: Sweeper
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
    secret = at_once(store.shared_secret(keys, fresh=new_id() + new_id()))
    pseudonyms = Pseudonyms(secret)
    waker, channels = waker or CeleryWaker(app, pseudonyms), open_channels(settings, http, pseudonyms)
    usable = {name: channels[name] for name in usable_channels(settings)}
    shown = {name: one for name, one in usable.items() if PROVIDERS[name].sends_receipts(settings)}
    mailboxes, pauses = store.MailboxStore(*parts), store.PauseStore(scripts, keys)
    counters = store.CounterStore(scripts, keys)
    if settings.words_dir:
        use_words_from(settings.words_dir)
    records = open_catalogue(settings.catalogue_dir)
    load: Load = load_assistant
    load_catalogue: Load = load_named
    reloader = Reloader(Path.cwd())
    if settings.assistant_reload:
        # A catalogue object may offer more than the search function.
        load, load_catalogue = reloader.loads(load_assistant), reloader.loads(load_named, only=FunctionType)
    senders = open_senders(settings, assistant, load=load)
    if catalogue is None:
        catalogue = load_catalogue(settings.catalogue, "CATALOGUE") if settings.catalogue else records
    reloader.watch()

    def render(route: Route, reply: Reply) -> tuple[Reply, ...]:
        channel = channels.get(route.channel)
        return channel.render(reply) if channel else (reply,)

    def class_of(route: Route, code: str | None) -> ErrorClass:
        channel = channels.get(route.channel)
        return channel.class_of(code) if channel else ErrorClass.REJECT

    def here(task: str, work: Callable[[str], Coroutine[Any, Any, None]], **how: bool) -> Continue:
        return continue_here(app, engine, task, work, **how) if engine else continue_nowhere

    courier = Courier(
        places=SendPlaces(
            settings.worker_sends, senders=senders.named or (usable if len(usable) > 1 else ())
        ),
        at_once=settings.worker_sends,
        run=run,
        store=store.OutboxStore(*parts),
        pauses=pauses,
        channels=usable,
        waker=waker,
        clock=clock,
        new_id=new_id,
        policy=policy,
    )
    process = new_id()
    notices = open_notices(client, process, messages=senders.restart) if engine else None
    threads = AssistantThreads(settings.assistant_threads)
    turns = TurnTaker(
        run=run,
        store=store.TurnStore(*parts),
        running=store.RunningTurnStore(*parts),
        answerer=Answerer(
            senders=senders,
            render=render,
            wants_human=wants_human,
            new_id=new_id,
            policy=policy,
            threads=threads,
            catalogue=catalogue,
            members=partial(_member, records),
            answer_within=timedelta(seconds=settings.assistant_timeout_seconds),
            receipts=Receipts(shown).while_answered if shown else None,
            secret=secret,
        ),
        waker=waker,
        clock=clock,
        new_id=new_id,
        policy=policy,
        forgetter=Forgetter(store.ForgettingStore(*parts), counters, keys),
        alone=SeparateProcess(policy.lease_for + timedelta(seconds=settings.assistant_timeout_seconds)),
        notices=notices,
        deliver_here=here(DELIVER, courier.deliver, ends_a_turn=True),
        commit=commit_here(app, engine, courier),
        works=works,
    )
    if engine and notices:
        held = partial(load_of, engine, turns, threads, courier)
        report(engine, run, store.LoadStore(*parts), process, held)
        engine.at_stop(turns.give_back)
        engine.at_end(partial(asyncio.to_thread, waker.flush, FLUSHED_WITHIN))
        for close in (*(one.close for one in channels.values()), notices.close, senders.close, run.close):
            engine.at_end(close)
    return Services(
        intake=IntakeDrainer(
            run=run,
            store=store.IntakeStore(*parts),
            mailboxes=mailboxes,
            statuses=store.StatusStore(*parts),
            pauses=pauses,
            parsers={**channels, "desk": AgentActionParser()},
            class_of=class_of,
            waker=waker,
            clock=clock,
            new_id=new_id,
            troubles=store.TroubleStore(scripts, keys),
            take_here=here(TAKE_TURN, turns.take),
            undisturbed=works.undisturbed,
            scopes={name: sender.scope for name, sender in senders.named.items() if sender.scope},
        ),
        turns=turns,
        courier=courier,
        sweeper=Sweeper(
            run=at_once,
            due=store.DueStore(*parts),
            idle_timeouts=IdleTimeouts(store.SessionStore(*parts), mailboxes, policy),
            waker=waker,
            clock=clock,
            shards=settings.shards,
            counters=counters,
            retention=store.RetentionStore(*parts),
            pause=timedelta(seconds=settings.sweep_seconds / 2),
        ),
        pseudonyms=pseudonyms,
        works=works,
        waker=waker,
    )


def open_redis(settings: WorkerSettings) -> store.Redis:
    """Return a client for the Redis of the sessions."""
    return connect(
        settings.session_redis_url,
        timeout=settings.redis_timeout_seconds,
        cluster=settings.redis_cluster,
    )


def open_senders(
    settings: WorkerSettings, assistant: Assistant | None = None, *, load: Load = load_assistant
) -> Senders:
    """Return the senders of the business; `assistant` replaces the one of the settings.

    Raises `SettingsError` if an assistant cannot be loaded or the file of the senders is invalid.
    """
    usual = Sender(
        assistant=assistant or load(settings.assistant, "ASSISTANT"),
        kind=settings.catalogue_kind,
        agent_id=settings.default_agent_id,
        access=settings.access,
        on_new_message=settings.on_new_message,
    )
    if settings.senders_file is None:
        return Senders(usual=usual, named={})
    country = settings.default_country
    return read_senders(settings.senders_file, usual, lambda dotted: load(dotted, SETTING), country=country)


def _member(records: LoadedCatalogue, customer: str) -> Member | None:
    found = records.member_by_phone(customer)
    return Member(user_id=found.user_id, name=found.name, role=found.role) if found else None
