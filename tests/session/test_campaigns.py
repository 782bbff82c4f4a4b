"""Campaigns: how they are made, how their rows are handed out, and how they end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from session.agent_actions import AgentAction
from session.campaigning import Campaigns
from session.campaigns import (
    LONGEST_NAME,
    MOST_ROWS,
    Campaign,
    CampaignRefused,
    CampaignState,
    NoSuchCampaign,
    Recipient,
    action_of,
    answered,
    id_of,
    is_held_back,
    is_name,
    row_of,
)
from session.content_parts import Kind, Location
from session.contents import Timer
from session.files import File
from session.leases import Held, Stale
from session.models import CampaignMark
from session.records import to_ms
from session.store import CampaignOver, CampaignTaken
from session.store.campaign_work import DAY
from session.templates import TemplateButton
from tests.clocks import START, ManualClock
from tests.stores import Stores
from tests.values import ROUTE, message, read_back, session

CAMPAIGN = Campaign(name="spring", template="offer", language="en", sender="meta:1", hold_back=0, by="mona")
SECOND = timedelta(seconds=1)
PAUSED = ROUTE.model_copy(update={"channel": "meta", "sender": "1"})
#: Of what a parameter can be.
VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), min_size=1, max_size=20
)


def recipients(count: int, *, first: int = 1) -> list[Recipient]:
    return [Recipient(customer=f"+2010{n:08}", body=(f"Row {n}",)) for n in range(first, first + count)]


@pytest.fixture
def campaigns(stores, clock):
    return Campaigns(stores.run, stores.campaigns.bare, shards=1, clock=clock)


def running(campaigns: Campaigns, count: int, **more) -> Campaign:
    campaigns.new(CAMPAIGN.model_copy(update=more), recipients(count))
    return campaigns.start("spring")


def take(stores: Stores, *, holder: str = "w", limit: int = 20, every=SECOND / 20, a_day: int = 250):
    return stores.campaign_work.take(CAMPAIGN, holder=holder, limit=limit, every=every, a_day=a_day)


def settle(stores: Stores, taken: CampaignTaken, **more):
    return stores.campaign_work.settle(
        "spring",
        taken.lease,
        lambda one: one.hand_over(taken.position, taken.now, ends=taken.ends),
        **more,
    )


def numbers(taken: CampaignTaken) -> list[int]:
    return [row for row, _ in taken.rows]


# -- making one


def test_a_campaign_is_loaded_once_and_then_can_start(campaigns):
    told = []

    made = campaigns.new(CAMPAIGN, recipients(2500), progress=told.append, left_out=lambda: 3)

    assert (made.state, made.total, made.left_out) == (CampaignState.NEW, 2500, 3)
    assert told == [1000, 2000, 2500]
    assert campaigns.show("spring") == made
    assert campaigns.all() == [made]


def test_a_customer_has_one_row(campaigns, stores):
    made = campaigns.new(CAMPAIGN, [*recipients(3), *recipients(2), *recipients(1, first=9)])

    assert (made.total, made.left_out) == (4, 2)
    assert [(row, one.body) for row, one in stores.campaigns.rows("spring", 1, 10)] == [
        (1, ("Row 1",)),
        (2, ("Row 2",)),
        (3, ("Row 3",)),
        (4, ("Row 9",)),
    ]


def test_a_campaign_that_is_interrupted_while_it_is_loaded_leaves_nothing(campaigns, stores):
    def given():
        yield from recipients(1500)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        campaigns.new(CAMPAIGN, given())

    assert list(stores.client.scan_iter("*campaign*")) == []
    campaigns.new(CAMPAIGN, recipients(1))


def test_a_removal_that_was_cut_off_leaves_nothing_to_a_campaign_of_the_same_name(campaigns, stores):
    campaigns.begin(CAMPAIGN)
    campaigns.add("spring", recipients(3))
    stores.client.hdel("campaigns", "spring")

    made = campaigns.new(CAMPAIGN, recipients(2, first=3))

    assert (made.total, made.left_out) == (2, 0)
    assert [row for row, _ in stores.campaigns.rows("spring", 1, 10)] == [1, 2]


def test_what_cannot_be_read_keeps_its_name(campaigns, stores):
    stores.client.hset("campaigns", "spring", "{")

    with pytest.raises(CampaignRefused, match="taken"):
        campaigns.new(CAMPAIGN, recipients(1))
    assert campaigns.all() == []


def test_a_campaign_without_a_recipient_is_none(campaigns):
    with pytest.raises(CampaignRefused, match="no recipient"):
        campaigns.new(CAMPAIGN, [])

    assert campaigns.all() == []


def test_a_name_is_taken_once(campaigns):
    campaigns.new(CAMPAIGN, recipients(1))

    with pytest.raises(CampaignRefused, match="taken"):
        campaigns.new(CAMPAIGN, recipients(1))
    assert campaigns.begin(CAMPAIGN).state is CampaignState.NEW
    with pytest.raises(CampaignRefused, match="taken by another"):
        campaigns.begin(CAMPAIGN.model_copy(update={"template": "other"}))


def test_rows_come_in_pages_and_a_page_that_comes_again_adds_nothing(campaigns):
    campaigns.begin(CAMPAIGN)

    assert campaigns.add("spring", recipients(3)) == 3
    assert campaigns.add("spring", recipients(3)) == 0
    assert campaigns.add("spring", recipients(2, first=4)) == 2
    assert campaigns.ready("spring").total == 5
    with pytest.raises(CampaignRefused, match="not being loaded"):
        campaigns.add("spring", recipients(1, first=7))
    with pytest.raises(CampaignRefused, match="loaded already"):
        campaigns.ready("spring")
    with pytest.raises(NoSuchCampaign):
        campaigns.add("summer", recipients(1))


# -- starting and ending


def test_whoever_starts_or_pauses_twice_does_it_once(campaigns, clock):
    campaigns.new(CAMPAIGN, recipients(1))

    first = campaigns.start("spring")
    clock.move(SECOND)
    assert campaigns.start("spring") == first
    paused = campaigns.pause("spring", "wrong text")
    assert campaigns.pause("spring", "again") == paused
    assert (paused.state, paused.why) == (CampaignState.PAUSED, "wrong text")
    again = campaigns.start("spring")
    assert (again.state, again.why, again.started) == (CampaignState.RUNNING, "", first.started)


def test_what_is_not_loaded_or_is_done_does_not_start(campaigns, stores):
    campaigns.begin(CAMPAIGN)
    with pytest.raises(CampaignRefused, match="it is loading"):
        campaigns.start("spring")
    with pytest.raises(NoSuchCampaign):
        campaigns.start("summer")
    campaigns.add("spring", recipients(1))
    campaigns.ready("spring")
    campaigns.start("spring")
    settle(stores, take(stores))

    assert campaigns.show("spring").state is CampaignState.DONE
    with pytest.raises(CampaignRefused, match="it is done"):
        campaigns.start("spring")
    with pytest.raises(CampaignRefused, match="it is done"):
        campaigns.pause("spring")


def test_the_name_of_a_campaign_whose_ids_may_be_known_stays_taken(campaigns, clock, stores):
    running(campaigns, 3)
    with pytest.raises(CampaignRefused, match="pause it first"):
        campaigns.remove("spring")
    campaigns.pause("spring")
    campaigns.remove("spring")

    assert campaigns.all() == []
    with pytest.raises(NoSuchCampaign):
        campaigns.show("spring")
    with pytest.raises(NoSuchCampaign):
        campaigns.start("spring")
    assert list(stores.client.scan_iter("campaign_*")) == []
    with pytest.raises(CampaignRefused, match="taken"):
        campaigns.new(CAMPAIGN, recipients(1))
    clock.move(stores.policy.seen_for + SECOND)
    campaigns.new(CAMPAIGN, recipients(1))


# -- handing out


def test_rows_are_handed_out_in_order_at_the_pace_of_the_sender(campaigns, stores, clock):
    running(campaigns, 50)

    taken = take(stores)
    assert numbers(taken) == list(range(1, 21))
    settle(stores, taken)
    waits = take(stores)
    assert (numbers(waits), waits.why, waits.wait) == ([], "pace", SECOND)
    clock.move(SECOND)
    taken = take(stores)
    assert numbers(taken) == list(range(21, 41))
    settle(stores, taken)
    clock.move(SECOND)
    taken = take(stores)
    assert numbers(taken) == list(range(41, 51))
    assert taken.ends
    assert [one.body for _, one in taken.rows] == [(f"Row {n}",) for n in range(41, 51)]
    settle(stores, taken)
    assert take(stores) == CampaignOver()
    assert "campaign|spring" not in stores.waiting_since()


def test_two_campaigns_of_a_sender_share_its_pace(campaigns, stores):
    running(campaigns, 5)
    other = CAMPAIGN.model_copy(update={"name": "summer"})
    campaigns.new(other, recipients(5))
    campaigns.start("summer")

    take(stores)
    waits = stores.campaign_work.take(other, holder="x", limit=20, every=SECOND / 20, a_day=250)

    assert (waits.why, waits.wait) == ("pace", timedelta(milliseconds=250))


@pytest.mark.parametrize("per_second", [20, 80, 300, 700])
def test_a_pace_is_kept_also_if_it_is_no_whole_number_of_milliseconds(campaigns, stores, per_second):
    running(campaigns, 50)

    granted = len(numbers(take(stores, limit=50, every=SECOND / per_second)))
    waits = take(stores, limit=50, every=SECOND / per_second)

    assert granted / waits.wait.total_seconds() <= per_second


def test_a_sender_reaches_so_many_customers_in_any_24_hours(campaigns, stores, clock):
    running(campaigns, 10)

    taken = take(stores, a_day=4)
    assert numbers(taken) == [1, 2, 3, 4]
    settle(stores, taken)
    clock.move(hours=1)
    waits = take(stores, a_day=4)
    assert (numbers(waits), waits.why, waits.wait) == ([], "day", DAY - timedelta(hours=1))
    clock.move(DAY - timedelta(hours=1))
    assert numbers(take(stores, a_day=4)) == [5, 6, 7, 8]


def test_a_customer_who_was_reached_today_does_not_count_again(campaigns, stores, clock):
    running(campaigns, 4)
    take(stores, a_day=4)
    clock.move(seconds=30)

    # The worker died before it settled: the same rows come again.
    assert numbers(take(stores, holder="other", a_day=4)) == [1, 2, 3, 4]


def test_while_the_sender_is_paused_nothing_is_handed_out(campaigns, stores):
    running(campaigns, 4)
    stores.pauses.pause(PAUSED, until=START, code="190", words="")

    waits = take(stores)

    assert (numbers(waits), waits.why) == ([], "paused")


def test_once_a_pause_is_over_a_row_at_a_time_tries_the_sender(campaigns, stores, clock):
    running(campaigns, 40)
    stores.pauses.pause(PAUSED, until=START + SECOND, code="190", words="")
    clock.move(2 * SECOND)

    taken = take(stores)
    assert numbers(taken) == [1]
    settle(stores, taken)
    waits = take(stores)
    assert (numbers(waits), waits.why, waits.wait) == ([], "pace", 5 * SECOND)
    clock.move(5 * SECOND)
    stores.pauses.resume("meta:1")
    assert numbers(take(stores)) == list(range(2, 22))


def test_what_is_held_back_is_passed_over(campaigns, stores, clock):
    running(campaigns, 200, hold_back=90)
    expected = [row for row in range(1, 201) if not is_held_back("spring", row, 90)]

    found, taken = [], take(stores, limit=3)
    while not taken.ends:
        found += numbers(taken)
        settle(stores, taken)
        clock.move(SECOND)
        taken = take(stores, limit=3)

    assert found + numbers(taken) == expected
    assert taken.position == 200


def test_one_worker_at_a_time_and_the_next_one_takes_the_same_rows(campaigns, stores, clock):
    running(campaigns, 5)
    first = take(stores, holder="one")

    assert isinstance(take(stores, holder="two"), Held)
    clock.move(stores.policy.lease_for)
    second = take(stores, holder="two")
    assert numbers(second) == numbers(first)
    assert isinstance(settle(stores, first), Stale)
    assert settle(stores, second) is None


def test_the_lease_alone_takes_no_row(campaigns, stores):
    running(campaigns, 5)

    taken = take(stores, limit=0)

    assert (taken.rows, taken.position, taken.ends, taken.campaign.total) == ((), 0, False, 5)
    assert numbers(take(stores)) == [1, 2, 3, 4, 5]


def test_a_pause_between_taking_and_settling_ends_it_where_it_is(campaigns, stores):
    running(campaigns, 50)
    taken = take(stores)
    campaigns.pause("spring", "enough")

    assert settle(stores, taken) is None
    after = campaigns.show("spring")
    assert (after.state, after.position, after.why) == (CampaignState.PAUSED, 20, "enough")
    assert "campaign|spring" not in stores.waiting_since()
    assert take(stores) == CampaignOver()


def test_a_released_campaign_is_due_when_it_may_go_on(campaigns, stores, clock):
    running(campaigns, 50)
    assert stores.waiting_since()["campaign|spring"] == to_ms(clock.now())
    taken = take(stores, limit=0)
    assert stores.waiting_since()["campaign|spring"] == to_ms(clock.now() + stores.policy.lease_for)

    settle(stores, taken, release_in=timedelta(hours=3))

    assert stores.waiting_since()["campaign|spring"] == to_ms(clock.now() + timedelta(hours=3))
    assert isinstance(take(stores, holder="other"), CampaignTaken)


def test_a_lease_that_is_none_does_not_stop_a_campaign(campaigns, stores):
    running(campaigns, 5)
    stores.client.set("lease:campaign:spring", "x", ex=100)

    assert numbers(take(stores)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("value", ["x", "-5", "1e300", "inf", "nan", "9" * 400])
@pytest.mark.parametrize("what", ["pace", "lease"])
def test_a_time_that_is_none_does_not_stop_a_campaign(campaigns, stores, what, value):
    running(campaigns, 5)
    if what == "pace":
        stores.client.set("pace:meta:1", value, ex=100)
    else:
        stores.client.hset("lease:campaign:spring", mapping={"until": value, "holder": "o", "fence": "1"})

    assert numbers(take(stores)) == [1, 2, 3, 4, 5]


def test_outcomes_of_a_wrong_type_begin_anew(campaigns, stores):
    running(campaigns, 5)
    key = stores.keys.shard(0).outcomes("spring")
    stores.client.delete(key)
    stores.client.set(key, "x")

    stores.campaigns.keep_outcomes("spring")

    assert stores.client.hgetall(key) == {"": "1"}


def test_rows_that_cannot_be_read_do_not_let_the_day_of_a_sender_begin_anew(campaigns, stores):
    running(campaigns, 5)
    take(stores, limit=3)
    reached = stores.client.zrange("reached:meta:1", 0, -1)
    stores.client.set("campaign_order:spring", "x", ex=100)
    stores.client.delete("pace:meta:1")

    with pytest.raises(ResponseError):
        take(stores)

    assert stores.client.zrange("reached:meta:1", 0, -1) == reached
    assert len(reached) == 3


def test_without_a_due_index_a_campaign_goes_on(campaigns, stores):
    running(campaigns, 5)
    stores.client.set("due", "x")

    stores.due.claim(0, limit=100)

    assert "campaign|spring" in stores.waiting_since()


def test_a_key_of_a_wrong_type_is_a_dead_letter_and_stops_nobody_from_being_forgotten(campaigns, stores):
    stores.client.set("campaigns", "x")

    stores.forgetter.forget(["whatsapp:+201000000002"])

    assert campaigns.all() == []
    (letter,) = stores.dead()
    assert (letter["place"], letter["raw"]) == ("campaigns", "x")
    campaigns.new(CAMPAIGN, recipients(1))
    stores.client.set("campaign_order:spring", "x", ex=100)
    assert stores.forgetting.traced(["+201000000002"]) == set()
    stores.forgetter.forget(["whatsapp:+201000000002"])


def test_who_is_forgotten_has_no_row_any_more(campaigns, stores):
    running(campaigns, 5)

    stores.forgetter.forget(["whatsapp:+201000000002"])

    assert numbers(take(stores)) == [1, 3, 4, 5]
    assert not stores.client.hexists("campaign_rows:spring", 2)
    assert stores.forgetting.traced(["+201000000003", "+201000000002"]) == {"whatsapp:+201000000003"}
    # Of another scope it is another customer.
    assert stores.campaigns.forget("whatsapp:estate:+201000000003") == 0


# -- the pure part


@given(st.text(max_size=60))
def test_an_id_leads_back_to_its_row_and_nothing_else_does(text):
    assert row_of(text) is None or text.startswith("campaign:")
    if is_name(text):
        assert row_of(id_of(text, 7)) == (text, 7)
        assert row_of(f"{id_of(text, 1_000_000)}.12") == (text, 1_000_000)


def test_the_delivery_of_a_row_is_a_short_field_of_a_hash(valkey):
    longest = f"{id_of('x' * LONGEST_NAME, MOST_ROWS)}.99"

    assert len(longest) <= int(valkey.config_get("hash-max-listpack-value")["hash-max-listpack-value"])
    assert is_name("x" * LONGEST_NAME)
    assert not is_name("x" * (LONGEST_NAME + 1))


@given(st.integers(0, 90))
def test_about_so_many_are_held_back(percent):
    held = sum(is_held_back("spring", row, percent) for row in range(1, 5001))

    assert abs(held / 50 - percent) < 3


@given(
    header=st.none()
    | VALUES
    | st.just(Location(latitude=1, longitude=2))
    | st.just(File(url="https://villas.example/7.jpg")),
    body=st.lists(VALUES, max_size=3).map(tuple) | st.dictionaries(VALUES, VALUES, min_size=1, max_size=3),
    buttons=st.sampled_from(
        [(), (TemplateButton(index=0, url="x"),), (TemplateButton(index=1, payload="p"),)]
    ),
)
def test_a_row_is_read_back_as_it_was_stored(header, body, buttons):
    row = Recipient(customer="+201001234567", header=header, body=body, buttons=buttons)

    assert Recipient.of(row.customer, row.parameters()) == row
    assert "+2010" not in row.parameters()


def test_the_action_of_a_row_is_the_same_whenever_it_is_made():
    row = recipients(1)[0]

    made = action_of(CAMPAIGN, 1, row, START)

    assert made == action_of(CAMPAIGN, 1, row, START)
    assert (made.id, made.agent, made.unless_agent) == ("campaign:spring:1", "campaign:spring", True)
    assert read_back(made) == made
    assert isinstance(made, AgentAction)


@given(st.integers(0, 14 * 24), st.sampled_from([(), ("timer",), ("said",), ("timer", "said")]))
def test_the_first_message_within_a_week_answers_a_row(hours, kinds):
    said = session(campaign=CampaignMark(row="spring:17", at=to_ms(START)))
    made = {"said": message(), "timer": message(kind=Kind.TIMER, content=Timer(name="a", text="x"))}
    now = START + timedelta(hours=hours)

    after, row = answered(said, [made[kind] for kind in kinds], now)

    if "said" not in kinds:
        assert (after, row) == (said, None)
        return
    assert after.campaign is None
    assert row == ("spring:17" if hours <= 7 * 24 else None)
    assert answered(after, [made["said"]], now) == (after, None)
    assert answered(None, [made["said"]], now) == (None, None)


def test_a_pause_that_comes_while_a_position_is_written_is_not_undone(campaigns, stores):
    running(campaigns, 50)
    taken = take(stores)

    def change(one: Campaign) -> Campaign:
        # The record has been read, and is not written yet.
        campaigns.pause("spring", "enough")
        return one.hand_over(taken.position, taken.now, ends=False)

    stores.campaign_work.settle("spring", taken.lease, change)

    after = campaigns.show("spring")
    assert (after.state, after.position, after.why) == (CampaignState.PAUSED, 20, "enough")


# -- the pace


@given(
    per_second=st.sampled_from([0.5, 3, 20, 75]),
    a_day=st.sampled_from([3, 10, 1000]),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["spring", "summer"]),
            st.integers(1, 12),
            st.sampled_from([0, 7, 50, 400, 1000, 9 * 3_600_000]),
        ),
        min_size=1,
        max_size=30,
    ),
)
@hypothesis_settings(max_examples=60)
def test_no_order_of_work_sends_faster_than_the_sender_may(fake, per_second, a_day, steps):
    fake.flushall()
    clock = ManualClock()
    stores = Stores.on(fake, clock=clock)
    both = [CAMPAIGN, CAMPAIGN.model_copy(update={"name": "summer"})]
    campaigns = Campaigns(stores.run, stores.campaigns.bare, shards=1, clock=clock)
    for one in both:
        campaigns.new(one, recipients(30))
        campaigns.start(one.name)
    told: list[tuple[int, str, int]] = []

    for name, limit, ms in steps:
        clock.move(milliseconds=ms)
        taken = stores.campaign_work.take(
            both[name == "summer"], holder="w", limit=limit, every=SECOND / per_second, a_day=a_day
        )
        if isinstance(taken, CampaignTaken) and taken.rows:
            told += [(to_ms(clock.now()), row.customer, limit) for _, row in taken.rows]
            settle_one(stores, name, taken)

    for first, (since, _, _) in enumerate(told):
        behind = told[first:]
        for last, (until, _, limit) in enumerate(behind, start=1):
            # One batch goes out together; from then on it is the pace.
            assert last <= (until - since) / 1000 * per_second + limit + 1e-6
        day = {customer for at, customer, _ in behind if at - since < DAY / timedelta(milliseconds=1)}
        assert len(day) <= a_day


def settle_one(stores: Stores, name: str, taken: CampaignTaken) -> None:
    position, ends = taken.position, taken.ends
    stores.campaign_work.settle(name, taken.lease, lambda one: one.hand_over(position, taken.now, ends=ends))
