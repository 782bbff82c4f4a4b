"""Connects the parts of a worker that read the intake: what parses bodies, and what notes the reports in them."""

from collections.abc import Callable, Mapping
from functools import partial

from session import store
from session.bodies import API, CAMPAIGNS, SAVED_SEARCHES
from session.clock import Clock
from session.keys import Keys
from session.policy import Policy
from worker.alarms import Alarms
from worker.assistants.understanding.handoff import wants_human
from worker.bursts import Bursts
from worker.channels.agent_actions import AgentActionParser
from worker.channels.protocols import Channel
from worker.channels.registry import class_of, note_failure
from worker.continuing import Continue
from worker.engine import WorkTaker
from worker.intake import IntakeDrainer
from worker.price_table import PriceTable
from worker.provider_reports import ProviderReports
from worker.refusals import Refusals
from worker.senders import Senders
from worker.wakeups import Waker


def open_intake(
    *,
    run: store.AsyncRunner,
    parts: tuple[store.Scripts, Keys, Policy],
    senders: Senders,
    channels: Mapping[str, Channel],
    refusals: Refusals,
    prices: PriceTable,
    waker: Waker,
    clock: Clock,
    new_id: Callable[[], str],
    alarms: Alarms,
    works: WorkTaker,
    take_here: Continue,
    fetch_here: Continue,
    tell_hooks: Callable[[str], None],
) -> IntakeDrainer:
    """Return what empties intakes in this process; `channels` are all, also those without credentials."""
    scripts, keys, policy = parts
    return IntakeDrainer(
        run=run,
        store=store.IntakeStore(*parts),
        mailboxes=store.MailboxStore(*parts),
        reports=ProviderReports(
            run=run,
            statuses=store.StatusStore(*parts),
            pauses=store.PauseStore(scripts, keys),
            troubles=store.TroubleStore(scripts, keys),
            class_of=partial(class_of, channels),
            refusals=refusals,
            prices=prices,
            assistant_of=senders.assistant_of,
            note_failure=partial(note_failure, channels),
            tell_hooks=tell_hooks,
        ),
        parsers=dict(channels) | dict.fromkeys(("desk", API, CAMPAIGNS, SAVED_SEARCHES), AgentActionParser()),
        waker=waker,
        clock=clock,
        new_id=new_id,
        take_here=take_here,
        alarms=alarms,
        gather_for=Bursts(wait_of=senders.gather_of, policy=policy, wants_human=wants_human),
        fetch_here=fetch_here,
        undisturbed=works.undisturbed,
        scopes={name: sender.scope for name, sender in senders.named.items() if sender.scope},
    )
