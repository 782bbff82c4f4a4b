"""What a run costs: wall time, and processor time of the workers and of the server, a message."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import redis

from tests.bench.ground import Program
from tests.bench.rows import Goal, Row

_PROC = Path("/proc")
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run: `rate` in messages a second; the others in microseconds of user and system time a message."""

    rate: float
    workers: float
    server: float

    @property
    def cpu(self) -> float:
        return self.workers + self.server


class Meter:
    """Measures from its creation on; `programs` with everything that they started, and the server of a client.

    Without /proc (not Linux) the processor time of the workers is 0.
    """

    def __init__(self, programs: Sequence[Program], client: redis.Redis) -> None:
        self._programs, self._client = programs, client
        self._workers, self._server = cpu_seconds(programs), _server_seconds(client)
        self._began = time.perf_counter()

    def cost(self, messages: int, *, wall: float | None = None) -> Cost:
        """Return what it cost so far; `wall` is in seconds, by default since the creation."""
        wall = wall or time.perf_counter() - self._began
        workers = cpu_seconds(self._programs) - self._workers
        server = _server_seconds(self._client) - self._server
        return Cost(rate=messages / wall, workers=workers / messages * 1e6, server=server / messages * 1e6)


def cpu_seconds(programs: Sequence[Program]) -> float:
    """Return the user and system time of programs and all their processes, ended ones included; in ticks of 10 ms."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in _family(programs)) * _TICK


def memory_mb(programs: Sequence[Program]) -> float:
    """Return the resident memory of programs and all their processes now."""
    pages = sum(int(_read(pid, "statm").split()[1]) for pid in _family(programs))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_memory_mb(programs: Sequence[Program]) -> float:
    """Return the most resident memory that programs and all their processes have had so far, each at its own time."""
    lines = [line for pid in _family(programs) for line in _read(pid, "status").splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def cost_rows(
    name: str, ours: Sequence[Cost], theirs: Sequence[Cost], *, against: str, rate: Goal | None, note: str
) -> list[Row]:
    """Return two rows of the same runs: messages a second, and processor time of workers and server a message."""
    rates = Row(
        name=name,
        unit="/s",
        ours=[one.rate for one in ours],
        against=against,
        baseline=[one.rate for one in theirs],
        goal=rate,
        note=note,
    )
    cpu = Row(
        name=f"{name}, CPU a message",
        unit="µs",
        ours=[one.cpu for one in ours],
        against=against,
        baseline=[one.cpu for one in theirs],
        note=f"ours: {parts(ours)}" + (f"; theirs: {parts(theirs)}" if theirs else ""),
    )
    return [rates, cpu]


def parts(costs: Sequence[Cost], who: str = "workers") -> str:
    """Return the medians of the components as words."""
    return f"{who} {median(c.workers for c in costs):.0f} + Valkey {median(c.server for c in costs):.0f}"


def _server_seconds(client: redis.Redis) -> float:
    used = client.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def _family(programs: Sequence[Program]) -> list[int]:
    """Return the processes of programs: each leads a session of its own."""
    leaders = {str(program.process.pid) for program in programs}
    pids = [int(entry.name) for entry in _PROC.glob("[0-9]*")]
    return [pid for pid in pids if (stat := _stat(pid)) and stat[3] in leaders]


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat after the name: state, parent, group, session, ...; none if it has ended."""
    return _read(pid, "stat").rpartition(")")[2].split()


def _read(pid: int, name: str) -> str:
    try:
        return (_PROC / str(pid) / name).read_text()
    except OSError:
        return ""
