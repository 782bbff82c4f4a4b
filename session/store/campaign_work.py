"""The work on campaigns: leased like all work, their rows handed out at the pace of their sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from loguru import logger
from redis.exceptions import ResponseError

from session.campaigns import Campaign, CampaignState, Recipient
from session.errors import UnexpectedReply
from session.keys import CAMPAIGN, DELIVER, TURN, Keys
from session.leases import TOO_LATE, Held, Lease, Stale
from session.policy import Policy
from session.records import MS, from_ms
from session.store.calls import Call, Program, Together, command
from session.store.campaign_records import NEVER, CampaignRecords, Change, campaign_in
from session.store.campaigns import recipient_in
from session.store.mending import Mender
from session.store.scripts import Scripts

#: Unique customers are counted over so long.
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTaken:
    """This worker has the lease of a running campaign."""

    lease: Lease
    now: datetime  #: by the clock of the server
    campaign: Campaign
    position: int  #: the last row that was looked at
    ends: bool = False  #: whether there is none behind it
    rows: tuple[tuple[int, Recipient], ...] = ()  #: what may be handed over now
    why: str = ""  #: why nothing may be: "pace", "day" or "paused"
    wait: timedelta = timedelta(0)  #: after which it may be, as far as that is known


@dataclass(frozen=True, slots=True)
class CampaignOver:
    """Nothing is to be handed over: it is not running."""


class CampaignWorkStore:
    """Leases campaigns, hands out their rows, and notes how far they are."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._records = CampaignRecords(scripts, keys, policy)
        self._all_keys = keys
        self._keys = keys.shard(0)
        self._policy = policy

    def take(
        self, campaign: Campaign, *, holder: str, limit: int, every: timedelta, a_day: int
    ) -> Program[CampaignTaken | CampaignOver | Held]:
        """Lease a campaign, and return its next rows: as many as its sender may send now, and `limit` at most.

        `every` is the time for each message of the sender, `a_day` how many customers it may reach in 24 hours. A holder takes
        again for the next rows; with a `limit` of 0 only the lease is taken, and no row.
        """
        order, rows, lease = self._keys.campaign(campaign.name)
        pace, reached = self._keys.pace(campaign.sender)
        call = self._scripts.take_campaign(
            campaigns=self._keys.campaigns,
            lease=lease,
            due=self._keys.due,
            fences=self._keys.fence,
            order=order,
            rows=rows,
            pace=pace,
            reached=reached,
            paused=self._keys.paused,
            secret=self._keys.secret,
            name=campaign.name,
            sender=campaign.sender,
            holder=holder,
            lease_for=self._policy.lease_for // MS,
            garbage=TOO_LATE // MS,
            member=CAMPAIGN + campaign.name,
            limit=limit,
            every=every / MS,
            a_day=a_day,
            day=DAY // MS,
        )
        try:
            answer = yield from self._mender.call_on_shard(0, call)
        except ResponseError:
            # What holds places may have a wrong type, and nothing of the rows; if that was not it, the next call fails too.
            types = {lease: "hash", pace: "string", reached: "zset"}
            found: list[str] = yield Together([command("campaign", "TYPE", key) for key in types])
            wrong = [
                key for key, type_ in zip(types, found, strict=True) if type_ not in (types[key], "none")
            ]
            if not wrong:
                raise
            logger.error("keys of a campaign have a wrong type, they begin anew: {}", ", ".join(wrong))
            yield command("campaign", "DEL", *wrong)
            answer = yield call
        match answer:
            case ["held", int(until)]:
                return Held(until=until)
            case ["over"]:
                return CampaignOver()
            case ["taken", int(fence), int(now), record, int(position), int(ends), why, int(wait), granted]:
                return CampaignTaken(
                    lease=Lease(fence=fence, holder=holder),
                    now=from_ms(now),
                    campaign=campaign_in(record) or campaign,
                    position=position,
                    ends=bool(ends),
                    rows=tuple(
                        (int(row), recipient_in(customer, parameters))
                        for customer, row, parameters in zip(*(granted[n::3] for n in range(3)), strict=True)
                    ),
                    why=why,
                    wait=wait * MS,
                )
            case reply:
                raise UnexpectedReply("take_campaign", reply)

    def on_their_way(self, conversations: Sequence[str]) -> Program[tuple[set[str], set[str], int]]:
        """Return which conversations have something that waits for a turn, which for a send, and how many bodies nobody has read yet.

        The bodies are those in the intakes of these conversations, at least one of them.
        """
        shards: dict[int, list[str]] = {}
        for name in conversations:
            shards.setdefault(self._all_keys.shard_of(name), []).append(name)
        calls: list[Call[Any]] = []
        for shard, names in shards.items():
            keys = self._all_keys.shard(shard)
            members = [kind + name for kind in (TURN, DELIVER) for name in names]
            calls += [command("due", "ZMSCORE", keys.due, *members), command("intake", "XLEN", keys.intake)]
        answers: list[Any] = yield Together(calls)
        turns, sends = set[str](), set[str]()
        for names, scores in zip(shards.values(), answers[::2], strict=True):
            turns |= {name for name, at in zip(names, scores, strict=False) if at is not None}
            sends |= {name for name, at in zip(names, scores[len(names) :], strict=True) if at is not None}
        return turns, sends, sum(map(int, answers[1::2]))

    def leave(self, name: str) -> Program[bool]:
        """Let a name be due no more of which there is no campaign; returns whether it was.

        One that cannot be read stays due: a newer release may have written it.
        """
        raw = yield from self._records.raw(name)
        if raw and campaign_in(raw) is None:
            logger.warning("a campaign cannot be read, it is left to a newer release: {}", name)
            return False
        return bool((yield command("leave", "ZREM", self._keys.due, CAMPAIGN + name)))

    def settle(
        self, name: str, lease: Lease, change: Change, *, release_in: timedelta | None = None
    ) -> Program[Stale | None]:
        """Write how far a campaign is, under its lease; None if it is written.

        The lease is extended, or released with `release_in`: if the campaign still runs, it is due again after that.
        """
        while True:
            raw: str | None = yield from self._records.raw(name)
            before = campaign_in(raw)
            after = change(before) if before else None
            if raw is None or after is None:
                return Stale(fence=0)
            runs = after.state is CampaignState.RUNNING
            if not runs:
                due_in = NEVER
            else:
                due_in = (self._policy.lease_for if release_in is None else max(release_in, 0 * MS)) // MS
            put = yield from self._records.put(
                name, raw, after.to_json(), due_in=due_in, lease=lease, goes_on=runs and release_in is None
            )
            if put is not False:
                return put if isinstance(put, Stale) else None
