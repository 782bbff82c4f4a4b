"""Ready is who could keep a message now, and have it answered; and who asks costs next to nothing."""

import shutil
import threading
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryDirectory

import pytest
import redis as redis_py
from pydantic import SecretStr

from session.errors import StoreUnavailable
from session.keys import Keys
from session.policy import Policy
from session.records import to_ms
from session.results import Tried
from session.store import CounterStore, IntakeStore
from tests.clocks import ManualClock
from tests.stores import at_once, scripts_by
from tests.valkey import OPTIONS, running_server, until
from tests.webhook.edge import JSON, SETTINGS, meta_signature
from webhook.app import create_app
from webhook.broker import wake_broker
from webhook.health import Readiness
from webhook.settings import WebhookSettings
from webhook.wake import Wake

WITHIN = timedelta(seconds=15)


class Looked:
    """Stands for Redis: counts how often it is looked at, and waits if it is told to."""

    def __init__(self, clock: ManualClock) -> None:
        self.times = 0
        self.clock = clock
        self.error: Exception | None = None
        self.swept_at = to_ms(clock.now())
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self) -> Tried:
        self.times += 1
        self.may_answer.wait(10)
        if self.error:
            raise self.error
        return Tried(swept_at=self.swept_at, now=to_ms(self.clock.now()))


class Broker:
    missed = 0
    state = "ok"

    def check(self) -> str:
        return self.state


@pytest.fixture
def redis_looked(clock):
    return Looked(clock)


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def of_host(clock):
    """What this machine takes for the time."""
    return ManualClock(clock.now())


@pytest.fixture
def readiness(redis_looked, broker, clock, of_host):
    return Readiness(
        try_body=redis_looked,
        paused=dict,
        broker=broker,
        clock=clock,
        of_host=of_host,
        sweep_within=WITHIN,
    )


# -- what it is


def test_it_is_ready_where_a_body_would_be_kept_and_answered(readiness):
    assert readiness.report().ready


def test_it_is_not_ready_where_a_body_would_be_refused(readiness, redis_looked):
    redis_looked.error = StoreUnavailable("try_body: MISCONF")

    seen = readiness.report()

    assert (seen.ready, seen.redis, seen.sweep) == (False, "MISCONF", "unknown")


def test_it_is_not_ready_without_a_sweep(readiness, redis_looked, clock):
    clock.move(WITHIN)
    assert readiness.report().ready

    clock.move(seconds=1)
    assert (readiness.report().ready, readiness.report().sweep) == (False, "16 s ago")

    redis_looked.swept_at = 0
    clock.move(seconds=1)
    assert readiness.report().sweep == "never"


def test_it_is_not_ready_where_the_broker_takes_nothing(readiness, broker):
    broker.state = "ConnectionError"

    assert (readiness.report().ready, readiness.report().broker) == (False, "ConnectionError")


@pytest.mark.parametrize(("off", "said"), [(300, "300 s ahead"), (-30, "30 s behind"), (5, "ok"), (-5, "ok")])
def test_a_clock_that_is_off_is_said_and_it_is_ready_all_the_same(readiness, of_host, off, said):
    of_host.move(seconds=off)

    seen = readiness.report()

    assert (seen.ready, seen.sweep, seen.clock) == (True, "ok", said)


# -- what it costs


def test_there_is_one_look_a_second_however_many_ask(readiness, redis_looked, clock):
    for _ in range(100):
        readiness.report()
    assert redis_looked.times == 1

    clock.move(seconds=1)
    readiness.report()
    assert redis_looked.times == 2


def test_concurrent_requests_share_one_check(readiness, redis_looked):
    with asking(readiness, 20) as answers:
        until(lambda: redis_looked.times, "somebody looks")
        redis_looked.may_answer.set()

    assert redis_looked.times == 1
    assert [seen.ready for seen in answers] == [True] * 20


def test_during_a_check_other_requests_get_the_previous_result(readiness, redis_looked, clock):
    before = readiness.report()
    clock.move(seconds=2)

    with asking(readiness, 1):
        until(lambda: redis_looked.times == 2, "somebody looks")
        assert readiness.report() is before
        redis_looked.may_answer.set()


@contextmanager
def asking(readiness, count):
    """Ask from threads; Redis answers when it may."""
    readiness.try_body.may_answer.clear()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(readiness.report())) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield answers
    for thread in threads:
        thread.join(10)


# -- on a real server


@pytest.fixture
def served():
    """A webhook on a server of its own, and a client of that."""
    with (
        running_server("--enable-protected-configs", "yes") as path,
        redis_py.Redis(unix_socket_path=path, **OPTIONS) as client,
    ):
        clock = ManualClock()
        settings = WebhookSettings(**{**SETTINGS, "redis_url": f"unix://{path}"})
        wake = Wake(wake_broker(SecretStr(f"redis+socket://{path}")), clock)
        http = create_app(settings, wake=wake, clock=clock).test_client()
        at_once(client, CounterStore(scripts_by(), Keys())).fold(0, swept=clock.now())
        yield http, client, clock
        wake.close()


def test_a_look_leaves_nothing_behind(served):
    http, client, _ = served
    before = set(client.scan_iter())

    answer = http.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert {key for key in client.scan_iter() if client.pttl(key) < 0} == before


def test_asking_again_and_again_opens_no_connections(served):
    http, client, clock = served
    http.get("/readyz")
    opened = client.info("stats")["total_connections_received"]

    for _ in range(10):
        clock.move(seconds=1)
        assert http.get("/readyz").status_code == 200

    assert client.info("stats")["total_connections_received"] == opened


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("min-replicas-to-write", "1", "NOREPLICAS"), ("maxmemory", "1mb", "OutOfMemoryError")],
)
def test_it_is_not_ready_exactly_when_posts_are_refused(served, setting, value, said):
    http, client, clock = served
    assert (http.get("/readyz").status_code, post(http)) == (200, 200)

    client.config_set(setting, value)
    clock.move(seconds=1)
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json["redis"], post(http)) == (503, said, 503)

    client.config_set(setting, "0")
    clock.move(seconds=1)
    assert (http.get("/readyz").status_code, post(http)) == (200, 200)


def test_it_is_not_ready_when_the_disk_is_broken(served):
    http, client, clock = served
    assert post(http) == 200

    with disk_broken(client):
        clock.move(seconds=1)
        answer = http.get("/readyz")

        assert (answer.status_code, answer.json["redis"], post(http)) == (503, "MISCONF", 503)


@contextmanager
def disk_broken(client):
    """Have a snapshot fail, after which the server refuses whatever writes."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as gone:
        client.config_set("dir", gone)
        client.config_set("save", "3600 1")
        shutil.rmtree(gone)
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the save has failed")
        yield


def post(http) -> int:
    headers = {"X-Hub-Signature-256": meta_signature(b"{}")}
    return http.post("/webhook/meta", data=b"{}", content_type=JSON, headers=headers).status_code


@pytest.mark.parametrize("mark", [50, 80, 99])
def test_the_trial_and_the_body_are_refused_by_the_same_mark(valkey, mark):
    intake = at_once(valkey, IntakeStore(scripts_by(), Keys(), Policy(full_at=mark)))
    clock = ManualClock()
    used = valkey.info("memory")["used_memory"]
    told = []
    for limit in (used * 4, used * 100 // mark, used):
        valkey.config_set("maxmemory", limit)
        told.append(
            (
                is_kept(intake.try_body),
                is_kept(lambda: intake.store(b"{}", source="meta", now=clock.now(), ordering_key="meta")),
            )
        )
    valkey.config_set("maxmemory", 0)

    assert told == [(True, True), (False, False), (False, False)]


def is_kept(attempt) -> bool:
    try:
        attempt()
    except StoreUnavailable:
        return False
    return True


# -- the pages


def test_a_process_that_is_up_says_so(webhook):
    answer = webhook().http.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_says_what_it_has_looked_at(webhook):
    edge = webhook()
    assert edge.http.get("/readyz").json["sweep"] == "never"

    edge.swept()
    answer = edge.http.get("/readyz")

    assert answer.status_code == 200
    told = {name: answer.json[name] for name in ("status", "redis", "sweep", "broker")}
    assert told == {"status": "ready", "redis": "ok", "sweep": "ok", "broker": "ok"}


def test_without_the_broker_it_is_not_ready_though_bodies_are_kept(webhook):
    edge = webhook()
    edge.swept()
    edge.wake.state = "ConnectionError"

    answer = edge.http.get("/readyz")

    assert (answer.status_code, answer.json["status"], answer.json["broker"]) == (
        503,
        "not ready",
        "ConnectionError",
    )
    assert edge.meta(b"{}").status_code == 200


def test_it_counts_what_it_answered(webhook):
    edge = webhook()
    edge.meta(b"{}")
    edge.meta(b"{}", X_Hub_Signature_256="no")
    edge.meta(b"")

    assert edge.http.get("/readyz").json["since_start"]["answered"] == {"200": 1, "400": 1, "401": 1}
