"""Campaigns: threads that make, start, pause and resume them again and again, with the code of the desk, while everything is killed."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from session.campaigning import Campaigns
from session.campaigns import Campaign, CampaignRefused, Recipient, action_of, is_held_back
from session.connection import ServersClock, connect
from session.errors import StoreError
from session.policy import Policy
from session.records import from_ms
from session.store import CampaignStore, Runner, Scripts
from tests.chaos.assistant import TEMPLATE
from tests.chaos.clock import now
from tests.chaos.crew import Crew
from tests.chaos.ledger import Act, Customer, Ledger
from tests.chaos.load import Load
from tests.chaos.said import OFFER
from tests.chaos.system import System

_PATIENCE = 2.0  #: seconds that it waits for Redis
_PAUSE = (2.0, 6.0)  #: seconds between two campaigns of a thread
#: Shares: what is asked for is asked for twice, a campaign is paused on its way, and a row of somebody who never wrote.
_TWICE, _PAUSED, _STRANGERS = 0.3, 0.4, 0.15
_LOOKS_AT = 80  #: customers, of whom those of a campaign are chosen
_HELD_BACK = 20  #: per cent


@dataclass(slots=True)
class Mailing:
    """One campaign of a run."""

    campaign: Campaign
    recipients: list[Recipient] = field(default_factory=list)
    started_at: float | None = None  #: when it was begun to be started
    runs: bool = False  #: it is known that it runs, or has run to its end

    @property
    def rows(self) -> list[tuple[int, Recipient]]:
        """Its rows with their numbers, those that are held back included."""
        return list(enumerate(self.recipients, start=1))

    def is_held_back(self, row: int) -> bool:
        return is_held_back(self.campaign.name, row, self.campaign.hold_back)


def text_of(campaign: str, row: int) -> str:
    """Return what the customer of a row reads."""
    return f"campaign {campaign} row {row}"


class Campaigners(Crew):
    """Make campaigns until they are stopped; those that were started run to their end."""

    def __init__(self, system: System, ledger: Ledger, load: Load) -> None:
        super().__init__("campaigns", range(1, system.options.mailing + 1), patience=_PATIENCE)
        self._options, self._ledger, self._load = system.options, ledger, load
        self._sender = f"meta:{system.secrets['META_PHONE_NUMBER_ID']}"
        url = SecretStr(system.env["REDIS_URL"])
        self._client = connect(url, timeout=_PATIENCE, cluster=self._options.cluster)
        self._campaigns = campaigns_on(self._client, system)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them work; then wait until what was begun has started, or is given up."""
        self.start()
        try:
            yield
        finally:
            self.stop(within=self._options.bound)
            self._client.close()

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._options.seed} campaigns {number}")
        count = 0
        while not self._stop.wait(dice.uniform(*_PAUSE) * (3 if self._load.quiet.is_set() else 1)):
            count += 1
            self._send(self._next(f"c{number}-{count}", dice), dice)

    def _next(self, name: str, dice: random.Random) -> Mailing:
        with self._ledger.lock:
            everybody = list(self._ledger.customers)[-_LOOKS_AT:]
        strangers = sum(dice.random() < _STRANGERS for _ in range(self._options.rows))
        chosen = dice.sample(everybody, min(len(everybody), self._options.rows - strangers))
        letters, digits = name.split("-")
        chosen += [f"+2012{int(letters[1:]):02}{int(digits):03}{place:03}" for place in range(strangers)]
        dice.shuffle(chosen)
        campaign = Campaign(
            name=name,
            template=dice.choice((TEMPLATE, OFFER["name"])),
            language="en",
            sender=self._sender,
            hold_back=dice.choice((0, _HELD_BACK)),
            by="chaos",
        )
        rows = enumerate(chosen, start=1)
        recipients = [Recipient(customer=one, body=(text_of(name, row),)) for row, one in rows]
        return Mailing(campaign, recipients)

    def _send(self, mailing: Mailing, dice: random.Random) -> None:
        name, campaigns = mailing.campaign.name, self._campaigns
        if not mailing.recipients:
            return
        with self._ledger.lock:
            self._ledger.mailings.append(mailing)
        self._ask(lambda: campaigns.begin(mailing.campaign), dice)
        self._ask(lambda: campaigns.add(name, mailing.recipients), dice)
        self._ask(lambda: campaigns.ready(name), dice)
        mailing.started_at = now()
        mailing.runs = self._ask(lambda: campaigns.start(name), dice)
        if mailing.runs and dice.random() < _PAUSED:
            self._stop.wait(dice.uniform(0.2, 1.5))
            self._ask(lambda: campaigns.pause(name, "chaos"), dice)
            self._stop.wait(dice.uniform(0.2, 1.0))
            mailing.runs = self._ask(lambda: campaigns.start(name), dice)

    def _ask(self, what: Callable[[], object], dice: random.Random) -> bool:
        """Ask for something until it is done, or is known to have been done; now and then once more."""
        times = 2 if dice.random() < _TWICE else 1
        while not self._give_up.is_set():
            try:
                what()
            except CampaignRefused:
                # What was repeated has been done by then.
                return True
            except StoreError:
                self._ledger.note("campaigns away")
                self._give_up.wait(0.3)
                continue
            times -= 1
            if not times:
                return True
        return False


def campaigns_on(client: Any, system: System) -> Campaigns:
    """Return all campaigns of a run, as an operator sees them."""
    store = CampaignStore(Scripts.load(), system.keys, Policy())
    return Campaigns(Runner(client), store, shards=system.options.shards, clock=ServersClock(client))


def note_rows(ledger: Ledger) -> None:
    """Add to the ledger what campaigns may have sent, as the actions that the workers took."""
    for mailing in ledger.mailings:
        for row, recipient in mailing.rows:
            if recipient.customer not in ledger.customers:
                ledger.add(Customer(name=recipient.customer, channel="meta"))
            if mailing.started_at is None or mailing.is_held_back(row):
                continue
            at = from_ms(int(1000 * mailing.started_at))
            act = Act(action=action_of(mailing.campaign, row, recipient, at), began_at=mailing.started_at)
            ledger.acts[act.id] = ledger.answers[text_of(mailing.campaign.name, row)] = act
