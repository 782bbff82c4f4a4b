"""Whatever stands in a record: it is put aside with its bytes, its customer is answered, and so are the others."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.keys import Keys
from session.messages import Message
from session.store import IntakeStore, PauseStore
from session.store.counters import CounterStore
from session.store.dead import DeadStore
from tests.stores import at_once, scripts_by
from tests.values import CONVERSATION, CUSTOMER, OTHER, ROUTE, action, delivery, message, session

SENDER = f"{ROUTE.channel}:{ROUTE.sender}"
GARBAGE = [
    b"",
    b"\xff\xfe",
    b"{",
    b"[]",
    b"7",
    b"null",
    b'"x"',
    b'{"deed":',
    b'{"deed":"dance"}',
    b"{}",
    b"[" * 5000,
]

#: Any JSON at all.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
RECORDS = [
    session(route=ROUTE),
    message("m9", "is anybody there?"),
    action(),
    delivery("t9.0", "from before"),
]


@st.composite
def damaged(draw):
    """A record of ours in which one field is missing, or is anything at all."""
    record = json.loads(draw(st.sampled_from(RECORDS)).to_json())
    name = draw(st.sampled_from(sorted(record)))
    if draw(st.booleans()):
        del record[name]
    else:
        record[name] = draw(ANYTHING)
    return json.dumps(record, separators=(",", ":")).encode()


JUNK = st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()) | damaged()


def everybody_writes(bench, text):
    """Both customers write; the workers follow every wake-up, and the sweep goes on for as long as something is due."""
    for conversation in (CONVERSATION, OTHER):
        customer = conversation.removeprefix("whatsapp:")
        received = bench.stores.mailboxes.receive(
            [message(f"{text}-{customer}", text, customer=customer)], now=bench.clock.now()
        )
        assert received.accepted == 1
    bench.turns.take([CONVERSATION, OTHER])
    bench.courier.deliver([CONVERSATION, OTHER])


def time_passes(bench):
    for _ in range(12):
        bench.clock.move(seconds=20)
        bench.sweeper.sweep()
        bench.follow()


def answered(bench, conversation, text):
    return [
        one
        for one in bench.channel.sent
        if one.conversation == conversation and one.reply.text == f"You said: {text}"
    ]


def letters(bench):
    return list(at_once(bench.stores.client, DeadStore(scripts_by(), bench.stores.keys)).all())


def put(bench, place, raw):
    client, own = bench.stores.client, bench.stores.keys.of(CONVERSATION)
    match place:
        case "session":
            client.set(own.session, raw)
        case "mailbox":
            client.rpush(own.mailbox, raw)
        case "outbox":
            client.rpush(own.outbox, raw)
        case "paused":
            client.hset("paused", SENDER, raw)


def a_system_in_which_both_have_written(make_bench, valkey):
    valkey.flushall()
    bench = make_bench()
    everybody_writes(bench, "hello")
    assert len(bench.channel.sent) == 2
    return bench


@pytest.mark.parametrize("raw", GARBAGE)
@pytest.mark.parametrize("place", ["session", "mailbox", "outbox", "paused"])
def test_garbage_is_one_dead_letter_and_both_customers_are_answered_at_once(make_bench, valkey, place, raw):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    put(bench, place, raw)

    everybody_writes(bench, "again")

    assert len(answered(bench, OTHER, "again")) == 1
    assert len(answered(bench, CONVERSATION, "again")) == 1
    if place == "session" and raw == b"":
        return
    [letter] = letters(bench)
    assert (letter.letter.kind, letter.letter.place) == ("unreadable", place)
    assert letter.letter.raw.encode("utf-8", "surrogateescape") == raw
    assert letter.letter.conversation == (None if place == "paused" else CONVERSATION)


@settings(max_examples=120)
@given(junk=JUNK, place=st.sampled_from(["session", "mailbox", "outbox", "paused"]), behind=st.booleans())
def test_whatever_stands_in_a_record_everybody_is_answered(make_bench, valkey, junk, place, behind):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    if behind:
        customer = CONVERSATION.removeprefix("whatsapp:")
        bench.stores.mailboxes.receive([message("first", "first", customer=customer)], now=bench.clock.now())
    put(bench, place, junk)

    everybody_writes(bench, "again")

    assert len(answered(bench, OTHER, "again")) == 1
    time_passes(bench)
    texts = [turn.text for turn in bench.assistant.turns if turn.customer == CUSTOMER]
    assert sum("again" in text for text in texts) >= 1 or is_silenced(bench)
    assert len(letters(bench)) <= 1
    assert (bench.mailbox(), bench.outbox()) == (0, 0)


def is_silenced(bench):
    """Whether what was thought to be junk is an action by which a person has the conversation."""
    return bench.session().state.value == "WAITING_AGENT"


WRONG = {
    "a string": lambda client, key: client.set(key, "something else"),
    "a list": lambda client, key: client.rpush(key, "a"),
    "a hash": lambda client, key: client.hset(key, "a", "b"),
    "a set": lambda client, key: client.sadd(key, "a"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("n", range(len(Keys().of(CONVERSATION).everything())))
def test_a_key_of_a_wrong_type_is_moved_to_the_dead_letters(make_bench, valkey, n, wrong):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    key = bench.stores.keys.of(CONVERSATION).everything()[n]
    valkey.delete(key)
    WRONG[wrong](valkey, key)

    everybody_writes(bench, "again")
    assert len(answered(bench, OTHER, "again")) == 1
    time_passes(bench)

    if not key.startswith("optout"):
        assert len(answered(bench, CONVERSATION, "again")) == 1
    assert len(letters(bench)) <= 1
    assert (bench.mailbox(), bench.outbox()) == (0, 0)
    bench.stores.forgetter.forget(CONVERSATION, now=bench.clock.now())
    valkey.delete(key)


@pytest.mark.parametrize("key", ["paused", "intake", "lease:intake", "tally", "waiting", "events", "fence"])
def test_a_shared_key_of_a_wrong_type_is_moved_to_the_dead_letters(make_bench, valkey, key):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    valkey.delete(key)
    valkey.set(key, "something else")

    bench.store(bench.channel.holds(b"body", message("m5", "again")))
    bench.drainer.drain(0)
    bench.follow()
    bench.sweeper.sweep()

    assert len(answered(bench, CONVERSATION, "again")) == 1
    assert len(letters(bench)) <= 1


LEASES = ["until", "attempts", "fence", "sending"]


@pytest.mark.parametrize("value", ["garbage", "", "-5", "1.5", "1e300", "inf", "nan", "9" * 15])
@pytest.mark.parametrize("name", LEASES)
@pytest.mark.parametrize("kind", ["turn_lease", "delivery_lease"])
def test_an_invalid_lease_blocks_no_worker(make_bench, valkey, kind, name, value):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    key = getattr(bench.stores.keys.of(CONVERSATION), kind)
    valkey.hset(
        key, mapping={"fence": 1, "holder": "", "until": 0, "attempts": 0, "sending": 0} | {name: value}
    )
    valkey.expire(key, 3600)

    everybody_writes(bench, "again")
    assert len(answered(bench, OTHER, "again")) == 1
    time_passes(bench)

    assert len(answered(bench, CONVERSATION, "again")) == 1
    assert len(letters(bench)) <= 1


BODIES = [
    {"x": "y"},
    {"body": "b"},
    {"source": "", "at": "", "body": ""},
    {"source": "meta", "at": "garbage", "body": "b"},
    {"source": "meta", "at": "9" * 30, "body": "b"},
    {"source": "meta", "at": "1", "body": "b", "format": "garbage"},
    {"source": "meta", "at": "1", "body": "b", "format": "999999999999"},
]


@pytest.mark.parametrize("fields", BODIES)
def test_a_body_with_unreadable_fields_holds_up_no_body_behind_it(make_bench, valkey, fields):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    valkey.xadd("intake", fields)
    bench.store(bench.channel.holds(b"body", message("m5", "again")))

    bench.drainer.drain(0)
    bench.follow()

    assert len(answered(bench, CONVERSATION, "again")) == 1
    assert (valkey.xlen("intake"), len(letters(bench))) == (0, 1)


@pytest.mark.parametrize("member", ["", "garbage", "turn|", "deliver|nobody", "lapse|", "\xff|x"])
def test_something_unknown_in_the_due_index_holds_up_nobody(make_bench, valkey, member):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    valkey.zadd("due", {member: "-inf"})
    bench.stores.mailboxes.receive([message("m5", "again", customer=CUSTOMER)], now=bench.clock.now())

    time_passes(bench)

    assert len(answered(bench, CONVERSATION, "again")) == 1


@pytest.mark.parametrize("value", ["garbage", "", "-5", "1.5", "1e300", "inf", "9" * 30])
@pytest.mark.parametrize("kind", ["rate:msg", "rate:search", "silence"])
def test_an_invalid_counter_counts_as_zero(make_bench, valkey, kind, value):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    own = bench.stores.keys.of(CONVERSATION)
    valkey.set(next(key for key in own.everything() if key.startswith(kind)), value, ex=3600)

    everybody_writes(bench, "again")

    assert len(answered(bench, CONVERSATION, "again")) == 1


def test_a_readable_record_that_makes_every_turn_fail_is_moved_to_the_dead_letters_finally(
    make_bench, valkey, monkeypatch
):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    decide, broken = bench.turns.answerer._admits, bench.session().id

    def stumble(running, *rest, **options):
        if running.taken.session and running.taken.session.id == broken:
            raise OverflowError("a session that nobody thought of")
        return decide(running, *rest, **options)

    monkeypatch.setattr(bench.turns.answerer, "_admits", stumble)

    everybody_writes(bench, "again")
    assert len(answered(bench, OTHER, "again")) == 1
    time_passes(bench)

    assert len(answered(bench, CONVERSATION, "again")) == 1
    assert [letter.letter.place for letter in letters(bench)] == ["session"]


def test_a_session_that_cannot_be_read_does_not_keep_others_from_going_quiet(make_bench, valkey):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    put(bench, "session", b"{")
    bench.clock.move(bench.stores.policy.idle_after)

    bench.sweeper.sweep()

    assert bench.session(OTHER).state.value == "IDLE"
    assert [letter.letter.place for letter in letters(bench)] == ["session"]


@pytest.mark.parametrize(
    "fields", [{"at": "soon"}, {"at": "-1"}, {"at": "9" * 30}, {}, {"source": "nowhere"}]
)
def test_an_invalid_entry_of_the_intake_does_not_block_the_others(bench, fields):
    body = bench.channel.holds(b"body", message("m1", "hello"))
    bench.stores.client.xadd("intake", {"source": "meta", "body": body} | fields)
    bench.store(bench.channel.holds(b"other", message("m2", "hello", customer="+919840930854")))

    bench.drainer.drain(0)
    bench.follow()

    assert len(answered(bench, OTHER, "hello")) == 1
    assert len(answered(bench, CONVERSATION, "hello")) + len(letters(bench)) == 1


def test_an_entry_of_the_intake_without_a_body_is_a_dead_letter(bench):
    bench.stores.client.xadd("intake", {"strange": "x"})
    bench.store(bench.channel.holds(b"other", message("m2", "hello", customer="+919840930854")))

    bench.drainer.drain(0)
    bench.follow()

    assert len(answered(bench, OTHER, "hello")) == 1
    assert len(letters(bench)) == 1


def test_pauses_and_counters_are_shown_despite_unreadable_values(bench):
    client = bench.stores.client
    client.hset("paused", mapping={SENDER: "garbage", "meta:2": '{"until":1,"code":"190","words":"x"}'})
    client.hset(
        "tally",
        mapping={"turns": "many", "mailbox@soon": "1", "ACTIVE@": "1", "swept": "x", "mailbox@5": "y"},
    )

    assert list(at_once(bench.stores.client, PauseStore(scripts_by(), bench.stores.keys)).all()) == ["meta:2"]
    statistics = at_once(bench.stores.client, CounterStore(scripts_by(), bench.stores.keys)).queue_statistics(
        0, now=bench.clock.now()
    )
    assert list(statistics.paused) == ["meta:2"]
    bench.sweeper.sweep()


def test_waiting_entries_without_a_time_are_counted(bench):
    client = bench.stores.client
    for stream in ("intake", "dead"):
        client.xadd(stream, {"at": "garbage"})
    client.set("fence", "garbage")
    client.hset("lease:intake", "until", "garbage")

    statistics = at_once(bench.stores.client, CounterStore(scripts_by(), bench.stores.keys)).queue_statistics(
        0, now=bench.clock.now()
    )

    assert (statistics.intake.count, statistics.dead.count, statistics.leases_granted) == (1, 1, 0)
    assert (statistics.intake.oldest_at, statistics.dead.oldest_at, statistics.draining) == (0, 0, False)
    client.delete("intake", "dead", "fence", "lease:intake")


def test_counters_of_a_wrong_type_do_not_affect_readiness(bench):
    stores = bench.stores
    stores.client.rpush("tally", "something else")

    assert (
        at_once(stores.client, IntakeStore(scripts_by(), stores.keys, stores.policy)).try_body().swept_at == 0
    )
    stores.client.delete("tally")


def test_a_reply_that_a_channel_cannot_render_blocks_no_other(bench):
    def stumble(one):
        if one.conversation == CONVERSATION:
            raise ValueError("nobody thought of this")

    bench.channel.before_send = stumble
    everybody_writes(bench, "hello")

    assert len(answered(bench, OTHER, "hello")) == 1


def test_the_counters_no_longer_include_what_was_moved_to_the_dead_letters(make_bench, valkey):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    strange = (
        Message.model_validate_json(message("m7").to_json())
        .to_json()
        .replace('"kind":"text"', '"kind":"dance"')
    )
    bench.stores.mailboxes.receive([message("m7")], now=bench.clock.now())
    valkey.lset(bench.stores.keys.of(CONVERSATION).mailbox, 0, strange)

    everybody_writes(bench, "again")

    counters = at_once(bench.stores.client, CounterStore(scripts_by(), bench.stores.keys))
    counters.fold(0, now=bench.clock.now())
    statistics = counters.queue_statistics(0, now=bench.clock.now())
    assert (statistics.mailboxes.count, statistics.outboxes.count) == (0, 0)
    assert statistics.counts["aside|mailbox"] == 1


def test_an_invalid_due_index_is_replaced(make_bench, valkey):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    bench.receive("waiting", conversation=OTHER)
    valkey.delete("due")
    valkey.set("due", "something else")

    bench.sweeper.sweep()
    bench.receive("again")
    bench.turns.take([CONVERSATION])
    bench.follow()

    assert len(answered(bench, OTHER, "waiting")) == len(answered(bench, CONVERSATION, "again")) == 1
    assert len(letters(bench)) == 1
    bench.clock.move(bench.stores.policy.idle_after)
    bench.sweeper.sweep()
    assert bench.session(OTHER).state.value == "IDLE"


@pytest.mark.parametrize("fields", [{"last": "garbage"}, {"swept": "garbage"}, {"turns": "many"}, None])
def test_a_tally_that_cannot_be_read_counts_on(make_bench, valkey, fields):
    bench = a_system_in_which_both_have_written(make_bench, valkey)
    counters = bench.stores.counters
    if fields:
        valkey.hset("tally", mapping=fields)
    else:
        valkey.delete("tally")
        valkey.set("tally", "something else")
    counters.fold(0, swept=bench.clock.now())
    before = counters.queue_statistics(0, now=bench.clock.now()).counts["turns"]

    everybody_writes(bench, "again")
    counters.fold(0, swept=bench.clock.now())

    assert counters.queue_statistics(0, now=bench.clock.now()).counts["turns"] >= before + 2
