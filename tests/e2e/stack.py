"""The whole stack as real processes, started as its user would, on ports of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_ports

INTURN = [sys.executable, "-P", "-m", "worker.cli"]
_START_WITHIN = 60
_END_WITHIN = 15


class RunningStack:
    """`inturn run`, and a customer's view of it."""

    def __init__(self, folder: Path, env: dict[str, str], http: httpx.Client) -> None:
        self.webhook = f"http://127.0.0.1:{env['PORT']}"
        self.simulator = f"http://127.0.0.1:{env['SIMULATOR_PORT']}"
        self.redis_port = int(env["EMBEDDED_REDIS_PORT"])
        self._folder = folder
        self._env = env
        self._log = folder / "log"
        self._http = http
        with self._log.open("w") as output:
            self.process = subprocess.Popen(
                [*INTURN, "run"], env=env, cwd=folder, stdout=output, stderr=subprocess.STDOUT
            )

    def inturn(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the system beside it, as from a second terminal."""
        return subprocess.run(
            [*INTURN, *arguments],
            check=False,
            env=self._env,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def log(self) -> str:
        return self._log.read_text()

    def environment(self) -> dict[str, str]:
        """What the processes were told beyond the settings of their user: the secrets of this run, for example."""
        record = json.loads((Path(self._env["DATA_DIR"]) / "run.json").read_text())
        told: dict[str, str] = record["environment"]
        return told

    def says(self, customer: str, text: str, channel: str = "meta", **more: Any) -> int:
        """A customer writes; returns what the webhook answered."""
        answer = self._http.post(
            f"/simulator/customers/{customer}/messages", json={"text": text, "channel": channel, **more}
        )
        answer.raise_for_status()
        return int(answer.json()["status"])

    def sent(self) -> dict[str, list[str]]:
        """Everything that the business has sent, customer -> texts in the order of their arrival."""
        received: dict[str, list[str]] = {}
        after = 0
        while messages := self._http.get(f"/simulator/received?after={after}").json()["messages"]:
            for message in messages:
                received.setdefault(message["customer"], []).append(message["text"])
            after = messages[-1]["n"]
        return received

    def tell_together(self, lines: dict[str, list[str]], channel_of: Callable[[str], str]) -> list[int]:
        """Many customers write at once, each one message after the other; returns what the webhook answered."""

        def tell(customer: str) -> list[int]:
            return [self.says(customer, text, channel_of(customer)) for text in lines[customer]]

        with ThreadPoolExecutor(8) as pool:
            return [status for statuses in pool.map(tell, lines) for status in statuses]

    def end(self) -> None:
        """End it as Ctrl-C does, and wait."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(_END_WITHIN)


def wait_for(condition: Callable[[], bool], within: float, what: Callable[[], str]) -> None:
    """Return as soon as a condition holds."""
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, what()
        time.sleep(0.05)


@contextmanager
def running_stack(folder: Path, **settings: str) -> Iterator[RunningStack]:
    """Start the stack with its data in a folder; end it whatever happens."""
    port, simulator_port, redis_port = free_ports(3)
    env = {
        **os.environ,
        "PORT": str(port),
        "SIMULATOR_PORT": str(simulator_port),
        "EMBEDDED_REDIS_PORT": str(redis_port),
        "DATA_DIR": str(folder / "data"),
        "ASSISTANT": "worker.assistants.echo:assistant",
        # Whatever is written is answered at once.
        "GATHER_SECONDS": "0",
        **settings,
    }
    with httpx.Client(base_url=f"http://127.0.0.1:{simulator_port}", timeout=30, trust_env=False) as http:
        stack = RunningStack(folder, env, http)
        yield from _until_done(stack)


def _until_done(stack: RunningStack) -> Iterator[RunningStack]:
    try:
        wait_for(lambda: _is_ready(stack), _START_WITHIN, stack.log)
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.process.send_signal(signal.SIGTERM)
            try:
                stack.process.wait(_END_WITHIN)
            except subprocess.TimeoutExpired:
                stack.process.kill()
                raise


def _is_ready(stack: RunningStack) -> bool:
    assert stack.process.poll() is None, stack.log()
    return any(line.startswith("ready") for line in stack.log().splitlines())
