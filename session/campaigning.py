"""Campaigns for whoever makes, starts, pauses and reads them: the command line, the desk and the API."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from session.campaign_outcomes import Outcome, Summary, read_outcome, summarize
from session.campaigns import Campaign, CampaignRefused, NoSuchCampaign, Recipient, check_rows
from session.clock import Clock
from session.records import to_ms
from session.store.campaigns import CampaignStore
from session.store.runners import Runner

#: Rows that are stored, or read, together.
_PAGE = 1000


class Campaigns:
    """All campaigns of a deployment. What is repeated does no harm: a campaign starts, pauses and ends once.

    Every method raises `StoreUnavailable`; those that take a name raise `NoSuchCampaign`.
    """

    def __init__(self, run: Runner, store: CampaignStore, *, shards: int, clock: Clock) -> None:
        """Take a clock that shows the time of the server, see `ServersClock`."""
        self._run = run
        self._store = store
        self._shards = shards
        self._clock = clock

    # -- making one

    def new(
        self,
        campaign: Campaign,
        recipients: Iterable[Recipient],
        *,
        progress: Callable[[int], None] = lambda _: None,
        left_out: Callable[[], int] = lambda: 0,
    ) -> Campaign:
        """Store a campaign with all its rows; it can be started then. `progress` is told how many rows are stored.

        `left_out` is asked at the end how many lines have become no row; a customer who comes twice is counted besides. If
        anything is raised on the way, nothing of the campaign stays. Raises `CampaignRefused` if its name is taken, and
        `ValueError` for what is no customer, or no parameter.
        """
        if not self._run(self._store.create(self._begun(campaign))):
            raise CampaignRefused(
                f"the name {campaign.name} is taken: one campaign has it, or had it a few days ago"
            )
        twice, rows = 0, iter(recipients)
        try:
            while page := list(islice(rows, _PAGE)):
                check_rows(campaign, page)
                added, last = self._run(self._store.add(campaign.name, page))
                twice += len(page) - added
                progress(last)
            return self._run(self._store.ready(campaign.name, left_out() + twice))
        except BaseException:
            self._run(self._store.remove(campaign.name, self._clock.now()))
            raise

    def begin(self, campaign: Campaign) -> Campaign:
        """Store a campaign whose rows follow with `add`; the same once more is the one that there is.

        Raises `CampaignRefused` if its name is taken by another one.
        """
        if self._run(self._store.create(begun := self._begun(campaign))):
            return begun
        known = self._run(self._store.find(campaign.name))
        if known is None or not known.is_same(campaign):
            raise CampaignRefused(f"the name {campaign.name} is taken by another campaign")
        return known

    def add(self, name: str, recipients: Sequence[Recipient]) -> int:
        """Add rows to a campaign that is being loaded; returns how many, since a customer gets one row only.

        Raises `CampaignRefused` if it is not being loaded any more, and `ValueError` for what is no customer, or no parameter.
        """
        check_rows(self.show(name), recipients)
        pages = (recipients[first : first + _PAGE] for first in range(0, len(recipients), _PAGE))
        return sum(self._run(self._store.add(name, page))[0] for page in pages)

    def ready(self, name: str, *, left_out: int = 0) -> Campaign:
        """Say that a campaign has all its rows. Raises `CampaignRefused` if that has been said."""
        return self._run(self._store.ready(name, left_out))

    # -- running it

    def start(self, name: str) -> Campaign:
        """Let a campaign run from where it is; the next sweep wakes it, also one that runs and waits for something.

        Raises `CampaignRefused` if it cannot.
        """
        return self._run(self._store.start(name, self._clock.now()))

    def pause(self, name: str, why: str = "") -> Campaign:
        """Let a campaign pause. What was handed over already is sent. Raises `CampaignRefused` if it is not running."""
        return self._run(self._store.pause(name, why))

    def remove(self, name: str) -> None:
        """Remove a campaign, its rows and its outcomes. Raises `CampaignRefused` while it is running."""
        self._run(self._store.remove(name, self._clock.now()))

    # -- reading

    def all(self) -> list[Campaign]:
        """Return all campaigns, the newest first."""
        return self._run(self._store.all())

    def show(self, name: str) -> Campaign:
        """Return a campaign as it is."""
        found = self._run(self._store.find(name))
        if found is None:
            raise NoSuchCampaign(name)
        return found

    def goes_on(self, campaign: Campaign) -> datetime | None:
        """Return when a worker looks whether a campaign that waits can go on; None if it does not wait, or looks already."""
        at = self._run(self._store.due(campaign.name)) if campaign.runs and campaign.why else None
        return at if at and at > self._clock.now() else None

    def outcomes(self, name: str, *, after: int = 0, limit: int = 100) -> list[Outcome]:
        """Return what became of the rows behind a row, in their order; [] behind the last one. At most 1,000 at a time."""
        return self._page(self.show(name), after, min(limit, _PAGE))

    def every_outcome(self, name: str) -> Iterator[Outcome]:
        """Yield what became of every row, in their order; a page of rows is in memory at a time."""
        campaign, after = self.show(name), 0
        while page := self._page(campaign, after, _PAGE):
            yield from page
            after = page[-1].row

    def summary(self, name: str) -> Summary:
        """Return the sums of all outcomes. Reads every row: about a second for 100,000."""
        return summarize(self.every_outcome(name))

    def _begun(self, campaign: Campaign) -> Campaign:
        return campaign.model_copy(update={"created": to_ms(self._clock.now())})

    def _page(self, campaign: Campaign, after: int, limit: int) -> list[Outcome]:
        name, rows = campaign.name, range(after + 1, min(after + limit, campaign.total) + 1)
        if not rows:
            return []
        known = self._run(self._store.rows(name, rows[0], len(rows)))
        customers = {row: recipient.customer for row, recipient in known}
        noted = self._run.together([self._store.outcomes(shard, name, rows) for shard in range(self._shards)])
        return [
            read_outcome(texts, campaign=campaign, row=row, customer=customers.get(row, ""))
            for row, *texts in zip(rows, *noted, strict=True)
        ]
