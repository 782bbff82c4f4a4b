"""Connects what hands over the rows of campaigns."""

from collections.abc import Callable

from session import store
from session.keys import Keys
from session.policy import Policy
from worker.campaigns.sending import CampaignSender
from worker.engine import WorkTaker
from worker.senders import Senders
from worker.wakeups import Waker


def open_campaign_sender(
    run: store.AsyncRunner,
    parts: tuple[store.Scripts, Keys, Policy],
    senders: Senders,
    waker: Waker,
    works: WorkTaker,
    *,
    new_id: Callable[[], str],
) -> CampaignSender:
    """Return what hands rows over in this process."""
    scripts, keys, _ = parts
    return CampaignSender(
        run=run,
        store=store.CampaignWorkStore(*parts),
        campaigns=store.CampaignStore(*parts),
        intake=store.IntakeStore(*parts),
        templates=store.TemplateStore(scripts, keys),
        senders=senders,
        waker=waker,
        new_id=new_id,
        works=works,
        shards=keys.shards,
    )
