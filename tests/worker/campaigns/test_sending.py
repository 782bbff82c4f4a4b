"""The rows of a campaign are handed over to the intake at the pace of their sender, in its hours, each with its one id."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from session.bodies import CAMPAIGNS
from session.campaigning import Campaigns
from session.campaigns import Campaign, CampaignState, Recipient
from session.errors import StoreUnavailable
from session.hours import Hours
from session.pauses import sender_of
from session.policy import Policy
from session.records import to_ms
from session.store import AwaitedRunner
from session.template_definitions import Definition, TemplateChange
from tests.clocks import START
from tests.fakes import CountingIds, RecordingWaker, ScriptedAssistant
from tests.stores import Stores
from tests.values import ROUTE
from worker.campaigns.on_their_way import MOST_TURNS
from worker.campaigns.sending import CampaignSender
from worker.engine import AtOnce
from worker.senders import CampaignPace, Sender, Senders

SENDER = sender_of(ROUTE)
CAMPAIGN = Campaign(name="spring", template="offer", language="en", sender=SENDER)
OFFER = Definition(account="meta:2", name="offer", language="en", status="APPROVED", body="Hello {{1}}")
PACE = CampaignPace(per_second=40, customers_per_day=100)


def senders(**fields: Any) -> Senders:
    known = Sender(**({"assistant": ScriptedAssistant(), "campaigns": PACE} | fields))
    return Senders(usual=known, named={}, own=frozenset({SENDER}))


class Handing:
    """A worker that hands campaigns over; sleeping moves the clock."""

    def __init__(self, client, clock, *, shards: int = 1) -> None:
        self.clock, self.slept = clock, list[float]()
        self.stores = Stores.on(client, shards=shards, clock=clock)
        self.waker, self.client = RecordingWaker(), client
        self.campaigns = Campaigns(self.stores.run, self.stores.campaigns.bare, shards=shards, clock=clock)
        self.sender = CampaignSender(
            run=AwaitedRunner(self.stores.run),
            store=self.stores.campaign_work.bare,
            campaigns=self.stores.campaigns.bare,
            intake=self.stores.intake.bare,
            templates=self.stores.templates.bare,
            senders=senders(),
            waker=self.waker,
            new_id=CountingIds("w"),
            works=AtOnce(),
            shards=shards,
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.move(seconds=seconds)

    def starts(self, count: int, **more: Any) -> None:
        self.stores.templates.put("meta:2", [OFFER])
        rows = [Recipient(customer=f"+2010{n:08}", body=(f"Row {n}",)) for n in range(1, count + 1)]
        self.campaigns.new(CAMPAIGN.model_copy(update=more), rows)
        self.campaigns.start("spring")

    def send(self, name: str = "spring") -> None:
        asyncio.run(self.sender.send(name))

    @property
    def rows(self) -> list[int]:
        """The rows that were handed over, of one intake after the other."""
        return [int(body["id"].rpartition(":")[2]) for body in self.bodies]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        intakes = [self.stores.keys.shard(shard).intake for shard in range(self.stores.keys.shards)]
        entries = [fields for key in intakes for _, fields in self.client.xrange(key)]
        assert {(one["source"], one["format"]) for one in entries} <= {(CAMPAIGNS, "3")}
        return [json.loads(one["body"]) for one in entries]

    @property
    def state(self) -> tuple[CampaignState, int, str]:
        found = self.campaigns.show("spring")
        return found.state, found.position, found.why

    @property
    def due_in(self) -> timedelta | None:
        key = self.stores.keys.shard(0).due
        at = self.client.zscore(key, "campaign|spring")
        return None if at is None else timedelta(milliseconds=at - to_ms(self.clock.now()))


@pytest.fixture
def handing(redis, clock):
    return Handing(redis, clock)


def test_each_row_is_handed_over_once_and_the_pace_is_kept(handing):
    handing.starts(10)

    handing.send()

    assert handing.rows == list(range(1, 11))
    assert handing.slept == [0.1, 0.1]
    assert handing.state == (CampaignState.DONE, 10, "")
    assert handing.due_in is None
    assert handing.waker.woken == [("intake", 0)]
    (first, *_) = handing.bodies
    assert (first["deed"], first["agent"], first["sender"]) == ("send", "campaign:spring", SENDER)
    assert first["reply"]["template"]["body"] == ["Row 1"]
    handing.send()
    assert len(handing.rows) == 10


def test_rows_go_to_the_intakes_of_their_conversations(redis, clock):
    handing = Handing(redis, clock, shards=4)
    handing.starts(40)

    handing.send()

    assert sorted(handing.rows) == list(range(1, 41))
    for shard in range(4):
        entries = redis.xrange(handing.stores.keys.shard(shard).intake)
        customers = [json.loads(fields["body"])["customer"] for _, fields in entries]
        assert {handing.stores.keys.shard_of(f"whatsapp:{one}") for one in customers} == {shard}
    assert {work for work in handing.waker.woken if work[0] == "intake"} == {("intake", n) for n in range(4)}


def test_a_shard_that_has_lost_that_it_keeps_outcomes_keeps_them_again(redis, clock):
    handing = Handing(redis, clock, shards=4)
    handing.starts(4)
    keys = [handing.stores.keys.shard(shard).outcomes("spring") for shard in range(4)]
    redis.delete(*keys)

    handing.send()

    assert [redis.hgetall(key) for key in keys] == [{"": "1"}] * 4
    assert all(redis.pttl(key) > 0 for key in keys)


def test_a_worker_that_dies_between_the_bodies_and_the_position_repeats_the_same_ids(handing):
    handing.starts(6)
    settle, handing.sender.store.settle = handing.sender.store.settle, dies

    with pytest.raises(StoreUnavailable):
        handing.send()

    assert handing.rows == [1, 2, 3, 4]
    handing.sender.store.settle = settle
    handing.send()
    assert len(handing.rows) == 4, "the lease is still held"
    handing.clock.move(handing.stores.policy.lease_for)
    handing.send()
    assert handing.rows == [1, 2, 3, 4, 1, 2, 3, 4, 5, 6]
    assert handing.state == (CampaignState.DONE, 6, "")


def dies(*_: object, **__: object) -> None:
    raise StoreUnavailable("the process is gone")


def test_a_row_of_which_an_outcome_is_known_is_not_handed_over_again(handing):
    handing.starts(6)
    handing.client.hset("campaign_outcomes:spring", "2", "s1vuik02")

    handing.send()

    assert handing.rows == [1, 3, 4, 5, 6]


def test_outside_the_hours_of_the_sender_it_waits_for_them(handing):
    handing.starts(6)
    handing.sender.senders = senders(hours=Hours.of("UTC", quiet="00:00-21:00"))

    handing.send()

    assert handing.rows == []
    state, position, why = handing.state
    assert (state, position, why) == (CampaignState.RUNNING, 0, "outside the hours of the sender")
    until = START.replace(hour=21, minute=0, second=0, microsecond=0) - START
    assert handing.due_in == until > timedelta(0)
    handing.clock.move(until)
    handing.send()
    assert handing.rows == list(range(1, 7))


def test_hours_that_end_while_it_waits_for_its_pace_end_it_to_the_second(handing):
    handing.starts(6)
    handing.sender.senders = senders(
        hours=Hours.of("UTC", quiet=f"{START + timedelta(minutes=1):%H:%M}-23:59"),
        campaigns=CampaignPace(per_second=1, customers_per_day=100),
    )
    handing.clock.move(seconds=60 - START.second - 1.5)

    handing.send()

    assert handing.rows == [1, 2]
    assert handing.state == (CampaignState.RUNNING, 2, "outside the hours of the sender")
    handing.clock.move(handing.due_in)
    handing.send()
    assert handing.rows == list(range(1, 7))


def test_the_customers_of_a_day_are_used_up(handing):
    handing.starts(6)
    handing.sender.senders = senders(campaigns=CampaignPace(per_second=10, customers_per_day=4))

    handing.send()

    assert handing.rows == [1, 2, 3, 4]
    assert handing.state == (
        CampaignState.RUNNING,
        4,
        "4 customers were written to in 24 hours (CAMPAIGN_CUSTOMERS_PER_DAY)",
    )
    assert handing.due_in == timedelta(minutes=10)
    assert handing.campaigns.goes_on(handing.campaigns.show("spring")) == START + timedelta(
        minutes=10, seconds=0.4
    )


def test_whoever_starts_a_campaign_that_waits_lets_it_go_on_at_once(handing):
    handing.starts(6)
    handing.sender.senders = senders(campaigns=CampaignPace(per_second=10, customers_per_day=4))
    handing.send()
    handing.sender.senders = senders()

    handing.campaigns.start("spring")

    assert handing.due_in == timedelta(0)
    assert handing.campaigns.goes_on(handing.campaigns.show("spring")) is None
    handing.send()
    assert handing.rows == list(range(1, 7))
    assert handing.state == (CampaignState.DONE, 6, "")


def test_while_the_sender_is_paused_it_waits(handing):
    handing.starts(6)
    handing.stores.pauses.pause(ROUTE, until=START, code="190", words="")

    handing.send()

    assert handing.rows == []
    assert handing.state[2] == "the sender is paused"
    handing.stores.pauses.resume(SENDER)
    handing.send()
    assert handing.rows == list(range(1, 7))


def test_while_the_server_is_full_it_waits_and_nothing_is_lost(valkey, clock):
    handing = Handing(valkey, clock)
    handing.starts(3)
    handing.sender.intake._policy = Policy(full_at=1)
    limit = valkey.config_get("maxmemory")["maxmemory"]
    valkey.config_set("maxmemory", 20_000_000)
    try:
        handing.send()
    finally:
        valkey.config_set("maxmemory", limit)

    assert handing.rows == []
    assert handing.state == (CampaignState.RUNNING, 0, "the server is full")
    handing.sender.intake._policy = Policy()
    handing.clock.move(handing.due_in)
    handing.send()
    assert handing.rows == [1, 2, 3]


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED", "REJECTED"])
def test_a_template_that_is_paused_on_the_way_pauses_its_campaign(handing, status):
    handing.starts(12)

    async def pauses(seconds):
        handing.clock.move(seconds=seconds)
        change = {"what": "status", "after": status, "why": "LOW_QUALITY"}
        handing.stores.templates.note(TemplateChange(account="meta:2", name="offer", language="en", **change))

    handing.sender.sleep = pauses
    handing.send()

    assert handing.rows == [1, 2, 3, 4]
    assert handing.state == (
        CampaignState.PAUSED,
        4,
        f"the template offer (en) is {status}: LOW_QUALITY",
    )
    handing.stores.templates.put("meta:2", [OFFER])
    handing.sender.sleep = handing._sleep
    handing.campaigns.start("spring")
    handing.clock.move(seconds=1)
    handing.send()
    assert handing.rows == list(range(1, 13))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"template": "other"}, "meta has no template other (en)"),
        ({"sender": "meta:9"}, "meta:9 is not a sender of this business that can send"),
        ({"scope": "estate"}, f"{SENDER} is not a sender of this business that can send"),
    ],
)
def test_what_can_never_be_sent_pauses_the_campaign_before_a_row_is_lost(handing, change, why):
    handing.starts(3, **change)

    handing.send()

    assert handing.rows == []
    assert handing.state == (CampaignState.PAUSED, 0, why)


def test_what_is_held_back_is_never_handed_over(handing):
    handing.starts(60, hold_back=50)

    handing.send()

    held = [one.row for one in handing.campaigns.outcomes("spring") if one.state == "held_back"]
    assert 15 < len(held) < 45
    assert sorted([*handing.rows, *held]) == list(range(1, 61))
    assert handing.state[:2] == (CampaignState.DONE, 60)


def test_while_nobody_works_off_what_it_hands_over_it_hands_over_no_more(handing):
    handing.sender.senders = senders(campaigns=CampaignPace(per_second=40, customers_per_day=1000))
    handing.starts(400)

    async def sleeps(seconds):
        await handing._sleep(seconds)
        # Long enough for 360 rows at this pace.
        if sum(handing.slept) >= 9:
            raise StoreUnavailable("enough")

    handing.sender.sleep = sleeps
    with pytest.raises(StoreUnavailable):
        handing.send()

    assert len(handing.rows) == MOST_TURNS


def test_after_a_minute_it_gives_others_a_chance_and_goes_on(handing):
    handing.sender.senders = senders(campaigns=CampaignPace(per_second=3, customers_per_day=1000))
    handing.starts(400)

    handing.send()

    assert len(handing.rows) == 300
    assert handing.waker.woken[-1] == ("campaign", "spring")
    assert handing.due_in == timedelta(0)
    for _ in range(4):
        handing.send()
    assert handing.rows == list(range(1, 401))


def test_a_process_that_stops_leaves_it_to_another_one(handing):
    handing.starts(6)
    handing.sender.works.stopping = True

    handing.send()

    assert handing.rows == []
    assert handing.waker.woken == [("campaign", "spring")]
    assert handing.due_in == timedelta(0)


def test_a_campaign_that_a_newer_release_wrote_is_left_to_it(handing):
    handing.starts(6)
    record = handing.client.hget("campaigns", "spring")
    handing.client.hset("campaigns", "spring", record.replace('"running"', '"dancing"'))

    handing.send()

    assert handing.due_in is not None
    handing.client.hset("campaigns", "spring", record)
    handing.send()
    assert handing.rows == [1, 2, 3, 4, 5, 6]


def test_a_campaign_that_is_gone_is_due_no_more(handing):
    handing.starts(6)
    handing.client.hdel("campaigns", "spring")

    handing.send()

    assert handing.client.zscore("due", "campaign|spring") is None


def test_a_campaign_that_was_removed_is_due_no_more(handing):
    handing.starts(6)
    handing.campaigns.pause("spring")
    handing.campaigns.remove("spring")
    handing.client.zadd("due", {"campaign|spring": 0})

    handing.send()

    assert handing.client.zscore("due", "campaign|spring") is None


class Killer:
    """Makes calls for a worker, which dies at one of them: before it is made, or before its answer has come."""

    def __init__(self, run: AwaitedRunner, at: int, *, made: bool) -> None:
        self.run, self.left, self.made = run, at, made

    async def __call__(self, program: Any) -> Any:
        return await self._unless_it_dies(self.run, program)

    async def together(self, programs: Any) -> Any:
        return await self._unless_it_dies(self.run.together, programs)

    async def _unless_it_dies(self, call: Any, what: Any) -> Any:
        self.left -= 1
        if self.left == 0 and self.made:
            await call(what)
        if self.left == 0:
            raise StoreUnavailable("the worker dies")
        return await call(what)


@pytest.mark.parametrize("made", [False, True], ids=["before a call is made", "before its answer has come"])
def test_wherever_a_worker_dies_the_next_one_goes_on_and_uses_no_other_id(redis, clock, made):
    deaths = 0
    while True:
        redis.flushall()
        handing = Handing(redis, clock, shards=2)
        handing.starts(10)
        run = handing.sender.run
        handing.sender.run = Killer(run, deaths + 1, made=made)
        try:
            handing.send()
        except StoreUnavailable:
            deaths += 1
        else:
            break
        handing.sender.run = run

        for _ in range(3):
            handing.clock.move(handing.stores.policy.lease_for)
            handing.send()

        assert handing.state == (CampaignState.DONE, 10, ""), f"at call {deaths}"
        assert handing.due_in is None
        assert set(handing.rows) == set(range(1, 11))
    assert deaths > 10
