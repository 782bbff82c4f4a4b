"""A Redis that is full: nothing new is kept from a mark on, and what was accepted finds its way to the end."""

from collections import deque
from datetime import timedelta

import pytest
import redis as redis_py

from session.agent_actions import AgentActionType
from session.bodies import IntakeEmpty, IntakeTaken
from session.dead_letters import BodyLetter
from session.errors import StoreFull, StoreUnavailable
from session.events import ReplySent
from session.leases import MailboxEmpty, OutboxEmpty
from session.limits import SEARCHES
from session.messages import DeliveryState, Status
from session.policy import Policy
from session.store import CounterStore, Scripts, shared_secret
from tests.clocks import START, ManualClock
from tests.stores import Stores, at_once, scripts_by
from tests.valkey import OPTIONS, running_server
from tests.values import CONVERSATION, CUSTOMER, ROUTE, action, delivery, message, session, turn_result

#: What lets work end, or room come free, runs on a full server; what only brings something new does not; one only reads.
NEW = {"store_body", "try_body", "update_session", "revive_letter", "add_rows"}
READS = {"read_queue_statistics", "read_more"}

MB = 1024 * 1024


@pytest.fixture
def server():
    """A client of a server of its own that forgets nothing by itself."""
    with (
        running_server("--maxmemory", str(24 * MB), "--maxmemory-policy", "noeviction") as socket,
        redis_py.Redis(unix_socket_path=socket, **OPTIONS) as client,
    ):
        yield client


def fill(client):
    """From here on the server has less than it needs, for good."""
    client.config_set("maxmemory", "1")
    with pytest.raises(redis_py.exceptions.OutOfMemoryError):
        client.set("x", "y")


def store(stores, body=b"{}", **more):
    return stores.intake.store(body, source="meta", now=START, ordering_key="x", **more)


def test_every_script_says_whether_it_runs_on_a_full_server(fake):
    flags = {name: script.text.partition("\n")[0] for name, script in Scripts.load().by_name.items()}

    assert flags == {
        name: "#!lua"
        if name in NEW
        else "#!lua flags=no-writes"
        if name in READS
        else "#!lua flags=allow-oom"
        for name in flags
    }


def test_no_body_is_kept_above_the_mark_and_the_rest_is_for_what_was_accepted(server):
    stores = Stores.on(server, policy=Policy(full_at=60))
    with pytest.raises(StoreFull, match=r"uses \d\d % of its memory; above 60 % nothing new is stored"):
        deque((store(stores, b"x" * 100_000) for _ in range(1000)), maxlen=0)

    used = server.info("memory")["used_memory"] / (24 * MB)
    assert 0.55 < used < 0.65
    # A person at the desk is kept: that is little, and it works off what waits.
    assert store(stores, by_agent=True).wake is None
    kept = server.xlen("intake")
    with pytest.raises(StoreFull):
        store(stores, b"x" * 100_000)
    assert server.xlen("intake") == kept


def test_without_maxmemory_nothing_is_refused(valkey):
    assert store(Stores.on(valkey, policy=Policy(full_at=1))).wake == 0


def test_without_permission_for_the_memory_nothing_is_refused(server):
    server.acl_setuser(
        "plain", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-info"], reset=True
    )
    server.execute_command("AUTH", "plain", "any")

    assert store(Stores.on(server, policy=Policy(full_at=1))).wake == 0


def test_a_full_server_takes_nothing_new_and_lets_everything_that_waits_come_to_its_end(server):
    clock = ManualClock()
    stores = Stores.on(server)
    counters = at_once(stores.client, CounterStore(scripts_by(), stores.keys))
    secret = stores.run(shared_secret(stores.keys, fresh="s"))
    for _ in range(100):
        store(stores, b"x" * 1000)
    stores.mailboxes.receive([message("m0")], now=START)
    fill(server)

    for nothing_new in (
        lambda: store(stores),
        lambda: store(stores, by_agent=True),
        lambda: stores.sessions.update(session(), was="", now=START),
    ):
        with pytest.raises(StoreUnavailable, match=r"OutOfMemory|OOM|memory"):
            nothing_new()
    assert stores.due.claim(0, now=clock.move(stores.policy.wake_after), limit=9).members
    taken = stores.intake.take(0, holder="w", now=clock.now(), limit=64)
    while isinstance(taken, IntakeTaken):
        entries = [message(f"m{body.id}") for body in taken.bodies]
        stores.mailboxes.receive(entries, now=clock.now())
        letter = BodyLetter(why="x", raw="x")
        stores.settle(0, taken.lease, [one.id for one in taken.bodies], now=clock.now(), dead=[letter])
        taken = stores.intake.take(0, holder="w", now=clock.now(), limit=64)
    assert taken == IntakeEmpty()
    stores.mailboxes.receive([action(AgentActionType.TAKE_OVER)], now=clock.now())

    turn = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    stores.turns.abandon(CONVERSATION, turn.lease, wait=timedelta(0))
    turn = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    answered = 0
    while turn and turn != MailboxEmpty():
        answered += len(turn.messages)
        replies = (delivery(f"d{answered}.{turn.lease.fence}"),)
        done = turn_result(
            len(turn.messages) or 1,
            session=session(CUSTOMER, route=ROUTE),
            replies=replies,
            uses={"messages": 1},
        )
        turn = stores.turns.commit(CONVERSATION, turn.lease, done, now=clock.now()).next_turn
    assert answered == 101
    assert stores.sessions.count(CONVERSATION, SEARCHES, uses=1, now=clock.now())[0]

    sent = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
    stores.outbox.postpone(
        sent.deliveries[0], sent.lease, wait=timedelta(0), attempts=1, now=clock.now(), doubts=1
    )
    sent = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
    while sent != OutboxEmpty():
        done = ReplySent(delivery=sent.deliveries[0].id, sent="p")
        stores.outbox.settle(sent.deliveries[0], sent.lease, DeliveryState.SENT, event=done, now=clock.now())
        clock.move(seconds=60)
        sent = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
    read = Status(
        conversation=CONVERSATION, delivery="d1", provider_id="p", state=DeliveryState.READ, at=0, code=None
    )
    assert stores.statuses.note(read, now=clock.now())

    assert stores.pauses.doubt("meta:1", within=timedelta(minutes=1)) == 1
    stores.pauses.pause(ROUTE, until=clock.now(), code="190", words="")
    assert stores.pauses.all()
    assert counters.fold(0, swept=clock.now()) > 0
    assert counters.queue_statistics(0, now=clock.now()).swept_at > 0
    assert stores.sessions.time_out(0, [], now=clock.now()) == 0
    assert stores.run(shared_secret(stores.keys, fresh="t")) == secret
    assert stores.forgetting.forget(CONVERSATION, now=clock.now()) > 0
    assert server.config_get("maxmemory") == {"maxmemory": "1"}
