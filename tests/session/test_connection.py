"""The connection: what is done about a server that is away, hangs, is full, or has closed on us."""

import threading
from datetime import timedelta
from importlib.resources import files

import pytest
import redis as redis_py
from pydantic import SecretStr

from session.clock import SystemClock
from session.connection import ServersClock, connect, warn_of_clock
from session.errors import StoreUnavailable, UnexpectedReply
from session.ids import new_id
from session.leases import Lease, MailboxEmpty, TurnTaken
from session.limits import MESSAGES
from session.policy import Policy
from session.results import Committed
from session.store import Runner, Scripts
from tests.clocks import START, ManualClock
from tests.stores import Stores
from tests.valkey import running_server, until
from tests.values import CONVERSATION, message, turn_result


@pytest.fixture
def client(valkey, valkey_socket):
    """A client as the system opens it, on a connection that is warm."""
    with connect(SecretStr(f"unix://{valkey_socket}"), timeout=0.3) as own:
        own.ping()
        yield own


@pytest.fixture
def nowhere(tmp_path):
    with connect(SecretStr(f"unix://{tmp_path}/nothing"), timeout=1) as away:
        yield away


def take(stores):
    return stores.turns.take(CONVERSATION, holder="w1", now=START)


def test_a_server_that_is_away_is_named_as_such(tmp_path):
    with (
        connect(SecretStr(f"unix://{tmp_path}/nothing"), timeout=1) as nowhere,
        pytest.raises(StoreUnavailable, match="take_turn: ConnectionError"),
    ):
        take(Stores.on(nowhere))


def test_a_refused_connection_is_named_as_such():
    with (
        connect(SecretStr("redis://127.0.0.1:1/0"), timeout=1) as nowhere,
        pytest.raises(StoreUnavailable, match="take_turn: ConnectionError"),
    ):
        take(Stores.on(nowhere))


def test_a_server_that_hangs_is_given_up_at_once_and_not_asked_again(client, valkey):
    stores = Stores.on(client)
    stores.mailboxes.receive([message()], now=START)
    calls = valkey.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]
    valkey.client_pause(1500, all=False)
    began = SystemClock().now()

    # A write is held back by the server for longer than we wait.
    with pytest.raises(StoreUnavailable, match="take_turn: TimeoutError"):
        take(stores)

    assert SystemClock().now() - began < timedelta(seconds=1.2)
    valkey.client_unpause()
    until(
        lambda: valkey.info("commandstats")["cmdstat_evalsha"]["calls"] <= calls + 1,
        "the call is not repeated",
    )


def test_a_connection_that_the_server_has_closed_is_replaced(client, valkey):
    stores = Stores.on(client)
    stores.mailboxes.receive([message()], now=START)

    valkey.client_kill_filter(_type="normal", skipme=True)

    assert isinstance(take(stores), TurnTaken)


def test_scripts_that_the_server_has_forgotten_are_sent_again(client, valkey):
    stores = Stores.on(client)
    assert take(stores) == MailboxEmpty()

    valkey.script_flush()

    assert take(stores) == MailboxEmpty()


def test_a_server_that_is_full_is_named_as_such():
    with (
        running_server("--maxmemory", "1mb", "--maxmemory-policy", "noeviction") as socket,
        connect(SecretStr(f"unix://{socket}"), timeout=2) as full,
        pytest.raises(StoreUnavailable, match=r"OOM|OutOfMemory"),
    ):
        Stores.on(full).intake.store(b"x", source="meta", now=START, ordering_key="x")


def test_a_server_that_wants_a_password_is_named_as_such():
    with (
        running_server("--requirepass", "hush") as socket,
        connect(SecretStr(f"unix://{socket}"), timeout=2) as stranger,
        connect(SecretStr(f"unix://:hush@{socket}"), timeout=2) as friend,
    ):
        assert take(Stores.on(friend)) == MailboxEmpty()
        with pytest.raises(StoreUnavailable, match="take_turn: "):
            take(Stores.on(stranger))


def test_a_replica_that_takes_no_writes_is_named_as_such(valkey):
    with (
        running_server("--replicaof", "127.0.0.1 1") as socket,
        connect(SecretStr(f"unix://{socket}"), timeout=2) as replica,
        pytest.raises(StoreUnavailable),
    ):
        Stores.on(replica).intake.store(b"x", source="meta", now=START, ordering_key="x")


def test_a_fault_of_the_script_itself_is_not_taken_for_an_absence(valkey):
    valkey.set("tally", "no hash", ex=60)

    stores = Stores.on(valkey)
    with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
        stores.run(stores.scripts.put_field(hash="tally", field="last", value="1-1"))


def test_an_answer_in_an_unknown_form_is_named_with_its_script(valkey, clock):
    class Strange(Runner):
        def _ask(self, calls):
            return [["surprise", "with secrets"] for _ in calls]

    stores, lease = Stores.on(valkey, run=Strange(valkey)), Lease(fence=1, holder="w")
    for call in (
        lambda: take(stores),
        lambda: stores.turns.abandon(CONVERSATION, lease, wait=timedelta(0)),
        lambda: stores.turns.commit(CONVERSATION, lease, turn_result(), now=START),
        lambda: stores.intake.take(0, holder="w", now=START, limit=1),
        lambda: stores.intake.store(b"", source="", now=START, ordering_key=""),
        lambda: stores.mailboxes.receive([message()], now=START),
        lambda: stores.settle(0, lease, [], now=START),
        lambda: stores.outbox.take(CONVERSATION, holder="w", now=START),
        lambda: stores.sessions.count(CONVERSATION, MESSAGES, uses=1, now=START),
        lambda: stores.sessions.time_out(0, [], now=START),
    ):
        with pytest.raises(UnexpectedReply, match="unknown value: 'surprise'") as error:
            call()
        assert "secrets" not in str(error.value)


# -- the budget


def test_a_turn_costs_two_round_trips(valkey_socket, valkey):
    """Counted where they happen: at the socket of a warm connection."""
    with redis_py.Redis(connection_pool=counting_pool(valkey_socket)) as client:
        stores = Stores.on(client)
        for id_ in ("warm", "m1"):
            stores.mailboxes.receive([message(id_)], now=START)
            Counting.sent = 0
            taken = stores.turns.take(CONVERSATION, holder="w1", now=START)
            committed = stores.turns.commit(CONVERSATION, taken.lease, turn_result(), now=START)
            assert isinstance(committed, Committed)

        assert Counting.sent == 2


class Counting(redis_py.UnixDomainSocketConnection):
    """Counts what is sent."""

    sent = 0

    def send_packed_command(self, command, check_health=True):  # noqa: FBT002
        Counting.sent += 1
        super().send_packed_command(command, check_health)


def counting_pool(socket):
    return redis_py.ConnectionPool(
        connection_class=Counting,
        path=socket,
        decode_responses=True,
        encoding_errors="surrogateescape",
        protocol=2,
    )


def test_several_threads_share_a_client(client):
    stores = Stores.on(client)
    taken = []

    def work(n):
        conversation = f"whatsapp:+2010{n}"
        stores.mailboxes.receive([message(f"m{n}", customer=f"+2010{n}")], now=START)
        taken.append(stores.turns.take(conversation, holder=f"w{n}", now=START).messages[0].id)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(f"m{n}" for n in range(20))


# -- small things beside it


def test_ids_are_short_and_never_the_same():
    ids = {new_id() for _ in range(5000)}

    assert len(ids) == 5000
    assert {len(id_) for id_ in ids} == {12}


def test_the_clock_of_the_machine_is_aware():
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_every_script_has_its_file(valkey):
    names = {entry.name for entry in (files("session") / "lua").iterdir()}

    assert {f"{name}.lua" for name in Scripts.load().by_name} | {"shared.lua"} == names


def test_a_policy_cannot_be_changed():
    with pytest.raises(AttributeError):
        Policy().turn_messages = 1


def off_by(seconds: float) -> ManualClock:
    return ManualClock(SystemClock().now() + timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "words"), [(300, "300 s ahead of"), (-30, "30 s behind")])
def test_a_clock_that_is_off_is_one_line_in_the_log(valkey, log, seconds, words):
    warn_of_clock(valkey, off_by(seconds))

    (line,) = log
    assert line.startswith("WARNING")
    assert words in line


def test_of_a_clock_that_is_a_little_off_nothing_is_said(valkey, log):
    warn_of_clock(valkey, off_by(2))

    assert log == []


def test_that_the_clocks_cannot_be_compared_is_said(nowhere, log):
    warn_of_clock(nowhere, SystemClock())

    assert "could not be compared" in log[0]


def test_the_servers_clock_goes_on_by_what_has_passed_and_is_asked_again(valkey, monkeypatch):
    told = [START, START + timedelta(minutes=5)]
    monkeypatch.setattr("session.connection.told_by", lambda _: told.pop(0))
    steady = ManualClock()
    clock = ServersClock(valkey, steady)

    assert clock.now() == START
    steady.move(seconds=9)
    assert clock.now() == START + timedelta(seconds=9)
    steady.move(seconds=1)
    assert clock.now() == START + timedelta(minutes=5)


def test_the_servers_clock_goes_on_while_the_server_is_away(valkey, nowhere):
    steady = ManualClock()
    clock = ServersClock(valkey, steady)
    began = clock.now()
    clock._client = nowhere

    steady.move(minutes=1)

    assert clock.now() == began + timedelta(minutes=1)
    with pytest.raises(StoreUnavailable):
        ServersClock(nowhere).now()
