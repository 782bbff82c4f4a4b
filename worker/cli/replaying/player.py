"""Plays one run against a deployment and returns what it came to. Shows how it goes on while it goes on."""

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
from worker.cli.replaying.crowd import Planned
from worker.cli.replaying.figures import Figures, figures_of
from worker.cli.replaying.record import Run
from worker.cli.replaying.sending import send_all
from worker.cli.replaying.target import Target
from worker.cli.replaying.watching import Replies, watched

_SHOW_EVERY = 0.5
_QUIET = 0.3  #: seconds to wait for doubled replies after the last expected one


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Everything that a run needs."""

    target: Target
    simulator: httpx.Client | None
    store: Redis | None
    keys: Keys
    clock: Clock
    connections: int
    patience: float  #: seconds to wait for replies after the last request

    def play(self, schedule: Iterable[tuple[float, Planned]]) -> tuple[Run, Figures, bool]:
        """Return the run, its figures, and whether it was played to its end; Ctrl-C ends it early, nothing is lost by it."""
        run = Run(began=self.clock.now().timestamp())
        replies = Replies(self.simulator, run) if self.simulator else None
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

    def _send(self, schedule: Iterable[tuple[float, Planned]], run: Run, stop: threading.Event) -> None:
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
                click.echo(f"\r\x1b[K{_live(run, now)}", nl=False, err=True)
            for _ in range(10):
                if over():
                    break
                pause.wait(_SHOW_EVERY / 10)


def _live(run: Run, now: float) -> str:
    depth = run.depths[-1] if run.depths else None
    waits = f"  waiting {depth.intake}/{depth.turns}/{depth.deliveries}" if depth else ""
    trouble = sum(run.failures.values())
    return f"{now - run.began:6.1f} s  sent {len(run.told):,}  answered {run.answered:,}{waits}" + (
        f"  trouble {trouble:,}" if trouble else ""
    )
