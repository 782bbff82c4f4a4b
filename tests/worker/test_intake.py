"""The intake: raw bodies become messages in mailboxes, whatever is in them."""

from contextlib import contextmanager

import pytest

from session.agent_actions import AgentAction
from session.bodies import IntakeTaken
from session.errors import StoreUnavailable
from session.messages import DeliveryState, Message, Status
from session.store import AwaitedRunner
from tests.stores import RecordingRunner, everything
from tests.values import CONVERSATION, OTHER, message
from worker.channels.outcomes import Broken

READ = DeliveryState.READ
BYTES = b'{"half": "\xff\xfe'


def ids_in(bench, conversation=CONVERSATION):
    entries = bench.stores.client.lrange(bench.stores.keys.of(conversation).mailbox, 0, -1)
    return [Message.model_validate_json(entry).id for entry in entries]


@contextmanager
def scripts_of(bench):
    """Collect the names of the scripts that are called."""
    called = []
    run = bench.drainer.run
    recording = RecordingRunner(bench.stores.client)
    bench.drainer.run = bench.drainer.reports.run = AwaitedRunner(recording)
    yield called
    called += [name for name, _, _ in recording.calls]
    bench.drainer.run = bench.drainer.reports.run = run


def status(state=DeliveryState.DELIVERED, **fields):
    about = {"conversation": CONVERSATION, "delivery": "t1.0", "provider_id": "p1", "at": 0}
    return Status(state=state, **about | fields)


def left(bench):
    return bench.stores.client.xlen("intake")


def test_messages_of_all_bodies_go_to_their_mailboxes_and_wake_them(bench):
    bench.store(bench.channel.holds(b"a", message("m1"), message("m2", customer="+919840930854")))
    bench.store(bench.channel.holds(b"b", message("m3")))

    bench.drainer.drain(0)

    assert (ids_in(bench), ids_in(bench, OTHER)) == (["m1", "m3"], ["m2"])
    assert bench.waker.taken() == [("turn", CONVERSATION), ("turn", OTHER)]
    assert left(bench) == 0
    assert "intake" not in bench.stores.waiting_since()


def test_a_body_that_is_redelivered_changes_nothing(bench):
    bench.channel.holds(b"a", message("m1"))
    bench.store(b"a")
    bench.drainer.drain(0)
    bench.waker.taken()

    bench.store(b"a")
    bench.store(b"a")
    bench.drainer.drain(0)

    assert ids_in(bench) == ["m1"]
    assert bench.waker.taken() == []
    assert left(bench) == 0


def test_an_empty_intake_is_nothing_to_do(bench):
    bench.drainer.drain(0)

    assert everything(bench.stores.client) == {}


def test_a_leased_intake_is_left_alone(bench):
    bench.store(bench.channel.holds(b"a", message("m1")))
    bench.stores.intake.take(0, holder="somebody", now=bench.clock.now(), limit=1)

    bench.drainer.drain(0)

    assert ids_in(bench) == []


def test_more_bodies_than_one_takes_at_once_are_drained_in_order(bench):
    for n in range(150):
        bench.store(bench.channel.holds(b"%d" % n, message(f"m{n}")))

    bench.drainer.drain(0)

    assert ids_in(bench) == [f"m{n}" for n in range(150)]
    assert left(bench) == 0


def test_a_body_that_came_while_another_was_parsed_is_drained_too(bench):
    bench.store(bench.channel.holds(b"a", message("m1")))
    real = bench.channel.parse

    def parse(body, *, source, received_at):
        if body == b"a":
            bench.store(bench.channel.holds(b"b", message("m2")))
        return real(body, source=source, received_at=received_at)

    bench.channel.parse = parse
    bench.drainer.drain(0)

    assert ids_in(bench) == ["m1", "m2"]


def test_after_some_time_the_rest_goes_to_a_new_wake_up(bench):
    for n in range(200):
        bench.store(bench.channel.holds(b"%d" % n, message(f"m{n}")))
    real = bench.channel.parse

    def slow(body, *, source, received_at):
        bench.clock.move(milliseconds=100)
        return real(body, source=source, received_at=received_at)

    bench.channel.parse = slow
    bench.drainer.drain(0)

    # 64 bodies took 6.4 s, more than a worker should spend.
    assert left(bench) == 136
    assert bench.waker.taken() == [("turn", CONVERSATION), ("intake", 0)]
    assert isinstance(bench.stores.intake.take(0, holder="x", now=bench.clock.now(), limit=1), IntakeTaken)


def test_after_many_bodies_the_rest_goes_to_a_new_wake_up_so_that_turns_are_taken(bench):
    for number in range(1025):
        bench.store(bench.channel.holds(b"%d" % number))

    bench.drainer.drain(0)

    assert left(bench) == 1
    assert bench.waker.taken()[-1] == ("intake", 0)
    bench.drainer.drain(0)
    assert left(bench) == 0


@pytest.mark.parametrize(("bodies", "looks"), [(1, []), (127, []), (128, [64, 0])])
def test_while_it_reads_a_backlog_the_process_takes_nothing_else(bench, bodies, looks):
    seen = []

    @contextmanager
    def undisturbed():
        seen.append(left(bench))
        yield
        seen.append(left(bench))

    bench.drainer.undisturbed = undisturbed
    for number in range(bodies):
        bench.store(bench.channel.holds(b"%d" % number))

    bench.drainer.drain(0)

    assert seen == looks


def test_a_drainer_that_lost_its_lease_drops_nothing(bench):
    bench.store(bench.channel.holds(b"a", message("m1"), broken=[Broken(why="odd", raw="x")]))
    real = bench.channel.parse

    def too_slow(body, *, source, received_at):
        bench.clock.move(bench.stores.policy.lease_for)
        bench.stores.intake.take(0, holder="somebody", now=bench.clock.now(), limit=9)
        return real(body, source=source, received_at=received_at)

    bench.channel.parse = too_slow
    bench.drainer.drain(0)

    # The body is left to whoever has it now, and so is what is in it.
    assert (left(bench), ids_in(bench)) == (1, [])
    assert bench.stores.dead() == []
    bench.channel.parse = real
    bench.clock.move(bench.stores.policy.lease_for)
    bench.drainer.drain(0)
    assert (left(bench), ids_in(bench)) == (0, ["m1"])
    assert len(bench.stores.dead()) == 1


def test_messages_are_received_and_their_bodies_settled_in_one_script(bench):
    bench.store(bench.channel.holds(b"a", message("m1"), message("m2", customer="+919840930854")))
    bench.store(bench.channel.holds(b"b", message("m3")))

    with scripts_of(bench) as called:
        bench.drainer.drain(0)

    assert called == ["take_intake", "receive"]


def test_the_statuses_of_a_drain_are_noted_in_one_script(bench):
    for n in range(3):
        bench.store(bench.channel.holds(b"%d" % n, message(f"m{n}"), statuses=[status(), status(READ)]))

    with scripts_of(bench) as called:
        bench.drainer.drain(0)

    assert called == ["take_intake", "note_statuses", "receive"]
    assert [event["status"] for event in bench.stores.events()] == ["delivered", "read"]


# -- what cannot be read


def test_a_broken_part_is_a_dead_letter_and_its_neighbours_go_on(bench):
    broken = Broken(why="a message without an id", raw='{"from": 5}')
    bench.store(bench.channel.holds(b"a", message("m1"), message("m2"), broken=[broken]))

    bench.drainer.drain(0)

    assert ids_in(bench) == ["m1", "m2"]
    (letter,) = bench.stores.dead()
    assert letter["kind"] == "body"
    assert letter["why"] == "a message without an id"
    assert letter["raw"] == '{"from": 5}'
    assert letter["source"] == "meta"


@pytest.mark.parametrize("source", ["telegram", "", "?", "twilio", "METΑ"])
def test_a_body_from_nowhere_is_a_dead_letter(bench, source):
    bench.store(BYTES, source=source)
    bench.store(bench.channel.holds(b"good", message("m1")))

    bench.drainer.drain(0)

    (letter,) = bench.stores.dead()
    assert letter["why"] == f"unknown channel: {source}"
    assert letter["raw"].encode("utf-8", "surrogateescape") == BYTES
    assert (left(bench), ids_in(bench)) == (0, ["m1"])


@pytest.mark.parametrize("source", ["meta", "meta?hub=1", "meta-status", "meta-status?a=b"])
def test_the_source_names_the_channel(bench, source):
    bench.store(bench.channel.holds(b"a", message("m1")), source=source)

    bench.drainer.drain(0)

    assert ids_in(bench) == ["m1"]


@pytest.mark.parametrize("error", [ValueError("x"), RecursionError(), KeyError("secret")])
def test_a_parser_that_fails_costs_one_body_only(bench, error):
    bench.store(bench.channel.holds(BYTES, error=error))
    bench.store(bench.channel.holds(b"good", message("m1")))

    bench.drainer.drain(0)

    (letter,) = bench.stores.dead()
    assert letter["why"] == f"{type(error).__name__} in the parser"
    assert letter["raw"].encode("utf-8", "surrogateescape") == BYTES
    assert (left(bench), ids_in(bench)) == (0, ["m1"])


# -- statuses


def test_statuses_are_noted(bench):
    bench.store(bench.channel.holds(b"a", statuses=[status()]))

    bench.drainer.drain(0)

    assert bench.stores.client.hgetall(f"deliveries:{CONVERSATION}") == {"t1.0": "delivered"}
    assert [event["status"] for event in bench.stores.events()] == ["delivered"]
    assert bench.stores.dead() == []


def test_the_hooks_are_told_whom_statuses_concern(bench):
    told = []
    bench.drainer.reports.tell_hooks = told.append
    bench.store(bench.channel.holds(b"a", message("m1"), statuses=[status()]))

    bench.drainer.drain(0)

    assert told == [CONVERSATION]


def test_the_channel_is_told_that_what_it_sent_has_failed(bench):
    bench.receive("hello")
    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])
    (sent,) = bench.channel.sent
    failed = status(DeliveryState.FAILED, delivery=sent.id, provider_id="p1", code="131053")

    bench.store(bench.channel.holds(b"a", statuses=[failed]))
    bench.drainer.drain(0)

    assert bench.channel.failed == [(sent.id, "131053")]


def test_a_failure_that_the_provider_tells_later_is_seen_once(bench, log):
    failed = status(DeliveryState.FAILED, code="131026", words="undeliverable to +201001234567")
    bench.channel.holds(b"a", statuses=[failed])
    for _ in range(2):
        bench.store(b"a")
        bench.drainer.drain(0)

    (letter,) = bench.stores.dead()
    assert (letter["kind"], letter["conversation"]) == ("status", CONVERSATION)
    assert "131026" in letter["why"]
    lines = [line for line in log if "failed at the provider" in line]
    assert len(lines) == 1
    assert "201001234567" not in lines[0]


def test_what_a_failure_tells_of_its_customer_is_kept_though_its_process_dies(bench, monkeypatch):
    failed = status(DeliveryState.FAILED, code="131050", sender="meta:1")
    bench.store(bench.channel.holds(b"a", statuses=[failed]))

    def dies(*_):
        raise StoreUnavailable("receive: ConnectionError")

    with monkeypatch.context() as patched:
        patched.setattr(bench.stores.mailboxes.bare, "receive", dies)
        bench.drainer.drain(0)
    bench.clock.move(bench.stores.policy.lease_for)
    bench.drainer.drain(0)

    (entry,) = bench.stores.client.lrange(bench.stores.keys.of(CONVERSATION).mailbox, 0, -1)
    wish = AgentAction.model_validate_json(entry)
    assert (wish.type, wish.marketing.wish) == ("preference", "stop")
    assert [event["code"] for event in bench.stores.events()] == ["131050"]
    assert len(bench.stores.dead()) == 1
