"""`inturn run`: the whole stack, as a person starts, doubles, kills and ends it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import redis
from pydantic import SecretStr

from tests.valkey import until
from worker.cli.running.embedded import APPENDFSYNC, find_server, server_argv
from worker.cli.running.identity import birth_of
from worker.cli.running.plan import plan
from worker.cli.running.ports import PortTaken, claim, next_free
from worker.cli.running.record import read_record
from worker.cli.running.settings import RunSettings
from worker.cli.running.stack import running_stack

INTURN = (sys.executable, "-c", "from worker.cli import main; main()")


def free_ports(count: int) -> list[str]:
    with contextmanager(_free_ports)(count) as ports:
        return ports


def _free_ports(count: int) -> Iterator[list[str]]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    yield [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()


@pytest.fixture
def environment() -> dict[str, str]:
    names = ("PORT", "SIMULATOR_PORT", "EMBEDDED_REDIS_PORT")
    return {**os.environ, **dict(zip(names, free_ports(3), strict=True))}


@contextmanager
def running(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run `inturn run` in a folder and wait until it is ready."""
    log = (folder / "log").open("w+")
    with (
        log,
        subprocess.Popen((*INTURN, "run"), cwd=folder, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            said = (folder / "log").read_text
            until(
                lambda: "\nready in " in said() or process.poll() is not None,
                "the stack is ready",
                seconds=60,
            )
            assert process.poll() is None, said()
            yield process
        finally:
            process.terminate()


def inturn(folder: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        (*INTURN, *words), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_stack_starts_is_healthy_refuses_a_second_and_ends(tmp_path, environment):
    with running(tmp_path, {**environment, "DESK_PASSWORD": "a long password"}) as process:
        stack = running_stack(tmp_path / ".data")
        said = (tmp_path / "log").read_text()
        assert f"Desk at {stack.webhook_url}/desk." in said
        assert httpx.get(f"{stack.webhook_url}/desk", follow_redirects=True).status_code == HTTPStatus.OK
        assert [member.name for member in stack.members] == [
            "valkey",
            "webhook",
            "worker",
            "beat",
            "simulator",
        ]

        second = inturn(tmp_path, environment, "run")
        assert second.returncode == 1
        assert f"kill {process.pid}" in second.stderr

        # Another terminal, without any settings, finds all of it.
        doctor = inturn(tmp_path, dict(os.environ), "doctor", "--json")
        findings = json.loads(doctor.stdout)
        assert findings["healthy"], findings
        assert all(finding["verdict"] == "ok" for finding in findings["findings"]), findings

        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
    assert [member.name for member in stack.members if birth_of(member.pid)] == []
    assert running_stack(tmp_path / ".data") is None


def test_after_a_kill_nothing_is_left_and_the_next_stack_has_the_data(tmp_path, environment):
    with running(tmp_path, environment) as process:
        stack = running_stack(tmp_path / ".data")
        with redis.Redis.from_url(stack.redis_url) as client:
            client.set("a", "kept")
        process.kill()
    until(lambda: not any(birth_of(member.pid) for member in stack.members), "all of it is gone", seconds=15)
    with running(tmp_path, environment), redis.Redis.from_url(stack.redis_url) as client:
        assert client.get("a") == b"kept"


def test_a_taken_port_is_named_with_its_setting_and_nothing_starts(tmp_path, environment):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = inturn(tmp_path, {**environment, "PORT": port}, "run")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: another program listens on 127.0.0.1 port {port}: end it, or set PORT to a free port\n"
    )
    assert read_record(tmp_path / ".data") is None


def test_a_redis_that_is_named_and_away_is_said_at_once(tmp_path, environment):
    refused = inturn(tmp_path, {**environment, "REDIS_PORT": free_ports(1)[0]}, "run")
    assert refused.returncode == 1
    assert "REDIS_PORT" in refused.stderr


def test_a_port_is_free_or_its_setting_is_named():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match="SIMULATOR_PORT"):
            claim("SIMULATOR_PORT", "127.0.0.1", port)
        assert next_free("127.0.0.1", port) != port
        assert next_free("127.0.0.1", port, tries=1) is None
    claim("SIMULATOR_PORT", "127.0.0.1", port)


def settings(folder: Path, **changes: object) -> RunSettings:
    port, simulator_port = (int(port) for port in free_ports(2))
    return RunSettings(data_dir=folder, port=port, simulator_port=simulator_port, **changes)


def names(stack) -> list[list[str]]:
    return [[process.name for process in stage] for stage in stack.stages]


def test_a_stack_without_settings_brings_a_server_and_a_simulator(tmp_path):
    stack = plan(settings(tmp_path), {"HOME": "/"})
    assert names(stack) == [["valkey"], ["webhook", "worker", "beat", "simulator"]]
    told = stack.stages[1][0].env
    assert told["HOME"] == "/"
    assert told["REDIS_URL"] == stack.redis_url.get_secret_value()
    assert told["META_GRAPH_URL"] == told["TWILIO_API_URL"] == stack.simulator_url
    assert told["PUBLIC_URL"] == stack.webhook_url
    assert len({told[name] for name in told if "SECRET" in name or "TOKEN" in name}) == 4


@pytest.mark.parametrize(("chosen", "told"), [({}, "true"), ({"meta_typing": False}, None)])
def test_on_the_simulators_phones_the_house_is_seen_typing_unless_somebody_says_otherwise(
    tmp_path, chosen, told
):
    assert plan(settings(tmp_path, **chosen), {}).environment.get("META_TYPING") == told


def test_a_redis_of_ones_own_is_used_instead(tmp_path):
    stack = plan(settings(tmp_path, redis_url=SecretStr("redis://elsewhere/3")), {})
    assert names(stack) == [["webhook", "worker", "beat", "simulator"]]
    assert stack.redis_url == SecretStr("redis://elsewhere/3")
    assert "REDIS_URL" not in stack.environment


def test_a_provider_of_ones_own_is_used_instead(tmp_path):
    stack = plan(settings(tmp_path, meta_access_token=SecretStr("mine")), {})
    assert names(stack)[1] == ["webhook", "worker", "beat"]
    assert set(stack.environment) == {"REDIS_URL", "ASSISTANT", "ASSISTANT_RELOAD"}


def test_the_port_of_the_embedded_server_is_the_next_free_one_unless_it_is_chosen(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match="EMBEDDED_REDIS_PORT"):
            plan(settings(tmp_path, embedded_redis_port=port), {})


def test_the_server_writes_down_what_it_answers_and_listens_here_only(tmp_path):
    argv = server_argv(find_server(), port=6390, data_dir=tmp_path)
    pairs = dict(zip(argv[1::2], argv[2::2], strict=True))
    assert pairs["--appendonly"] == "yes"
    assert pairs["--appendfsync"] == APPENDFSYNC
    assert pairs["--bind"] == "127.0.0.1"
    assert pairs["--maxmemory-policy"] == "noeviction"
    assert pairs["--dir"] == str(tmp_path)
