"""`inturn run`: the whole stack in one terminal. Composes the supervisor; the stack itself is in `running/`."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from session.clock import SystemClock
from worker.assistants.catalogue import load_samples
from worker.cli.running.child import Child
from worker.cli.running.console import Console
from worker.cli.running.guardian import guarded
from worker.cli.running.identity import birth_of
from worker.cli.running.plan import Stack, plan
from worker.cli.running.process import Limits
from worker.cli.running.readiness import redis_answers
from worker.cli.running.record import (
    Member,
    RunningStack,
    end_leftovers,
    forget_record,
    held,
    read_record,
    write_record,
)
from worker.cli.running.settings import RunSettings, inherited_environment
from worker.cli.running.stop import Stop
from worker.cli.running.supervisor import Supervisor

#: Seconds for what a killed supervisor has left behind.
_LEFTOVERS_WITHIN = 7.0


@click.command()
@click.option("--no-reload", is_flag=True, help="Do not load the assistant anew when its files are saved.")
def run(*, no_reload: bool) -> None:
    """Start everything in this terminal; Ctrl-C ends it.

    That is: Valkey unless the settings name a Redis, the webhook, a worker, beat, and a simulator of WhatsApp
    unless a provider is configured.
    """
    settings = RunSettings.load()
    if no_reload:
        settings = settings.model_copy(update={"assistant_reload": False})
    stop = Stop()
    with held(settings.data_dir), stop.by_signals():
        _sweep_up(settings.data_dir)
        sys.exit(_supervise(settings, stop))


def _sweep_up(data_dir: Path) -> None:
    before = read_record(data_dir)
    left = end_leftovers(before, within=_LEFTOVERS_WITHIN) if before else ()
    if left:
        click.echo(f"ended what the last run has left behind: {', '.join(left)}")
    forget_record(data_dir)
    # When beat has last ticked is no use to anybody: the due index knows what waits.
    shutil.rmtree(data_dir / "beat", ignore_errors=True)
    (data_dir / "beat").mkdir(mode=0o700)


def _supervise(settings: RunSettings, stop: Stop) -> int:
    inherited = inherited_environment()
    stack = plan(settings, inherited)
    if stack.simulator_url:
        _load_samples(settings)
    if settings.redis_is_named and not redis_answers(stack.redis_url, cluster=settings.redis_cluster)():
        raise click.ClickException(
            "the Redis that REDIS_URL (or REDIS_HOST, REDIS_PORT ...) names does not answer; inturn doctor says "
            "more. Without any of these settings an embedded server is started"
        )
    pid = os.getpid()
    names = [process.name for stage in stack.stages for process in stage]
    console = Console(_print, names, colours=sys.stdout.isatty() and not settings.no_color)
    birth = birth_of(pid) or ""

    def note(stages: Sequence[Sequence[Child]]) -> None:
        write_record(settings.data_dir, _record(stack, stages, pid=pid, birth=birth))

    supervisor = Supervisor(
        stack.stages,
        console=console,
        stop=stop,
        changed=note,
        limits=Limits(start=settings.start_timeout_seconds),
    )
    with guarded(settings.data_dir, pid=pid, env=inherited):
        try:
            return supervisor.run(lambda seconds: _headline(stack, seconds, desk=settings.desk_is_on))
        finally:
            forget_record(settings.data_dir)
            console.close()


def _load_samples(settings: RunSettings) -> None:
    """Load the made-up records where nothing was loaded; only for made-up customers."""
    for loaded in load_samples(settings.catalogue_dir, now=SystemClock().now(), only_missing=True):
        click.echo(f"{loaded.records:,} sample {loaded.kind} are loaded into {loaded.path}")


def _print(text: str) -> None:
    # Past the buffer of sys.stdout: Python would wait for its lock at the end, and a stopped terminal holds that.
    left = text.encode(errors="replace")
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]


def _record(stack: Stack, stages: Sequence[Sequence[Child]], *, pid: int, birth: str) -> RunningStack:
    return RunningStack(
        pid=pid,
        birth=birth,
        redis_url=stack.redis_url.get_secret_value(),
        webhook_url=stack.webhook_url,
        simulator_url=stack.simulator_url,
        environment=stack.environment,
        members=tuple(
            Member(name=child.process.name, pid=child.pid, birth=child.birth, stage=number)
            for number, stage in enumerate(stages)
            for child in stage
        ),
    )


def _headline(stack: Stack, seconds: float, *, desk: bool) -> str:
    # Nothing before the first word: scripts wait for it.
    talk = (
        _how_to_talk(stack.simulator_url, both="SENDERS_FILE" in stack.environment)
        if stack.simulator_url
        else "Its providers are the real ones; inturn doctor checks them."
    )
    where = f"Webhook at {stack.webhook_url}." + (f" Desk at {stack.webhook_url}/desk." if desk else "")
    return f"ready in {seconds:.1f} s. {where} {talk} Ctrl-C ends everything."


def _how_to_talk(simulator_url: str, *, both: bool) -> str:
    page = f"Be a customer on a phone at {simulator_url}/simulator, or in another terminal: make chat (or inturn chat)"
    if not both:
        return f"{page}."
    return (
        f"{page}. Through Meta's sender a real-estate agency answers, on Twilio's (make chat ARGS='--channel twilio') a "
        "directory of members."
    )
