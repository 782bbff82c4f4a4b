"""Which programs make up the stack on one machine, and the settings of each."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from session.channels import PROVIDERS
from worker.cli.folder import PYTHON
from worker.cli.running.embedded import HOST, find_server, server_argv
from worker.cli.running.probes import (
    PortTaken,
    has_files,
    http_answers,
    next_free,
    redis_answers,
    require_free_port,
    url_of,
    worker_answers,
)
from worker.cli.running.process import Program
from worker.cli.running.settings import RunSettings
from worker.cli.running.simulated import require_simulator, simulated_environment, write_senders

_INTURN = "worker.cli"
_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The programs in the order in which they are started, and what they have in common."""

    stages: Sequence[Sequence[Program]]
    redis_url: SecretStr
    webhook_url: str
    simulator_url: str | None
    #: The settings that the programs have in addition to the user's.
    environment: Mapping[str, str]


def plan(settings: RunSettings, inherited: Mapping[str, str]) -> Stack:
    """Return the stack for these settings.

    Raises:
        PortTaken: another program listens on a port that the stack needs.
        NoSuchAddress: this machine does not have the address HOST.
        SimulatorMissing: no provider is configured, and the simulator is not installed.
        NoServer: the settings name no Redis, and this machine has no server.

    """
    webhook_url = url_of(settings.host, settings.port)
    require_free_port("PORT", settings.host, settings.port)
    # Other commands read it from the record of the stack.
    own: dict[str, str] = {
        "ASSISTANT": settings.assistant,
        "ASSISTANT_RELOAD": str(settings.reloads).lower(),
        "MEDIA_DIR": str(settings.media_folder.resolve()),
    }
    simulator_url = None
    if not settings.provider_is_configured:
        require_simulator()
        require_free_port("SIMULATOR_PORT", HOST, settings.simulator_port)
        simulator_url = url_of(HOST, settings.simulator_port)
        own |= simulated_environment(webhook_url=webhook_url, simulator_url=simulator_url)
        if not settings.typing_is_chosen:
            own |= {one.typing.upper(): "true" for one in PROVIDERS.values() if one.typing}
        if settings.shows_both_businesses:
            own["SENDERS_FILE"] = str(
                write_senders(settings.data_dir / "simulated", has_answers=settings.faq_file is not None)
            )
    stages: list[list[Program]] = []
    redis_url = settings.session_redis_url
    if not settings.redis_is_named:
        port = _embedded_port(settings)
        redis_url = SecretStr(f"redis://{HOST}:{port}/0")
        own["REDIS_URL"] = redis_url.get_secret_value()
        stages.append([_valkey(settings, port, redis_url, inherited)])
    # Output is shown at once, not when a buffer is full.
    env = {**inherited, **own, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": _warnings(inherited)}
    programs = [
        _served("webhook", at=(settings.host, settings.port), probe=f"{webhook_url}/healthz", env=env),
        _worker(settings.broker_url or redis_url, env),
        _beat(settings, env),
    ]
    if simulator_url:
        programs.append(
            _served(
                "simulator",
                at=(HOST, settings.simulator_port),
                probe=f"{simulator_url}/simulator/faults",
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
    # Celery warns when it runs as root, as in a container, because of pickle. Only JSON is accepted here.
    others = inherited.get("PYTHONWARNINGS", "")
    return f"{others},{_ROOT_WARNING}" if others else _ROOT_WARNING


def _embedded_port(settings: RunSettings) -> int:
    wanted = settings.embedded_redis_port
    if settings.embedded_port_is_chosen:
        require_free_port("EMBEDDED_REDIS_PORT", HOST, wanted)
        return wanted
    free = next_free(HOST, wanted)
    if free is None:
        raise PortTaken("EMBEDDED_REDIS_PORT", wanted, HOST)
    return free


def _valkey(settings: RunSettings, port: int, url: SecretStr, env: Mapping[str, str]) -> Program:
    folder = settings.data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Program(
        name="valkey",
        argv=server_argv(find_server(), port=port, data_dir=folder),
        env=env,
        ready=redis_answers(url),
        hidden=("Memory overcommit must be enabled",),
    )


def _served(app: str, *, at: tuple[str, int], probe: str, env: Mapping[str, str]) -> Program:
    host, port = at
    return Program(
        name=app,
        argv=(*PYTHON, "webhook.serving", app, "--host", host, "--port", str(port)),
        env=env,
        ready=http_answers(probe),
    )


def _worker(broker: SecretStr, env: Mapping[str, str]) -> Program:
    name = f"run@{socket.gethostname()}"
    return Program(
        name="worker",
        argv=(*PYTHON, _INTURN, "worker", "-n", name),
        env=env,
        ready=worker_answers(broker, name),
    )


def _beat(settings: RunSettings, env: Mapping[str, str]) -> Program:
    folder = settings.data_dir / "beat"
    return Program(
        name="beat",
        argv=(*PYTHON, _INTURN, "beat", "--schedule", str(folder / "schedule")),
        env=env,
        ready=has_files(folder),
    )
