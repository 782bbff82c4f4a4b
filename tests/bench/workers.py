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
    flags: tuple[str, ...]
    slots: int  #: tasks that run at the same time, in all commands together

    def __str__(self) -> str:
        return self.name


SOLO = Pool(name="solo x 2", commands=2, flags=("--pool", "solo"), slots=2)
PREFORK = Pool(name="prefork -c 2", commands=1, flags=("--pool", "prefork", "--concurrency", "2"), slots=2)


def threads(each: int) -> Pool:
    return Pool(
        name=f"threads -c {each} x 2",
        commands=2,
        flags=("--pool", "threads", "--concurrency", str(each)),
        slots=2 * each,
    )


@contextmanager
def working(ground: Ground, app: str, pool: Pool, **environment: str) -> Iterator[list[Program]]:
    """Run the workers of an app, `celery -A tests.bench.<app> worker`, until the block ends."""
    module = f"tests.bench.{app}"
    with ExitStack() as stack:
        with ground.client() as client:
            before = _listening(client)
        programs = []
        for _ in range(pool.commands):
            name = ground.name("w")
            argv = ["celery", "-A", module, "worker", *pool.flags, "-n", f"{name}@bench"]
            argv += ["--without-gossip", "--without-mingle"]
            if ground.profile and app == "accepting":
                argv = _profiled(ground, f"{name}-{pool.name.split()[0]}", argv)
            programs.append(stack.enter_context(ground.running(*argv, **environment)))
        with ground.client() as client:
            until(lambda: _listening(client) >= before + pool.commands, "the workers listen", programs[0])
        yield programs


def _listening(client: redis.Redis) -> int:
    """Return how many workers wait for a task: each has one connection for it."""
    return sum(one["cmd"] == "brpop" for one in client.client_list())


def _profiled(ground: Ground, name: str, argv: list[str]) -> list[str]:
    assert ground.profile is not None
    ground.profile.mkdir(parents=True, exist_ok=True)
    output = str(ground.profile / f"profile-{name}.svg")
    flags = ["--format", "flamegraph", "--rate", "200", "--subprocesses", "--nonblocking", "--output", output]
    return ["tests.bench.pyspy", "record", *flags, "--", sys.executable, "-m", *argv]
