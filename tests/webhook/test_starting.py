"""A wrong setting ends the start with one line that names it, whoever starts the webhook."""

import os
import socket
import subprocess
import sys

import pytest

from tests.ports import free_ports

GRANIAN = ["granian", "--factory", "--port", "{port}"]
GUNICORN = ["gunicorn", "--bind", "127.0.0.1:{port}"]
STARTS = {
    "webhook": ["webhook.serving", "--port", "{port}"],
    "several processes": ["webhook.serving", "--port", "{port}", "--workers", "2"],
    "desk": ["webhook.serving", "desk", "--port", "{port}"],
    "granian": [*GRANIAN, "--interface", "rsgi", "webhook.serving.apps:webhook"],
    "granian, bare": [*GRANIAN, "--interface", "wsgi", "webhook.app:create_app"],
    "gunicorn": [*GUNICORN, "webhook.app:create_app()"],
    "gunicorn, desk": [*GUNICORN, "webhook.desk:create_app()"],
}


def started(command: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    port = str(free_ports(1)[0])
    return subprocess.run(
        [sys.executable, "-m", *(word.replace("{port}", port) for word in command)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", **settings},
        timeout=60,
    )


def said(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines of the system."""
    assert "Traceback" not in ended.stderr + ended.stdout
    return [line for line in ended.stderr.splitlines() if line.startswith("inturn:")]


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS.keys())
def test_a_wrong_setting_is_one_line_and_a_status(command):
    ended = started(command, DESK_PASSWORD="short")

    (line,) = said(ended)
    assert line == "inturn: invalid settings: DESK_PASSWORD: must have 12 characters or more"
    assert ended.returncode != 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("METRICS_TOKEN", "short"), ("LOG_LEVEL", "LOUD"), ("SHARDS", "none"), ("WEBHOOK_THREADS", "0")],
)
def test_whatever_is_wrong_is_named_and_its_value_is_not(name, value):
    ended = started(STARTS["webhook"], **{name: value, "META_APP_SECRET": "hunter2"})

    (line,) = said(ended)
    assert name in line
    assert "hunter2" not in ended.stderr


def test_all_problems_are_reported_at_once():
    (line,) = said(started(STARTS["webhook"], METRICS_TOKEN="short", SHARDS="none"))

    assert "METRICS_TOKEN: " in line
    assert "SHARDS: " in line


def test_a_desk_without_agents_is_one_line_too():
    assert said(started(STARTS["desk"])) == ["inturn: the desk is off: set DESK_PASSWORD or DESK_AGENTS"]


def test_a_port_that_is_taken_is_one_line_too():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        (line,) = said(started(["webhook.serving", "--port", port]))

    assert port in line
    assert "--port" in line


def test_two_simulators_that_would_know_different_things_are_refused():
    (line,) = said(started(["webhook.serving", "simulator", "--workers", "2"]))

    assert "--workers 1" in line
