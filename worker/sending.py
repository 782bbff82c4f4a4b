"""Connects the parts of a worker that send: the courier, what it knows of templates, and what refusals tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from session import store
from session.clock import Clock
from session.keys import Keys
from session.policy import Policy
from worker.channels.protocols import Channel
from worker.channels.registry import render
from worker.deliveries import Courier
from worker.late_replies import LateReplies
from worker.refusals import Refusals
from worker.send_places import SendPlaces
from worker.sender_health import SenderHealth
from worker.senders import Senders
from worker.settings import WorkerSettings
from worker.templates import Templates
from worker.wakeups import Waker


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The parts that send."""

    courier: Courier
    templates: Templates
    refusals: Refusals


def open_sending(
    settings: WorkerSettings,
    *,
    run: store.AsyncRunner,
    parts: tuple[store.Scripts, Keys, Policy],
    senders: Senders,
    channels: Mapping[str, Channel],
    waker: Waker,
    clock: Clock,
    new_id: Callable[[], str],
    policy: Policy,
    tell_hooks: Callable[[str], None],
) -> Sending:
    """Return them; `channels` are those with credentials."""
    scripts, keys, _ = parts
    kept = store.TemplateStore(scripts, keys)
    templates = Templates(run=run, store=kept, senders=senders, clock=clock, render=partial(render, channels))
    refusals = Refusals(run=run, mailboxes=store.MailboxStore(*parts), templates=kept, wake_turns=waker.turns)
    common: dict[str, Any] = {"run": run, "policy": policy}
    courier = Courier(
        **common,
        places=SendPlaces(
            settings.worker_sends, senders=senders.named or (channels if len(channels) > 1 else ())
        ),
        at_once=settings.worker_sends,
        store=store.OutboxStore(*parts),
        health=SenderHealth(run=run, pauses=store.PauseStore(scripts, keys)),
        refusals=refusals,
        late=LateReplies(**common, templates=templates, sessions=store.SessionStore(*parts)),
        channels=channels,
        waker=waker,
        clock=clock,
        new_id=new_id,
        tell_hooks=tell_hooks,
    )
    return Sending(courier=courier, templates=templates, refusals=refusals)
