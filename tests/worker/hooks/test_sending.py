"""A hook gets every event of its kinds at least once, those of a conversation in order, whatever its receiver does."""

import asyncio

import pytest

from session.dead_letters import HookLetter
from session.keys import Keys
from session.records import from_ms
from session.store import DeadStore, Runner, Scripts
from tests.stores import immortal
from tests.worker.hooks.conftest import Bench

A, B = "whatsapp:+201", "whatsapp:+202"


def test_a_new_hook_begins_with_what_happens_from_then_on(redis):
    redis.xadd("events", {"delivery": "old", "sent": "p", "conversation": A, "at": "1"})
    bench = Bench(redis)
    bench.look()

    assert not bench.sweep()
    first = bench.happens()
    assert bench.sweep()
    assert bench.ids == [first]
    assert not bench.sweep()
    assert bench.client.zrange("due", 0, -1) == []
    assert immortal(bench.client) == []


def test_what_is_wanted_is_sent_once_and_in_order(bench):
    ids = [bench.happens(delivery=f"t{n}.0") for n in range(5)]

    bench.goes_on(3)

    assert bench.ids == ids
    assert [body["data"]["reply"] for body in bench.receiver.got] == [f"t{n}.0" for n in range(5)]
    assert bench.client.hget("tally", "hooks|crm|sent") == "5"
    assert set(bench.state()) == {"after", "passed", "seen", "accepted", "down"}


def test_other_kinds_and_other_scopes_are_passed_over(redis):
    bench = Bench(redis, events=frozenset({"reply.sent"}), scopes=frozenset({"estate"}))
    bench.happens()
    bench.happens("whatsapp:estate:+201", sent="", status="read")
    bench.happens("", template_change="status", template="x", delivery="", sent="")
    wanted = bench.happens("whatsapp:estate:+201")
    bench.client.xadd("events", {"nobody": "knows it", "at": "1"})

    bench.goes_on(3)

    assert bench.ids == [wanted]
    assert bench.state()["after"] == bench.state()["seen"]


def test_while_the_receiver_is_away_nothing_is_given_up_and_afterwards_all_comes_in_order(bench):
    bench.receiver.refuses = lambda _: "it answers 503"
    ids = {one: [bench.happens(one, f"{n}.0") for n in range(3)] for one in (A, B)}
    bench.goes_on(3 * 3600, step=30)
    asked = len(bench.receiver.asked)
    ids[A].append(bench.happens(A, "last.0"))

    bench.receiver.refuses = lambda _: None
    bench.goes_on(360, step=10)

    assert asked < 60
    for one, expected in ids.items():
        assert [body["id"] for body in bench.receiver.got if body["data"]["conversation"] == one] == expected
    assert bench.stores.dead() == []
    assert bench.state()["down"] == "0"


def test_an_event_that_is_refused_while_others_are_accepted_is_given_up_and_its_conversation_goes_on(bench):
    refused = bench.happens(A, "bad.0")
    bench.receiver.refuses = lambda body: "it answers 422" if body["id"] == refused else None
    behind, others = bench.happens(A, "good.0"), []

    for n in range(30):
        others.append(bench.happens(B, f"{n}.0"))
        bench.goes_on(1)

    (letter,) = bench.stores.dead()
    assert HookLetter.model_validate(letter).event == refused
    assert (letter["hook"], letter["why"], letter["conversation"]) == ("crm", "it answers 422", A)
    assert sum(body["id"] == refused for body in bench.receiver.asked) == 3
    assert [body["id"] for body in bench.receiver.got if body["data"]["conversation"] == B] == others
    assert behind in bench.ids
    assert bench.client.hget("tally", "hooks|crm|failed") == "1"


def test_an_event_that_was_removed_while_it_was_sent_becomes_no_dead_letter(bench):
    """Its customer was forgotten, and a letter would name them."""
    removed = bench.happens(A).removeprefix("evt_0_")
    bench.receiver.refuses = lambda _: "it answers 500"
    bench.sweep()
    bench.clock.move(bench.policy.hook_patience)
    bench.receiver.meanwhile = lambda: bench.client.xdel("events", removed)

    bench.goes_on(2)

    assert len(bench.receiver.asked) == 2
    assert bench.stores.dead() == []


def test_others_are_sent_while_an_event_waits_for_its_next_attempt(bench):
    bench.receiver.refuses = lambda body: "it answers 500" if body["data"]["conversation"] == A else None
    bench.happens(A)
    bench.sweep()

    others = [bench.happens(B, f"{n}.0") for n in range(4)]
    bench.goes_on(4)

    assert bench.ids == others


def test_one_event_that_nothing_else_speaks_for_is_given_up_after_a_day(bench):
    bench.receiver.refuses = lambda body: "it answers 500"
    bench.happens()
    bench.goes_on(600, step=10)
    assert bench.stores.dead() == []

    bench.clock.move(bench.policy.hook_patience)
    bench.goes_on(2)

    assert len(bench.stores.dead()) == 1


def test_a_dead_letter_is_sent_again_and_is_one_until_it_is_accepted(bench):
    refused = bench.happens(A)
    bench.receiver.refuses = lambda body: "it answers 500" if body["id"] == refused else None
    for n in range(30):
        bench.happens(B, f"{n}.0")
        bench.goes_on(1)
    run, dead = Runner(bench.client), DeadStore(Scripts.load(), Keys())
    (record,) = run(dead.all())

    assert run(dead.revive(record))
    assert run(dead.revive(record))
    bench.goes_on(2)
    assert len(bench.stores.dead()) == 1
    bench.receiver.refuses = lambda _: None
    bench.goes_on(360, step=10)

    assert bench.ids.count(refused) == 1
    assert bench.stores.dead() == []
    assert not bench.client.exists("hook_again:crm")
    assert not run(dead.revive(record))


def test_a_letter_that_was_dropped_or_forgotten_is_not_sent(bench):
    entry = bench.client.xadd("dead", {"kind": "hook", "hook": "crm", "event": "evt_0_1-0", "raw": "{}"})
    run, dead = Runner(bench.client), DeadStore(Scripts.load(), Keys())
    run(dead.revive(run(dead.get(f"0:{entry}"))))
    bench.client.xdel("dead", entry)

    bench.goes_on(2)

    assert bench.receiver.asked == []
    assert not bench.client.exists("hook_again:crm")


def test_a_replay_sends_all_since_a_time_again_with_the_same_ids_and_then_what_is_new(bench):
    ids = [bench.happens(delivery=f"t{n}.0") for n in range(3)]
    bench.goes_on(2)

    assert bench.stores.hooks.rewind(0, "crm", from_ms(0)) == 3
    ids.append(bench.happens())
    bench.goes_on(2)

    assert bench.ids == [*ids[:3], *ids]
    assert "lost" not in str(bench.client.hgetall("tally"))


def test_what_was_trimmed_before_it_was_sent_is_counted(bench):
    bench.receiver.refuses = lambda _: "it answers 503"
    for n in range(10):
        bench.happens(delivery=f"{n}.0")
    bench.goes_on(5)
    kept = [bench.happens(delivery=f"last{n}.0") for n in range(4)]
    bench.client.xtrim("events", maxlen=4, approximate=False)
    bench.receiver.refuses = lambda _: None

    bench.goes_on(360, step=10)

    assert bench.ids == kept
    assert bench.client.hget("tally", "hooks|crm|lost") == "10"


def test_what_was_sent_before_it_was_trimmed_is_not_lost(bench):
    for n in range(10):
        bench.happens(delivery=f"{n}.0")
        bench.sweep()
    bench.client.xtrim("events", maxlen=0, approximate=False)
    last = bench.happens()

    bench.goes_on(2)

    assert bench.ids[10:] == [last]
    assert bench.client.hget("tally", "hooks|crm|lost") is None


def test_who_has_lost_the_lease_writes_nothing(bench):
    first = bench.happens()

    def another():
        bench.receiver.meanwhile = lambda: None
        bench.clock.move(bench.policy.send_lease_for)
        taken = bench.stores.hooks.take(0, "crm", holder="other", limit=10)
        assert [record.id for record in taken.records] == [first.removeprefix("evt_0_")]

    bench.receiver.meanwhile = another
    bench.send()

    assert bench.client.hget("tally", "hooks|crm|sent") is None
    assert bench.state()["after"] != bench.state()["seen"]
    bench.clock.move(bench.policy.send_lease_for)
    bench.goes_on(1)
    assert bench.ids == [first, first]


def test_two_processes_do_not_send_the_same(bench):
    bench.happens()
    other = bench.another()
    bench.stores.hooks.take(0, "crm", holder="dies", limit=10)

    asyncio.run(other.send("0|crm"))
    assert bench.receiver.asked == []
    bench.clock.move(bench.policy.send_lease_for)
    bench.sweep()

    assert len(bench.ids) == 1


@pytest.mark.parametrize("work", ["0|other", "1|crm", "|crm", "crm", ""])
def test_what_is_no_hook_of_this_deployment_is_ignored(bench, work):
    bench.happens()

    asyncio.run(bench.sender.send(work))

    assert bench.receiver.asked == []


def test_a_state_of_a_wrong_type_is_begun_anew(bench):
    bench.client.delete("hook:crm")
    bench.client.set("hook:crm", "no hash")

    bench.look()
    last = bench.happens()
    bench.goes_on(2)

    assert bench.ids == [last]


def test_requests_to_a_receiver_that_is_away_are_few(bench):
    bench.receiver.refuses = lambda _: "it answers 503"
    for n in range(100):
        bench.happens(f"whatsapp:+20{n}")

    bench.sweep()

    assert len(bench.receiver.asked) == 10
    assert bench.client.zscore("due", "hook|crm") > bench.clock.now().timestamp() * 1000
