"""The whole system works for the user of `docs/valkey/users.acl`, who may do no more than it needs."""

import hashlib

import httpx
import redis

from tests.conftest import ROOT
from tests.e2e.stack import running_stack, wait_for
from tests.ports import free_ports
from tests.valkey import running_server

CUSTOMER = "+201000000078"
PASSWORD = "a very long password"
SECRET = "inturn_0123456789abcdefghijklmnopqrstuvwxyz"
PROGRAM = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": "booking-7"}


def test_the_acl_allows_everything_that_the_system_does(tmp_path):
    rules = (ROOT / "docs" / "valkey" / "users.acl").read_text(encoding="utf-8")
    rules = rules.replace("PASSWORD_SHA256", hashlib.sha256(PASSWORD.encode()).hexdigest())
    acl = tmp_path / "users.acl"
    acl.write_text(f"{rules}user observer on nopass ~* &* +@all\n", encoding="utf-8")
    (port,) = free_ports(1)

    with (
        running_server("--aclfile", str(acl), port=port) as socket,
        redis.Redis(
            unix_socket_path=socket, username="observer", password="any", decode_responses=True
        ) as seer,
        running_stack(
            tmp_path,
            REDIS_HOST="127.0.0.1",
            REDIS_PORT=str(port),
            REDIS_PASSWORD=PASSWORD,
            METRICS_TOKEN="0123456789abcdef",
            API_TOKENS=f"crm:{SECRET}:read+send+act+dead+campaign+templates",
        ) as stack,
    ):
        for channel in ("meta", "twilio"):
            assert stack.says(CUSTOMER, f"hello {channel}", channel) == 200
        wait_for(lambda: len(stack.sent().get(CUSTOMER, ())) == 2, 20, stack.log)
        with httpx.Client(base_url=f"{stack.webhook}/api/v1", headers=PROGRAM, trust_env=False) as program:
            sent = program.post("/messages", json={"to": CUSTOMER, "text": "from a program"})
            assert sent.status_code == 202
            wait_for(lambda: len(stack.sent().get(CUSTOMER, ())) == 3, 20, stack.log)
            there = f"/conversations/{sent.json()['conversation']}"
            assert program.patch(there, json={"known": {"stage": "won"}}).status_code == 202
            sale = {"template": "sale", "language": "en", "sender": "meta:106540352242922"}
            guests = {"recipients": [{"to": CUSTOMER, "body": ["Alia"]}]}
            for method, path, body in (
                ("PUT", "/templates/meta:7/sale/en", {"category": "UTILITY", "body": "Hi {{1}}"}),
                ("PUT", "/campaigns/sale", sale),
                ("POST", "/campaigns/sale/recipients", guests),
                ("POST", "/campaigns/sale/ready", None),
                ("POST", "/campaigns/sale/start", None),
                ("DELETE", "/templates/meta:7/sale/en", None),
            ):
                assert program.request(method, path, json=body).status_code == 200, path
            reads = ("/campaigns", "/campaigns/sale/outcomes", "/templates", "/dead-letters")
            for path in (
                there,
                f"{there}/timers",
                "/conversations",
                f"/messages/{sent.json()['id']}",
                *reads,
            ):
                assert program.get(path).status_code == 200
            assert program.get("/dead-letters", headers={"Authorization": "Bearer wrong"}).status_code == 401
        metrics = httpx.get(
            f"{stack.webhook}/metrics",
            headers={"Authorization": "Bearer 0123456789abcdef"},
            trust_env=False,
        )
        assert metrics.status_code == 200
        for command in (
            ("sessions", "list"),
            ("sessions", "show", CUSTOMER),
            ("sessions", "close", CUSTOMER),
            ("channels", "list"),
            ("dead", "list"),
            ("events",),
            ("sessions", "forget", CUSTOMER, "--yes"),
        ):
            done = stack.inturn(*command)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        examined = stack.inturn("doctor").stdout
        assert "run@" in examined, examined  # the worker answered by the broker

        refused = seer.execute_command("ACL LOG")

    assert [(entry["reason"], entry["object"]) for entry in refused] == []
