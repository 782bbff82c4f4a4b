"""Redis or the broker is away, or hangs, on real sockets; and how long a provider waits then."""

from time import perf_counter

import pytest
import redis
from pydantic import SecretStr

from tests.clocks import ManualClock
from tests.ports import free_ports
from tests.valkey import running_server
from tests.webhook.edge import JSON, SETTINGS, Edge, meta_signature
from webhook.app import create_app
from webhook.broker import wake_broker
from webhook.settings import WebhookSettings
from webhook.wake import Wake

BODY = b"{}"
SIGNED = {"X-Hub-Signature-256": meta_signature(BODY)}


def with_redis_at(port: int):
    settings = WebhookSettings(**{**SETTINGS, "redis_url": f"redis://:hunter2@127.0.0.1:{port}/0"})
    return create_app(settings).test_client()


def broker_at(port: int, clock: ManualClock, scheme: str = "redis") -> Wake:
    return Wake(wake_broker(SecretStr(f"{scheme}://guest:hunter2@127.0.0.1:{port}/0")), clock)


@pytest.mark.parametrize("port", ["hung_port", "closed_port"])
def test_without_redis_a_provider_gets_503_within_a_second(port, request):
    http = with_redis_at(request.getfixturevalue(port))

    for _ in range(2):
        began = perf_counter()
        answer = http.post("/webhook/meta", data=BODY, content_type=JSON, headers=SIGNED)
        assert answer.status_code == 503
        assert perf_counter() - began < 0.9


@pytest.mark.parametrize("port", ["hung_port", "closed_port"])
def test_without_redis_the_process_is_up_but_not_ready(port, request):
    http = with_redis_at(request.getfixturevalue(port))

    assert http.get("/healthz").status_code == 200
    answer = http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["redis"] in {"TimeoutError", "ConnectionError"}
    assert answer.json["broker"] in {"TimeoutError", "ConnectionError"}
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
@pytest.mark.parametrize("port", ["hung_port", "closed_port"])
def test_a_broker_that_is_away_costs_half_a_second_once(port, scheme, request):
    wake = broker_at(request.getfixturevalue(port), ManualClock(), scheme)

    began = perf_counter()
    wake.publish(0)
    assert perf_counter() - began < 0.9

    began = perf_counter()
    for _ in range(100):
        wake.publish(0)
    assert perf_counter() - began < 0.1
    assert wake.missed == 101


def test_a_broker_that_is_away_is_tried_again_after_two_seconds_and_logged_once(closed_port, log):
    clock = ManualClock()
    wake = broker_at(closed_port, clock)

    for _ in range(5):
        wake.publish(0)
        clock.move(seconds=2)

    assert [line for line in log if "broker" in line] == log
    assert len(log) == 1
    assert "hunter2" not in log[0]


def test_a_body_is_kept_and_answered_with_200_while_the_broker_is_away(closed_port):
    edge = Edge()
    wake = broker_at(closed_port, edge.clock)
    http = create_app(
        WebhookSettings(**SETTINGS), client=edge.redis, wake=wake, clock=edge.clock
    ).test_client()

    answer = http.post("/webhook/meta", data=BODY, content_type=JSON, headers=SIGNED)

    assert answer.status_code == 200
    assert edge.kept() == [("meta", BODY)]
    assert edge.redis.zscore("due", "intake") == (edge.clock.now().timestamp() + 10) * 1000
    ready = http.get("/readyz")
    assert (ready.status_code, ready.json["redis"], ready.json["broker"]) == (503, "ok", "ConnectionError")
    assert ready.json["since_start"]["wakes_left_to_the_sweep"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--min-replicas-to-write", "1"),
        ("--maxmemory", "1"),
        (
            "--maxmemory",
            "1mb",
        ),  # which is less than a server takes: above every mark, and soon above the limit
        ("--replicaof", "127.0.0.1 1"),
    ],
)
def test_whatever_redis_rejects_is_503_and_nothing_is_stored(options):
    (port,) = free_ports(1)
    with running_server(*options, port=port) as socket:
        settings = WebhookSettings(**{**SETTINGS, "redis_url": f"redis://127.0.0.1:{port}/0"})
        http = create_app(settings, wake=broker_at(1, ManualClock())).test_client()

        answer = http.post("/webhook/meta", data=BODY, content_type=JSON, headers=SIGNED)

        assert answer.status_code == 503
        with redis.Redis(unix_socket_path=socket) as client:
            assert client.xlen("intake") == 0
