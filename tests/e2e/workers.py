"""Real processes on a server of their own: workers and a beat, an assistant that the test writes, and nobody to send to.

What was answered lies in the outboxes: without credentials nothing is sent.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import redis
from pydantic import SecretStr

from session.connection import connect
from session.messages import Delivery
from tests.chaos.program import Program
from tests.ports import free_ports
from tests.stores import Stores
from tests.valkey import running_server, until
from tests.values import message

ROOT = Path(__file__).parents[2]


class Workers:
    """A server, a beat and workers that are started again when they end."""

    def __init__(self, folder: Path, url: str, assistant: str, **settings: str) -> None:
        self.folder = folder
        self.url = url
        (folder / "hired.py").write_text(assistant, encoding="utf-8")
        self.env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
            "PYTHONWARNINGS": "ignore",
            "REDIS_URL": url,
            "ASSISTANT": "hired:assistant",
            "SWEEP_SECONDS": "0.5",
            **settings,
        }
        self.stores = Stores.on(connect(SecretStr(url), timeout=5))
        self.programs: list[Program] = []

    def worker(self, name: str, *flags: str, env: dict[str, str] | None = None) -> Program:
        """Start a worker; it is ready some seconds later."""
        words = ["worker", "-n", f"{name}@hostile", "--without-gossip", "--without-mingle", *flags]
        return self.start(name, words, " ready.", env)

    def beat(self, env: dict[str, str] | None = None) -> Program:
        return self.start("beat", ["beat", "-s", str(self.folder / "schedule")], None, env)

    def start(self, name: str, words: list[str], says: str | None, env: dict[str, str] | None) -> Program:
        argv = [sys.executable, "-m", "celery", "-q", "-A", "worker.app", *words]
        program = Program(name, argv, env={**self.env, **(env or {})}, folder=self.folder, says=says)
        program.start()
        self.programs.append(program)
        return program

    def wait(self, holds: Callable[[], object], what: str, *, seconds: float = 60) -> None:
        """Wait for a condition; who has ended meanwhile is started again, as a supervisor would."""

        def looked() -> object:
            for program in self.programs:
                if program.has_fallen:
                    program.start()
            return holds()

        try:
            until(looked, what, seconds=seconds)
        except AssertionError as error:
            logs = "\n".join(f"--- {one.name}\n{one.tail(6000)}" for one in self.programs)
            raise AssertionError(f"{error}\n{logs}") from None

    def writes(self, customer: str, *texts: str) -> None:
        batch = [message(f"{customer}.{text}", text, customer=customer) for text in texts]
        self.stores.mailboxes.receive(batch, now=datetime.now(UTC))

    def answers(self, customer: str) -> list[str]:
        """Return what was answered, in its order."""
        entries = self.stores.client.lrange(self.stores.keys.of(f"whatsapp:{customer}").outbox, 0, -1)
        return [Delivery.model_validate_json(entry).reply.text for entry in entries]

    def end(self) -> None:
        for program in self.programs:
            program.kill()


@contextmanager
def workers(folder: Path, assistant: str, **settings: str) -> Iterator[Workers]:
    """Start a server; end everything whatever happens."""
    (port,) = free_ports(1)
    with ExitStack() as stack:
        stack.enter_context(running_server(port=port))
        found = Workers(folder, f"redis://127.0.0.1:{port}/0", assistant, **settings)
        stack.callback(found.end)
        stack.enter_context(redis.Redis.from_url(found.url))
        yield found
