"""Campaigns, their rows, and what became of each: in the first shard, the outcomes in that of each conversation."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from session.campaigns import MOST_ROWS, Campaign, CampaignRefused, CampaignState, Recipient
from session.conversations import conversation_of, customer_of
from session.errors import UnexpectedReply
from session.keys import CAMPAIGN, Keys
from session.policy import Policy
from session.records import MS, from_ms
from session.store.calls import Call, Program, Together, as_scores, command, unless_wrong
from session.store.campaign_records import NEVER, CampaignRecords, campaign_in
from session.store.mending import Mender
from session.store.scripts import Scripts

#: A part of the record of a campaign while its rows are being stored.
_LOADING: Final = f'"state":"{CampaignState.LOADING}"'
#: In ms since the epoch: a time behind it is none.
_LATEST: Final = 1 << 47


class CampaignStore:
    """Keeps campaigns, their rows and their outcomes; `CampaignWorkStore` hands the rows out."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._records = CampaignRecords(scripts, keys, policy)
        self._all_keys = keys
        self._keys = keys.shard(0)
        self._policy = policy

    def all(self) -> Program[list[Campaign]]:
        """Return all campaigns, the newest first; unreadable ones are left out."""
        return self._records.all()

    def find(self, name: str) -> Program[Campaign | None]:
        """Return a campaign; None if there is none with this name that can be read."""
        return self._records.find(name)

    def create(self, campaign: Campaign) -> Program[bool]:
        """Store a new campaign without rows; False if its name is taken."""
        raw: str | None = yield from self._records.raw(campaign.name)
        before = campaign_in(raw)
        if raw and (
            before is None
            or before.state is not CampaignState.REMOVED
            or from_ms(campaign.created) - from_ms(before.ended) <= self._policy.seen_for
        ):
            return False
        if (yield from self._records.put(campaign.name, raw or "", campaign.to_json())) is not True:
            return False
        # What a removal that was cut off has left.
        yield from self._remove_rows(campaign.name)
        return True

    def add(self, name: str, recipients: Sequence[Recipient]) -> Program[tuple[int, int]]:
        """Add rows to a campaign that is being loaded, behind those that it has; a thousand at most.

        Returns how many were added, since a customer gets one row only, and the number of the last one. Raises `CampaignRefused`
        if it is not being loaded any more.
        """
        order, rows, _ = self._keys.campaign(name)
        call = self._scripts.add_rows(
            campaigns=self._keys.campaigns,
            order=order,
            rows=rows,
            name=name,
            loading=_LOADING,
            at_most=MOST_ROWS,
            keep_for=self._policy.campaigns_for // MS,
            recipients=[part for one in recipients for part in (one.customer, one.parameters())],
        )
        match (yield from self._mender.call_on_shard(0, call)):
            case ["added", int(added), int(last)]:
                return added, last
            case ["refused"]:
                raise CampaignRefused(f"the campaign {name} is not being loaded")
            case reply:
                raise UnexpectedReply("add_rows", reply)

    def ready(self, name: str, left_out: int) -> Program[Campaign]:
        """Let a campaign have all its rows. Raises `NoSuchCampaign` and `CampaignRefused`."""
        newest: Any = yield command(
            "campaign", "ZRANGE", self._keys.campaign(name)[0], -1, -1, "WITHSCORES", read=as_scores
        )
        total = max((int(row) for row in newest.values()), default=0)
        return (yield from self._records.change(name, lambda one: one.ready(total, left_out)))

    def start(self, name: str, now: datetime) -> Program[Campaign]:
        """Let a campaign run; one that runs and waits is due at once. Raises `NoSuchCampaign` and `CampaignRefused`."""
        # First, so that nothing is sent whose outcome would not be kept.
        if (yield from self.find(name)):
            yield from self.keep_outcomes(name)
        return (yield from self._records.change(name, lambda one: one.run(now), due_in=0))

    def due(self, name: str) -> Program[datetime | None]:
        """Return when a worker looks at a campaign next, unless it is woken before; None if that is not known."""
        at: Any = yield from self._mender.call_on_shard(
            0, command("campaign", "ZSCORE", self._keys.due, CAMPAIGN + name)
        )
        return from_ms(int(float(at))) if at and 0 < float(at) < _LATEST else None

    def keep_outcomes(self, name: str) -> Program[None]:
        """Let every shard keep what becomes of the rows of a campaign. If it does already, it keeps it for longer."""
        keep_for, keys = self._policy.campaigns_for // MS, self._outcomes(name)
        types: list[str] = yield Together([command("campaign", "TYPE", key) for key in keys])
        # What has a wrong type keeps nothing.
        wrong = [key for key, type_ in zip(keys, types, strict=True) if type_ not in ("hash", "none")]
        yield Together([command("campaign", "UNLINK", key) for key in wrong])
        yield Together([command("campaign", "HSET", key, "", "1") for key in keys])
        yield Together([command("campaign", "PEXPIRE", key, keep_for) for key in keys])

    def pause(self, name: str, why: str) -> Program[Campaign]:
        """Let a campaign pause; what was handed over is sent. Raises `NoSuchCampaign` and `CampaignRefused`."""
        return (yield from self._records.change(name, lambda one: one.pause(why), due_in=NEVER))

    def remove(self, name: str, now: datetime) -> Program[None]:
        """Remove a campaign with its rows and outcomes. Raises `NoSuchCampaign`, and `CampaignRefused` while it is running."""
        yield from self._records.change(name, lambda one: one.remove(now), due_in=NEVER)
        yield from self._remove_rows(name)

    # -- rows

    def rows(self, name: str, first: int, limit: int) -> Program[list[tuple[int, Recipient]]]:
        """Return the rows from a number on, up to `limit` numbers; those of forgotten customers are missing."""
        order, parameters, _ = self._keys.campaign(name)
        found: dict[str, float] = yield command(
            "campaign", "ZRANGE", order, first, first + limit - 1, "BYSCORE", "WITHSCORES", read=as_scores
        )
        numbers = {int(row): customer for customer, row in found.items()}
        if not numbers:
            return []
        kept: list[str | None] = yield command("campaign", "HMGET", parameters, *numbers)
        return [
            (row, recipient_in(customer, raw or ""))
            for (row, customer), raw in zip(numbers.items(), kept, strict=True)
        ]

    def outcomes(self, shard: int, name: str, rows: Sequence[int]) -> Call[list[str]]:
        """Return what a shard has noted of these rows, "" for nothing; at least one row."""
        key = self._all_keys.shard(shard).outcomes(name)
        return command("outcomes", "HMGET", key, *rows, read=lambda found: [one or "" for one in found])

    def of(self, customers: Collection[str]) -> Program[list[str]]:
        """Return the conversations of those customers who have a row in a campaign, each in the scope of that."""
        every: list[Campaign] = (yield from self.all()) if customers else []
        orders = [self._keys.campaign(one.name)[0] for one in every]
        rows = yield Together(
            [command("campaign", "ZMSCORE", order, *customers) for order in orders], errors=True
        )
        return [
            conversation_of(customer, campaign.scope)
            for campaign, found in zip(every, map(unless_wrong, rows), strict=True)
            for customer, row in zip(customers, found or [None] * len(customers), strict=True)
            if row is not None
        ]

    def forget(self, conversation: str) -> Program[int]:
        """Remove a customer from all campaigns of the scope of a conversation; returns from how many."""
        customer, removed = customer_of(conversation), 0
        for campaign, row in (yield from self.rows_of(conversation)):
            order, rows, _ = self._keys.campaign(campaign.name)
            yield command("campaign", "HDEL", rows, row)
            removed += yield command("campaign", "ZREM", order, customer)
        return removed

    def rows_of(self, conversation: str) -> Program[list[tuple[Campaign, int]]]:
        """Return the rows of a customer in the campaigns of the scope of a conversation, each with its campaign."""
        customer = customer_of(conversation)
        every: list[Campaign] = yield from self.all()
        own = [one for one in every if conversation_of(customer, one.scope) == conversation]
        orders = [self._keys.campaign(one.name)[0] for one in own]
        found = yield Together(
            [command("campaign", "ZSCORE", order, customer) for order in orders], errors=True
        )
        rows = zip(own, map(unless_wrong, found), strict=True)
        return [(one, int(float(row))) for one, row in rows if row is not None]

    # -- within

    def _outcomes(self, name: str) -> list[str]:
        return [self._all_keys.shard(shard).outcomes(name) for shard in range(self._all_keys.shards)]

    def _remove_rows(self, name: str) -> Program[None]:
        keys = [*self._keys.campaign(name), *self._outcomes(name)]
        yield Together([command("campaign", "UNLINK", key) for key in keys])


def recipient_in(customer: str, parameters: str) -> Recipient:
    """Return a row. One whose parameters cannot be read has none: the template does not fit then, and its turn says so."""
    try:
        return Recipient.of(customer, parameters)
    except ValueError:
        return Recipient(customer=customer)
