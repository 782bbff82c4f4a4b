"""Which processes make up the stack on one machine, and with which settings each of them runs."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from worker.cli.folder import PYTHON
from worker.cli.running.embedded import HOST, find_server, server_argv
from worker.cli.running.ports import PortTaken, claim, next_free, url_of
from worker.cli.running.process import Process
from worker.cli.running.readiness import has_files, http_answers, redis_answers, worker_answers
from worker.cli.running.settings import RunSettings
from worker.cli.running.simulated import simulated_environment, write_senders

_INTURN = "worker.cli"
_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The processes in the order in which they are started, and what they have in common."""

    stages: Sequence[Sequence[Process]]
    redis_url: SecretStr
    webhook_url: str
    simulator_url: str | None
    #: The settings that the processes have beyond the user's own.
    environment: Mapping[str, str]


def plan(settings: RunSettings, inherited: Mapping[str, str]) -> Stack:
    """Return the stack for these settings.

    Raises:
        PortTaken: another program listens where a part of the stack should.
        NoServer: the settings name no Redis, and this machine has none.

    """
    webhook_url = url_of(settings.host, settings.port)
    claim("PORT", settings.host, settings.port)
    # Named, so that other commands know who answers here.
    own: dict[str, str] = {
        "ASSISTANT": settings.assistant,
        "ASSISTANT_RELOAD": str(settings.reloads).lower(),
    }
    simulator_url = None
    if not settings.provider_is_configured:
        claim("SIMULATOR_PORT", HOST, settings.simulator_port)
        simulator_url = url_of(HOST, settings.simulator_port)
        own |= simulated_environment(webhook_url=webhook_url, simulator_url=simulator_url)
        if not settings.typing_is_chosen:
            own["META_TYPING"] = "true"
        if settings.shows_both_businesses:
            own["SENDERS_FILE"] = str(write_senders(settings.data_dir / "simulated"))
    stages: list[list[Process]] = []
    redis_url = settings.session_redis_url
    if not settings.redis_is_named:
        port = _embedded_port(settings)
        redis_url = SecretStr(f"redis://{HOST}:{port}/0")
        own["REDIS_URL"] = redis_url.get_secret_value()
        stages.append([_valkey(settings, port, redis_url, inherited)])
    # What a process prints is shown at once, not when its buffer is full.
    env = {**inherited, **own, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": _warnings(inherited)}
    programs = [
        _served("webhook", at=(settings.host, settings.port), asked=f"{webhook_url}/healthz", env=env),
        _worker(settings, settings.broker_url or redis_url, env),
        _beat(settings, env),
    ]
    if simulator_url:
        programs.append(
            _served(
                "simulator",
                at=(HOST, settings.simulator_port),
                asked=f"{simulator_url}/simulator/faults",
                env=env,
            )
        )
    return Stack(
        stages=[*stages, programs],
        redis_url=redis_url,
        webhook_url=webhook_url,
        simulator_url=simulator_url,
        environment=own,
    )


def _warnings(inherited: Mapping[str, str]) -> str:
    # Celery warns whoever works as root, in a container for example, because of pickle. We take JSON only.
    theirs = inherited.get("PYTHONWARNINGS", "")
    return f"{theirs},{_ROOT_WARNING}" if theirs else _ROOT_WARNING


def _embedded_port(settings: RunSettings) -> int:
    wanted = settings.embedded_redis_port
    if settings.embedded_port_is_chosen:
        claim("EMBEDDED_REDIS_PORT", HOST, wanted)
        return wanted
    free = next_free(HOST, wanted)
    if free is None:
        raise PortTaken("EMBEDDED_REDIS_PORT", wanted, HOST)
    return free


def _valkey(settings: RunSettings, port: int, url: SecretStr, env: Mapping[str, str]) -> Process:
    folder = settings.data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Process(
        name="valkey",
        argv=server_argv(find_server(), port=port, data_dir=folder),
        env=env,
        ready=redis_answers(url),
        hushed=("Memory overcommit must be enabled",),
    )


def _served(app: str, *, at: tuple[str, int], asked: str, env: Mapping[str, str]) -> Process:
    host, port = at
    return Process(
        name=app,
        argv=(*PYTHON, "webhook.serving", app, "--host", host, "--port", str(port)),
        env=env,
        ready=http_answers(asked),
    )


def _worker(settings: RunSettings, broker: SecretStr, env: Mapping[str, str]) -> Process:
    name = f"run@{socket.gethostname()}"
    return Process(
        name="worker",
        argv=(*PYTHON, _INTURN, "worker", "--concurrency", str(settings.worker_concurrency), "-n", name),
        env=env,
        ready=worker_answers(broker, name),
    )


def _beat(settings: RunSettings, env: Mapping[str, str]) -> Process:
    folder = settings.data_dir / "beat"
    return Process(
        name="beat",
        argv=(*PYTHON, _INTURN, "beat", "--schedule", str(folder / "schedule")),
        env=env,
        ready=has_files(folder),
    )
