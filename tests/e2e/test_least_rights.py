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
        ) as stack,
    ):
        for channel in ("meta", "twilio"):
            assert stack.says(CUSTOMER, f"hello {channel}", channel) == 200
        wait_for(lambda: len(stack.sent().get(CUSTOMER, ())) == 2, 20, stack.log)
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
