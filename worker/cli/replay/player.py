"""Plays one run against a deployment, shows its progress, and returns its figures."""

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import click
import httpx

from session.clock import Clock
from session.keys import Keys
from session.store import Redis
from worker.cli.replay.figures import Figures, figures_of
from worker.cli.replay.run import ReplyReader, Run, watched
from worker.cli.replay.schedule import PlannedMessage
from worker.cli.replay.sending import send_all
from worker.cli.replay.target import Target

_SHOW_EVERY = 0.5
_QUIET = 0.3  #: seconds to wait for doubled replies after the last expected one


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """What a run needs."""

    target: Target
    simulator: httpx.Client | None
    store: Redis | None
    keys: Keys
    clock: Clock
    connections: int
    patience: float  #: seconds to wait for replies after the last request

    def play(self, schedule: Iterable[tuple[float, PlannedMessage]]) -> tuple[Run, Figures, bool]:
        """Return the run, its figures, and whether it was complete; Ctrl-C ends a run early, and what was sent is still reported."""
        run = Run(began=self.clock.now().timestamp())
        replies = ReplyReader(self.simulator, run) if self.simulator else None
        run.began = self.clock.now().timestamp()
        stop = threading.Event()
        finished = False
        with watched(run, replies, self.store, self.keys, self.clock):
            sending = threading.Thread(target=self._send, args=(schedule, run, stop), daemon=True)
            sending.start()
            try:
                self._show_until(run, lambda: not sending.is_alive(), within=None)
                if replies:
                    self._show_until(run, lambda: run.answered >= run.expected, within=self.patience)
                    stop.wait(_QUIET)
                finished = True
            except KeyboardInterrupt:
                stop.set()
                sending.join(timeout=20)
                if replies:
                    with suppress(KeyboardInterrupt):
                        self._show_until(run, lambda: run.answered >= run.expected, within=self.patience)
        if replies:
            with suppress(httpx.HTTPError, ValueError):
                replies.read()
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
        return run, figures_of(run, watched=replies is not None), finished

    def _send(
        self, schedule: Iterable[tuple[float, PlannedMessage]], run: Run, stop: threading.Event
    ) -> None:
        send_all(
            schedule,
            url=self.target.url,
            signer=self.target.signer,
            run=run,
            connections=self.connections,
            stop=stop,
            clock=self.clock,
        )

    def _show_until(self, run: Run, over: Callable[[], bool], *, within: float | None) -> None:
        began = self.clock.now().timestamp()
        pause = threading.Event()
        while not over():
            now = self.clock.now().timestamp()
            if within is not None and now - began > within:
                return
            if sys.stderr.isatty():
                click.echo(f"\r\x1b[K{_progress(run, now)}", nl=False, err=True)
            for _ in range(10):
                if over():
                    break
                pause.wait(_SHOW_EVERY / 10)


def _progress(run: Run, now: float) -> str:
    depth = run.depths[-1] if run.depths else None
    waits = f"  waiting {depth.intake}/{depth.turns}/{depth.deliveries}" if depth else ""
    failures = sum(run.failures.values())
    return f"{now - run.began:6.1f} s  sent {len(run.messages):,}  answered {run.answered:,}{waits}" + (
        f"  failures {failures:,}" if failures else ""
    )
