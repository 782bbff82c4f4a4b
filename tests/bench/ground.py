"""What every row stands on: a Valkey as `inturn run` starts it, processes that end with their block, free ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import redis
from pydantic import SecretStr

from session.connection import connect
from session.keys import Keys
from worker.cli.running.embedded import HOST, find_server, server_argv
from worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]
_READY_WITHIN = 60.0
_END_WITHIN = 15.0

META_SENDER = "106540352242922"
SECRET = "bench-secret"
#: The cheapest: what is measured is the system, not who answers.
ASSISTANT = "worker.assistants.echo:assistant"


@dataclass(kw_only=True)
class Ground:
    """A server, and the settings with which everything on it runs."""

    redis_url: str
    folder: Path
    quick: bool
    rounds: int
    #: where flame graphs of the workers go; None: nothing is profiled
    profile: Path | None = None
    #: the tree whose programs run; by default this one
    tree: Path = ROOT
    #: the commit or tag to compare with
    against: str | None = None
    _names: int = field(default=0)

    def environment(self, **more: str) -> dict[str, str]:
        """Return what a process of the system is started with; nothing of the developer's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "PYTHONPATH": str(self.tree),
            "PYTHONWARNINGS": "ignore",
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": self.redis_url,
            "ASSISTANT": ASSISTANT,
            # Each message has an answer of its own.
            "JOIN_REPLIES": "false",
            "META_APP_SECRET": SECRET,
            "META_ACCESS_TOKEN": "bench-token",
            "META_PHONE_NUMBER_ID": META_SENDER,
            # Nothing may ever go out.
            "META_GRAPH_URL": "http://127.0.0.1:9",
            **more,
        }

    def settings(self, **more: object) -> WorkerSettings:
        """Return the same settings for what runs in this process."""
        fields = {
            "redis_url": SecretStr(self.redis_url),
            "assistant": ASSISTANT,
            "meta_phone_number_id": META_SENDER,
            **more,
        }
        return WorkerSettings(_env_file=None, **fields)

    def client(self) -> redis.Redis:
        """Return a client as the system makes it."""
        return connect(SecretStr(self.redis_url), timeout=60)

    def name(self, stem: str) -> str:
        """Return a name that nothing else here has."""
        self._names += 1
        return f"{stem}-{self._names}"

    @contextmanager
    def running(self, *argv: str, **environment: str) -> Iterator["Program"]:
        """Run a Python module with its arguments; it and all that it started end with the block."""
        log = self.folder / f"{self.name(argv[0])}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *argv],
                env=self.environment(**environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Program(process=process, log=log)
        finally:
            # The profiler writes its graph when it is interrupted; asked to end, it would end without.
            end(process, by=signal.SIGINT if argv[0] == "tests.bench.pyspy" else signal.SIGTERM)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A running process and what it said."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for_port(self, port: int) -> None:
        """Return when the program answers HTTP requests."""

        def answers() -> bool:
            with socket.socket() as knock:
                knock.settimeout(2)
                if knock.connect_ex((HOST, port)) != 0:
                    return False
                try:
                    knock.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                    return knock.recv(12).startswith(b"HTTP/1.1 200")
                except OSError:
                    return False

        until(answers, f"port {port} answers", self)


def until(
    condition: object,
    what: str,
    program: Program | None = None,
    *,
    within: float = _READY_WITHIN,
    every: float = 0.005,
) -> None:
    """Return when a condition holds, asked `every` so many seconds; fails with the program's last words if it does not in time."""
    give_up_at = time.monotonic() + within
    while not condition():  # type: ignore[operator]
        fallen = program is not None and program.process.poll() is not None
        if fallen or time.monotonic() > give_up_at:
            words = program.log.read_text(errors="replace")[-3000:] if program else ""
            raise TimeoutError(f"waited in vain until {what}\n{words}")
        time.sleep(every)


def end(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM) -> None:
    """End a process that leads its own group, kindly first."""
    if process.poll() is None:
        process.send_signal(by)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_WITHIN)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clear(client: redis.Redis) -> None:
    """Empty the server, but for what running workers have read once: the secret of the aliases."""
    client.flushall()
    client.set(Keys().shard(0).secret, SECRET)


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@contextmanager
def standing_ground(
    *,
    quick: bool,
    rounds: int,
    profile: Path | None = None,
    tree: Path = ROOT,
    against: str | None = None,
) -> Iterator[Ground]:
    """Start the server with its append-only file, and end it."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(TemporaryDirectory(prefix="inturn-bench-", ignore_cleanup_errors=True))
        )
        port = free_port()
        (folder / "valkey").mkdir()
        server = subprocess.Popen(
            server_argv(find_server(), port=port, data_dir=folder / "valkey"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        stack.callback(end, server)
        ground = Ground(
            redis_url=f"redis://{HOST}:{port}/0",
            folder=folder,
            quick=quick,
            rounds=rounds,
            profile=profile,
            tree=tree,
            against=against,
        )
        until(lambda: _answers(ground), "the server answers")
        yield ground


def _answers(ground: Ground) -> bool:
    try:
        with ground.client() as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
