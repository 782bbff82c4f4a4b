"""What became of the rows of campaigns: what events tell of them, and what is read of that."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from session.campaign_outcomes import Outcome, OutcomeState, read_outcome, summarize, tokens_of
from session.campaign_table import lines_of
from session.campaigns import Campaign, is_held_back
from session.event_records import EventRecord
from session.prices import Cost
from session.records import to_ms
from tests.clocks import START
from tests.stores import Stores

CAMPAIGN = Campaign(
    name="spring", template="offer", language="en", sender="meta:1", state="running", total=100, position=50
)
AT = to_ms(START)
ROW = "campaign:spring:17"


def event(after: int = 0, /, **fields: str) -> EventRecord:
    """An event so many seconds after the start."""
    return EventRecord.of({"at": str(AT + 1000 * after), "conversation": "whatsapp:+201", **fields})


def sent(after: int = 0, row: str = ROW) -> EventRecord:
    return event(after, delivery=f"{row}.0", sent="wamid.1", channel="meta")


def status(state: str, after: int = 0, **fields: str) -> EventRecord:
    return event(after, delivery=f"{ROW}.0", status=state, **fields)


def outcome(
    *records: EventRecord, row: int = 17, customer: str = "+201", campaign: Campaign = CAMPAIGN
) -> Outcome:
    texts = [tokens_of(records).get("spring", {}).get(row, "")]
    return read_outcome(texts, campaign=campaign, row=row, customer=customer)


def test_a_row_is_sent_delivered_read_and_answered():
    billed = {"billed": "marketing billable PMP regular", "cost": "64400 USD"}
    told = [
        sent(2),
        status("delivered", 5, **billed),
        status("read", 60),
        event(90, received='["wamid.2"]', answers="spring:17"),
    ]

    found = outcome(*told)

    assert found == Outcome(
        row=17,
        customer="+201",
        state=OutcomeState.READ,
        sent=AT + 2000,
        delivered=AT + 5000,
        read=AT + 60_000,
        answered=AT + 90_000,
        cost=Cost(micros=64400, currency="USD"),
    )


def test_what_was_not_sent_says_why():
    declined = event(action="send", action_id=ROW, by="campaign:spring", declined="held", received="[]")
    opted_out = event(delivery=f"{ROW}.0", failed="the customer has opted out")
    refused = event(delivery=f"{ROW}.0", failed="132015: Template is paused")
    cancelled = event(cancelled=f'["{ROW}.0"]')
    unwanted = event(delivery=f"{ROW}.0", failed="the customer wishes no marketing messages")
    formula = event(delivery=f"{ROW}.0", failed="-A1: no word")

    found = [outcome(one) for one in (declined, opted_out, refused, cancelled, unwanted, formula)]

    assert [(one.state, one.reason) for one in found] == [
        (OutcomeState.DECLINED, "held"),
        (OutcomeState.CANCELLED, "opted_out"),
        (OutcomeState.FAILED, "132015"),
        (OutcomeState.CANCELLED, "taken_over"),
        (OutcomeState.CANCELLED, "marketing"),
        (OutcomeState.FAILED, "refused"),
    ]


def test_a_late_failure_counts_more_than_the_acceptance_and_less_than_an_arrival():
    failed = status("failed", 3, code="131049", words="ecosystem")

    assert (outcome(sent(), failed).state, outcome(sent(), failed).reason) == (OutcomeState.FAILED, "131049")
    assert outcome(failed, status("delivered", 9)).state is OutcomeState.DELIVERED
    # It is sent again, so nothing has failed yet.
    assert outcome(sent(), status("failed", 3, code="1", again="1")).state is OutcomeState.SENT


def test_a_row_without_a_word_is_known_by_its_place():
    by_place = {10: OutcomeState.HANDED_OVER, 51: OutcomeState.WAITING}
    for row, state in by_place.items():
        assert outcome(row=row).state is state
        assert outcome(row=row, customer="").state is OutcomeState.FORGOTTEN
    held = next(row for row in range(1, 100) if is_held_back("spring", row, 50))
    assert outcome(row=held, campaign=CAMPAIGN.model_copy(update={"hold_back": 50})).state == "held_back"
    # What was sent before the customer was forgotten stays, and is anonymous.
    assert outcome(sent(), customer="").state is OutcomeState.SENT


def test_a_row_that_has_had_its_turn_is_handed_over_wherever_the_campaign_is():
    (turn,) = tokens_of([event(action="send", action_id=ROW, by="campaign:spring", received="[]")])[
        "spring"
    ].values()

    found = [
        read_outcome(texts, campaign=CAMPAIGN.model_copy(update={"position": 3}), row=17, customer=customer)
        for texts, customer in (([turn], "+201"), ([""], "+201"), ([turn], ""))
    ]

    assert turn
    assert [one.state for one in found] == [
        OutcomeState.HANDED_OVER,
        OutcomeState.WAITING,
        OutcomeState.FORGOTTEN,
    ]


def test_others_tell_nothing():
    others = [
        event(delivery="t1.0", sent="x"),
        event(action="send", action_id="api-1", by="api:crm", declined="held", received="[]"),
        event(received="[]", answers="nothing"),
        event(unheard="of"),
        event(delivery="campaign:Spring:1.0", sent="x"),
    ]

    assert tokens_of(others) == {}


STEPS: Sequence[EventRecord] = [
    sent(1),
    sent(2),
    status("delivered", 3, billed="marketing billable PMP regular", cost="7 USD"),
    status("read", 4),
    status("failed", 5, code="131026"),
    event(6, received="[]", answers="spring:17"),
    event(7, action="send", action_id=ROW, by="campaign:spring", declined="template", received="[]"),
]


@given(st.permutations(STEPS), st.integers(0, len(STEPS)), st.integers(0, 3))
def test_the_order_and_the_shards_in_which_it_is_told_do_not_matter(records, cut, empty):
    parts = [tokens_of(part).get("spring", {}).get(17, "") for part in (records[:cut], records[cut:])]

    found = read_outcome([*parts, *[""] * empty], campaign=CAMPAIGN, row=17, customer="+201")

    assert found == outcome(*STEPS)
    assert (found.state, found.sent, found.cost) == (
        OutcomeState.READ,
        AT + 1000,
        Cost(micros=7, currency="USD"),
    )


@given(
    st.lists(
        st.text(max_size=80) | st.from_regex(r"([scdraetx][0-9a-z]{1,10}(,[0-9]{1,9})?;){1,4}"), max_size=3
    )
)
def test_whatever_stands_there_can_be_read_and_written_to_a_file(texts):
    found = read_outcome(texts, campaign=CAMPAIGN, row=17, customer="+201")

    assert found.state in OutcomeState
    assert len([*lines_of([found])]) == 2


@given(
    st.dictionaries(
        st.sampled_from(
            "delivery status sent failed code cost billed cancelled answers received action declined".split()
        ),
        st.text(max_size=20)
        | st.just(ROW)
        | st.just(f"{ROW}.0")
        | st.just(f'["{ROW}.0"]')
        | st.just("spring:17"),
    )
)
def test_a_token_is_short_whatever_an_event_says(fields):
    for rows in tokens_of([event(**fields)]).values():
        assert all(len(text) < 120 and "|" not in text for text in rows.values())


@given(st.lists(st.sampled_from(OutcomeState), max_size=40))
def test_every_row_counts_once(states):
    outcomes = [
        Outcome(row=n, customer="", state=state, answered=n % 2 or None, cost=Cost(micros=n, currency="USD"))
        for n, state in enumerate(states)
    ]

    found = summarize(outcomes)

    assert sum(found.by_state.values()) == found.count == len(states)
    assert found.answered == sum(n % 2 for n in range(len(states)))
    assert sum(one.micros for one in found.costs) == sum(range(len(states)))


# -- as they are kept


def adds(stores: Stores, **fields: Any) -> None:
    stores.client.xadd("events", {"at": str(AT), "conversation": "whatsapp:+201", **fields})


def test_each_event_is_noted_once_however_often_it_is_folded(stores):
    stores.client.hset("campaign_outcomes:spring", "", "1")
    adds(stores, delivery=f"{ROW}.0", sent="wamid.1")
    stores.counters.fold(0)
    adds(stores, delivery=f"{ROW}.0", status="delivered")

    for _ in range(3):
        stores.counters.fold(0)

    (text,) = stores.campaigns.outcomes(0, "spring", [17])
    assert [token[0] for token in text.split(";")] == ["s", "d"]
    assert stores.client.pttl("campaign_outcomes:spring") > 0


def test_of_a_campaign_that_was_removed_nothing_begins_again(stores):
    adds(stores, delivery=f"{ROW}.0", sent="wamid.1")
    stores.counters.fold(0)

    assert not stores.client.exists("campaign_outcomes:spring")


def test_no_row_grows_without_end_and_a_wrong_key_stops_no_counting(stores):
    stores.client.hset("campaign_outcomes:spring", "", "1")
    for _ in range(200):
        adds(stores, delivery=f"{ROW}.0", status="delivered")
    stores.client.set("campaign_outcomes:summer", "x", ex=100)
    adds(stores, delivery="campaign:summer:1.0", sent="wamid.1", channel="meta")

    for _ in range(20):
        adds(stores, delivery=f"{ROW}.0", status="read")
        stores.counters.fold(0)

    assert len(stores.client.hget("campaign_outcomes:spring", "17")) < 1000
    assert stores.client.hget("tally", "replies|meta|sent") == "1"
