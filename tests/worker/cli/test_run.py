"""`inturn run`: the whole stack is started, started twice, killed and ended."""

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

from tests.ports import free_ports
from tests.valkey import until
from worker.cli.running.process_groups import start_time_of
from worker.cli.running.stack import read_record, running_stack

INTURN = (sys.executable, "-c", "from worker.cli import main; main()")


@pytest.fixture
def environment() -> dict[str, str]:
    names = ("PORT", "SIMULATOR_PORT", "EMBEDDED_REDIS_PORT")
    return {**os.environ, **dict(zip(names, map(str, free_ports(3)), strict=True))}


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
        assert [process.name for process in stack.processes] == [
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
        assert [f for f in findings["findings"] if f["verdict"] != "ok"] == []

        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
    assert [process.name for process in stack.processes if start_time_of(process.pid)] == []
    assert running_stack(tmp_path / ".data") is None


def test_after_a_kill_nothing_is_left_and_the_next_stack_has_the_data(tmp_path, environment):
    with running(tmp_path, environment) as process:
        stack = running_stack(tmp_path / ".data")
        with redis.Redis.from_url(stack.redis_url) as client:
            client.set("a", "kept")
        process.kill()
    until(
        lambda: not any(start_time_of(process.pid) for process in stack.processes),
        "all of it is gone",
        seconds=15,
    )
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


def test_an_unreachable_redis_of_the_settings_is_reported_at_once(tmp_path, environment):
    refused = inturn(tmp_path, {**environment, "REDIS_PORT": str(free_ports(1)[0])}, "run")
    assert refused.returncode == 1
    assert "REDIS_PORT" in refused.stderr
