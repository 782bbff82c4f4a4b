"""Worker processes of a pool: ours and the baseline's are started alike."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import redis

from tests.bench.ground import Ground, Program, until


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How many worker commands, and which pool each has."""

    name: str
    commands: int
    flags: tuple[str, ...] = ()  #: those of `celery worker`; without any it is started by `inturn worker`

    def __str__(self) -> str:
        return self.name


def started(commands: int) -> Pool:
    """Return what README starts: `inturn worker` chooses the pool and its size."""
    return Pool(name=f"inturn worker x {commands}", commands=commands)


STARTED = started(2)
SOLO = Pool(name="solo x 2", commands=2, flags=("--pool", "solo"))


@contextmanager
def working(ground: Ground, app: str | None, pool: Pool, **environment: str) -> Iterator[list[Program]]:
    """Run the workers of an app, tests.bench.<app>, until the block ends; without an app those of the ground's tree."""
    with ExitStack() as stack:
        with ground.client() as client:
            before = listening(client)
        programs = [
            stack.enter_context(worker(ground, app, pool, **environment)) for _ in range(pool.commands)
        ]
        with ground.client() as client:
            until(lambda: listening(client) >= before + pool.commands, "the workers listen", programs[0])
        yield programs


@contextmanager
def worker(ground: Ground, app: str | None, pool: Pool, **environment: str) -> Iterator[Program]:
    """Run one of the commands of a pool; it may not listen yet."""
    name = ground.name("w")
    argv = [*_command(app, pool), "-n", f"{name}@bench"]
    if ground.profile and app != "noop":
        argv = _profiled(ground, f"{name}-{pool.name.split()[0]}", argv)
    with ground.running(*argv, **environment) as program:
        yield program


def _command(app: str | None, pool: Pool) -> list[str]:
    if app is None:
        return ["worker.cli", "worker"]
    if not pool.flags:
        return ["tests.bench.started", f"tests.bench.{app}"]
    module = f"tests.bench.{app}"
    return ["celery", "-A", module, "worker", *pool.flags, "--without-gossip", "--without-mingle"]


def listening(client: redis.Redis) -> int:
    """Return how many workers wait for a task: each has one connection for it."""
    return sum(one["cmd"] == "brpop" for one in client.client_list())


def _profiled(ground: Ground, name: str, argv: list[str]) -> list[str]:
    assert ground.profile is not None
    ground.profile.mkdir(parents=True, exist_ok=True)
    output = str(ground.profile / f"profile-{name}.svg")
    flags = ["--format", "flamegraph", "--rate", "200", "--subprocesses", "--nonblocking", "--output", output]
    return ["tests.bench.pyspy", "record", *flags, "--", sys.executable, "-m", *argv]
