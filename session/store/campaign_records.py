"""The records of campaigns, in the first shard: each is written as it was read and changed, by one script."""

from collections.abc import Callable, Iterable
from typing import Final

from session.campaigns import Campaign, CampaignState, NoSuchCampaign
from session.errors import UnexpectedReply
from session.keys import CAMPAIGN, Keys
from session.leases import Lease, Stale
from session.policy import Policy
from session.records import MS
from session.store.calls import Program, command
from session.store.mending import Mender
from session.store.scripts import Scripts

#: When a campaign is due, where it is no duration: not any more, or as it was.
NEVER: Final = -1
_AS_IT_WAS: Final = -2

#: Returns a campaign as it shall be, None if it is to go; may raise `CampaignRefused`.
Change = Callable[[Campaign], Campaign | None]


class CampaignRecords:
    """Reads and changes the records of campaigns."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys.shard(0)
        self._policy = policy

    def all(self) -> Program[list[Campaign]]:
        """Return all campaigns, the newest first; unreadable ones are left out."""
        return self._mender.call_on_shard(
            0, command("campaigns", "HVALS", self._keys.campaigns, read=_listed)
        )

    def find(self, name: str) -> Program[Campaign | None]:
        """Return a campaign; None if there is none with this name that can be read."""
        return next(iter(_listed([(yield from self.raw(name))])), None)

    def raw(self, name: str) -> Program[str | None]:
        """Return a record as it stands."""
        return self._mender.call_on_shard(0, command("campaign", "HGET", self._keys.campaigns, name))

    def change(self, name: str, change: Change, *, due_in: int = _AS_IT_WAS) -> Program[Campaign]:
        """Change a campaign, which is due in so many ms then; returns it. Raises `NoSuchCampaign`, and what `change` raises."""
        while True:
            raw: str | None = yield from self.raw(name)
            before = campaign_in(raw)
            if raw is None or before is None or before.state is CampaignState.REMOVED:
                raise NoSuchCampaign(name)
            after = change(before)
            if after == before and due_in < 0:
                return before
            if (yield from self.put(name, raw, after.to_json() if after else "", due_in=due_in)) is True:
                return after or before

    def put(
        self,
        name: str,
        was: str,
        becomes: str,
        *,
        due_in: int = _AS_IT_WAS,
        lease: Lease | None = None,
        goes_on: bool = False,
    ) -> Program[Stale | bool]:
        """Write a record that was `was`; False if it is another one by now. A lease is released unless it `goes_on`."""
        order, rows, own_lease = self._keys.campaign(name)
        call = self._scripts.change_campaign(
            campaigns=self._keys.campaigns,
            lease=own_lease,
            due=self._keys.due,
            kept=[order, rows, self._keys.outcomes(name)],
            name=name,
            was=was,
            becomes=becomes,
            member=CAMPAIGN + name,
            due_in=due_in,
            fence=lease.fence if lease else "",
            holder=lease.holder if lease else "",
            held_for=self._policy.lease_for // MS if goes_on else 0,
            keep_for=self._policy.campaigns_for // MS,
        )
        match (yield from self._mender.call_on_shard(0, call)):
            case ["changed"]:
                return True
            case ["other"]:
                return False
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("change_campaign", reply)


def campaign_in(raw: str | None) -> Campaign | None:
    """Return the campaign in a record; None if there is none, or it cannot be read."""
    try:
        return Campaign.model_validate_json(raw.encode("utf-8", "replace")) if raw else None
    except ValueError:
        return None


def _listed(records: Iterable[str | None]) -> list[Campaign]:
    found = [one for one in map(campaign_in, records) if one and one.state is not CampaignState.REMOVED]
    return sorted(found, key=lambda one: (-one.created, one.name))
