"""`inturn run`: the whole stack in one terminal. Connects the parts in `running/`."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import click

from session.clock import SystemClock
from worker.assistants.catalogue import load_samples
from worker.cli.running.console import Console
from worker.cli.running.leftovers import end_leftovers, guarded
from worker.cli.running.plan import Stack, plan
from worker.cli.running.probes import redis_answers
from worker.cli.running.process import Process
from worker.cli.running.process_groups import start_time_of
from worker.cli.running.settings import RunSettings, inherited_environment
from worker.cli.running.stack import (
    ProcessRecord,
    RunningStack,
    locked,
    read_record,
    remove_record,
    write_record,
)
from worker.cli.running.supervisor import Supervisor, SupervisorLimits
from worker.opening import open_meaning

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds within which the processes of a killed supervisor are ended.
_LEFTOVERS_WITHIN = 7.0


class StopRequest:
    """A request to end the stack. It may be made by a signal handler or in any thread."""

    def __init__(self) -> None:
        # Its `put` is reentrant. `Event.set` in a signal handler waits for ever if it interrupts `Event.wait`.
        self._requests: SimpleQueue[None] = SimpleQueue()
        self._made = False

    def make(self) -> None:
        """Request the end."""
        self._requests.put(None)

    def made(self, within: float = 0) -> bool:
        """Return whether the end is requested; wait up to so many seconds for it."""
        with suppress(Empty):
            if not self._made:
                self._requests.get(timeout=within)
                self._made = True
        return self._made

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Let Ctrl-C, `kill` and a closed terminal request the end."""
        before = {number: signal.signal(number, lambda *_: self.make()) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@click.command()
@click.option("--no-reload", is_flag=True, help="Do not load the assistant again when its files are saved.")
def run(*, no_reload: bool) -> None:
    """Start everything in this terminal; Ctrl-C ends it.

    That is: the webhook, a worker and beat; Valkey unless the settings name a Redis; and a simulator of WhatsApp unless a
    provider is configured.
    """
    settings = RunSettings.load()
    if no_reload:
        settings = settings.model_copy(update={"assistant_reload": False})
    stop = StopRequest()
    with locked(settings.data_dir), stop.by_signals():
        _clean_up(settings.data_dir)
        sys.exit(_supervise(settings, stop))


def _clean_up(data_dir: Path) -> None:
    """End and remove what a killed supervisor has left."""
    before = read_record(data_dir)
    left = end_leftovers(before, within=_LEFTOVERS_WITHIN) if before else ()
    if left:
        click.echo(f"ended processes that the last run left: {', '.join(left)}")
    remove_record(data_dir)
    # The due index knows what waits, so beat need not know when it last ran.
    shutil.rmtree(data_dir / "beat", ignore_errors=True)
    (data_dir / "beat").mkdir(mode=0o700)


def _supervise(settings: RunSettings, stop: StopRequest) -> int:
    inherited = inherited_environment()
    stack = plan(settings, inherited)
    if stack.simulator_url:
        _load_samples(settings)
    if settings.redis_is_named and not redis_answers(stack.redis_url, cluster=settings.redis_cluster)():
        raise click.ClickException(
            "the Redis of REDIS_URL (or REDIS_HOST, REDIS_PORT ...) does not answer; `inturn doctor` says more. "
            "Without these settings an embedded server is started"
        )
    pid = os.getpid()
    names = [program.name for stage in stack.stages for program in stage]
    console = Console(_print, names, colours=sys.stdout.isatty() and not settings.no_color)
    start_time = start_time_of(pid) or ""

    def record(stages: Sequence[Sequence[Process]]) -> None:
        write_record(settings.data_dir, _record(stack, stages, pid=pid, start_time=start_time))

    supervisor = Supervisor(
        stack.stages,
        console=console,
        stopping=stop.made,
        changed=record,
        limits=SupervisorLimits(start=settings.start_timeout_seconds),
    )
    with guarded(settings.data_dir, pid=pid, env=inherited):
        try:
            return supervisor.run(lambda seconds: _headline(stack, seconds, desk=settings.desk_is_on))
        finally:
            remove_record(settings.data_dir)
            console.close()


def _load_samples(settings: RunSettings) -> None:
    """Load the sample records where none are loaded. Only with the simulator: they are invented."""
    now, meaning = SystemClock().now(), open_meaning(settings)
    for loaded in load_samples(settings.catalogue_dir, now=now, only_missing=True, meaning=meaning):
        click.echo(f"{loaded.records:,} sample {loaded.kind} are loaded into {loaded.path}")


def _print(text: str) -> None:
    # Not through sys.stdout: Python waits for its lock at the end, and a stopped terminal holds that.
    left = text.encode(errors="replace")
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]


def _record(stack: Stack, stages: Sequence[Sequence[Process]], *, pid: int, start_time: str) -> RunningStack:
    return RunningStack(
        pid=pid,
        start_time=start_time,
        redis_url=stack.redis_url.get_secret_value(),
        webhook_url=stack.webhook_url,
        simulator_url=stack.simulator_url,
        environment=stack.environment,
        processes=tuple(
            ProcessRecord(
                name=process.program.name, pid=process.pid, start_time=process.start_time, stage=number
            )
            for number, stage in enumerate(stages)
            for process in stage
        ),
    )


def _headline(stack: Stack, seconds: float, *, desk: bool) -> str:
    # Nothing before the first word: scripts wait for it.
    talk = (
        _how_to_talk(stack.simulator_url, both="SENDERS_FILE" in stack.environment)
        if stack.simulator_url
        else "It uses the real providers; `inturn doctor` checks them."
    )
    where = f"Webhook at {stack.webhook_url}." + (f" Desk at {stack.webhook_url}/desk." if desk else "")
    return f"ready in {seconds:.1f} s. {where} {talk} Ctrl-C ends everything."


def _how_to_talk(simulator_url: str, *, both: bool) -> str:
    phone = f"Write as a customer on the phone at {simulator_url}/simulator, or in another terminal: make chat (or inturn chat)"
    if not both:
        return f"{phone}."
    return (
        f"{phone}. Through Meta a real-estate agency answers, through Twilio (make chat ARGS='--channel twilio') a "
        "directory of members."
    )
