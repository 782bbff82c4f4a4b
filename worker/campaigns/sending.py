"""Hands the rows of a campaign over: leased like all work, at the pace of its sender, each row as a body of the intake.

The bodies are stored before the campaign's position is written. If the worker dies in between, the same rows are handed over
again with the same ids, and the mailboxes drop them as known. Those of which an outcome is known are left out, because ids are
known for some days only. While many are on their way, the next ones wait: conversations come first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from loguru import logger

from session.agent_actions import AgentAction
from session.bodies import CAMPAIGNS
from session.campaigns import Campaign, Recipient, action_of
from session.channels import PROVIDERS
from session.errors import StoreFull
from session.hours import next_allowed
from session.leases import Stale
from session.printable import counted
from session.store import (
    AsyncRunner,
    CampaignStore,
    CampaignTaken,
    CampaignWorkStore,
    IntakeStore,
    TemplateStore,
)
from session.template_definitions import SENDABLE, Definition
from worker.campaigns.on_their_way import OnTheirWay
from worker.engine import WorkTaker
from worker.reaching import senders_of
from worker.senders import CampaignPace, Sender, Senders
from worker.wakeups import Waker

#: For a wait as short as this the lease is kept.
_SHORT: Final = timedelta(seconds=2)
#: After this time a wait that ends by itself is looked at again.
_LOOKED_AT_AGAIN: Final = timedelta(seconds=30)
#: The sweep looks again after this time at most: what it waits for may end before.
_LONGEST_WAIT: Final = timedelta(minutes=10)
#: A batch is what may be sent in so many seconds, and so many rows at most: a message that comes meanwhile waits for them.
_BATCH, _MOST_ROWS = 0.1, 16
#: Batches in a row, and waits between them; then another worker may take the campaign, and what this one has read is read anew.
_IN_A_ROW: Final = 600
#: Why a running campaign waits, by what the store says.
_WAITS: Final = {
    "day": "{:,} customers were written to in 24 hours (CAMPAIGN_CUSTOMERS_PER_DAY)",
    "paused": "the sender is paused",
}


@dataclass(frozen=True, slots=True)
class _Ends:
    """The campaign is not handed over for now."""

    why: str
    release_in: timedelta | None = None  #: it goes on after that; None: it is paused


@dataclass(kw_only=True, eq=False, repr=False)
class CampaignSender:
    """Hands the rows of campaigns over."""

    run: AsyncRunner
    store: CampaignWorkStore
    campaigns: CampaignStore
    intake: IntakeStore
    templates: TemplateStore
    senders: Senders
    waker: Waker
    new_id: Callable[[], str]
    works: WorkTaker
    shards: int = 1
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def send(self, name: str) -> None:
        """Hand over the rows of a campaign, until all are, or it has to wait for longer than a moment."""
        campaign = await self.run(self.campaigns.find(name))
        if campaign is None:
            await self.run(self.store.leave(name))
            return
        with logger.contextualize(campaign=name):
            await self._send(campaign)

    async def _send(self, campaign: Campaign) -> None:
        holder, pace = self.new_id(), self._sender(campaign).campaigns
        taken = await self._take(campaign, holder, pace, limit=0)
        if taken:
            # A shard may have lost that it was to keep them.
            await self.run(self.campaigns.keep_outcomes(campaign.name))
        definition = await self._definition(campaign) if taken else None
        handed = OnTheirWay(run=self.run, store=self.store, per_second=pace.per_second)
        for _ in range(_IN_A_ROW):
            if taken is None:
                return
            if ends := await self._hindrance(taken, definition):
                await self._end(taken, ends)
                return
            if await handed.are_many(taken.now):
                await self.sleep(_BATCH)
                taken = await self._take(campaign, holder, pace, limit=0)
                continue
            rows = max(1, min(_MOST_ROWS, round(pace.per_second * _BATCH)))
            taken = await self._take(campaign, holder, pace, limit=rows)
            if taken is None:
                return
            if ends := self._outside_hours(taken):
                # The hours have ended meanwhile; what was taken is taken again.
                await self._end(taken, ends)
                return
            if taken.why in _WAITS or taken.wait > _SHORT:
                wait = min(taken.wait or _LOOKED_AT_AGAIN, _LONGEST_WAIT)
                await self._end(taken, _Ends(_WAITS.get(taken.why, "").format(pace.customers_per_day), wait))
                return
            if taken.why:
                await self.sleep(taken.wait.total_seconds())
            elif not await self._hand_over(taken, handed):
                return
        if taken:
            await self._end(taken, _Ends("", timedelta(0)))
            self.waker.campaigns([campaign.name])

    async def _take(
        self, campaign: Campaign, holder: str, pace: CampaignPace, *, limit: int
    ) -> CampaignTaken | None:
        every = timedelta(seconds=1 / pace.per_second)
        taken = await self.run(
            self.store.take(campaign, holder=holder, limit=limit, every=every, a_day=pace.customers_per_day)
        )
        return taken if isinstance(taken, CampaignTaken) else None

    async def _definition(self, campaign: Campaign) -> Definition | _Ends | None:
        """Return the definition of its template, or why there is none; None if that is not known, or none is needed."""
        channel = campaign.sender.partition(":")[0]
        provider = PROVIDERS.get(channel)
        if provider is None or provider.namespace.window is None:
            return None
        known = await self.run(self.templates.all())
        found = known.find(channel, campaign.template, campaign.language)
        if found is None and known.covers(channel):
            return _Ends(f"{channel} has no template {campaign.template} ({campaign.language})")
        return found

    async def _hindrance(self, taken: CampaignTaken, definition: Definition | _Ends | None) -> _Ends | None:
        """Return why nothing is handed over for now."""
        campaign = taken.campaign
        if self.works.stopping:
            self.waker.campaigns([campaign.name])
            return _Ends("", timedelta(0))
        if campaign.sender not in senders_of(self.senders, campaign.scope):
            return _Ends(f"{campaign.sender} is not a sender of this business that can send")
        if isinstance(definition, _Ends):
            return definition
        if definition:
            # What a provider reports is seen with the next batch.
            found = await self.run(self.templates.find(definition.key))
            status, why = (found.status, found.why) if found else ("gone", None)
            if status not in SENDABLE:
                said = f"{campaign.template} ({campaign.language})"
                return _Ends(f"the template {said} is {status}{f': {why}' if why else ''}")
        return self._outside_hours(taken)

    def _outside_hours(self, taken: CampaignTaken) -> _Ends | None:
        now = taken.now
        later = next_allowed(now, self._sender(taken.campaign).hours)
        return _Ends("outside the hours of the sender", later - now) if later > now else None

    async def _hand_over(self, taken: CampaignTaken, handed: OnTheirWay) -> bool:
        """Store what is done for the rows, and write how far the campaign is; return whether there may be more to do."""
        campaign = taken.campaign
        actions = [action for action in await self._actions(taken) if action]
        bodies = [
            self.intake.store(action.to_json().encode(), source=CAMPAIGNS, ordering_key=action.conversation)
            for action in actions
        ]
        try:
            stored = await self.run.together(bodies) if bodies else []
        except StoreFull as error:
            logger.warning("a campaign waits: {}", error)
            await self._end(taken, _Ends("the server is full", _LOOKED_AT_AGAIN))
            return False
        handed.add((action.conversation for action in actions), taken.now)
        for shard in sorted({one.wake for one in stored if one.wake is not None}):
            self.waker.intake(shard)
        written = await self.run(
            self.store.settle(
                campaign.name,
                taken.lease,
                lambda one: one.hand_over(taken.position, taken.now, ends=taken.ends),
            )
        )
        if isinstance(written, Stale):
            logger.warning("handing over took longer than its lease; another worker has the campaign")
            return False
        if taken.ends:
            logger.info("all rows of a campaign are handed over: {}", counted(campaign.total, "row"))
        return not taken.ends

    async def _actions(self, taken: CampaignTaken) -> Sequence[AgentAction | None]:
        """Return what is to be done for the rows: nothing for those of which an outcome is known."""
        name, rows = taken.campaign.name, [row for row, _ in taken.rows]
        if not rows:
            return []
        found = await self.run.together(
            [self.campaigns.outcomes(shard, name, rows) for shard in range(self.shards)]
        )
        is_known = [any(texts) for texts in zip(*found, strict=True)]
        return [
            None if known else self._action(taken, row, recipient)
            for known, (row, recipient) in zip(is_known, taken.rows, strict=True)
        ]

    def _action(self, taken: CampaignTaken, row: int, recipient: Recipient) -> AgentAction | None:
        try:
            return action_of(taken.campaign, row, recipient, taken.now)
        except ValueError as error:
            logger.error("row {} of a campaign is passed over: {}", row, error)
            return None

    async def _end(self, taken: CampaignTaken, ends: _Ends) -> None:
        """Give the lease back."""
        pauses = ends.release_in is None
        if ends.why:
            told = logger.error if pauses else logger.info
            told("a campaign {}: {}", "is paused" if pauses else "waits", ends.why)
        await self.run(
            self.store.settle(
                taken.campaign.name,
                taken.lease,
                lambda one: one.pause(ends.why) if pauses and one.runs else one.wait(ends.why),
                release_in=ends.release_in or timedelta(0),
            )
        )

    def _sender(self, campaign: Campaign) -> Sender:
        return self.senders.named.get(campaign.sender, self.senders.usual)
