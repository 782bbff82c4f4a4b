"""`inturn replay`: plays conversations against a deployment, checks the guarantees, and measures the speed."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import httpx
import redis

from session.clock import SystemClock
from session.ids import new_id
from session.keys import Keys
from session.printable import counted
from session.store import Redis
from worker.cli.reach import reach
from worker.cli.replay.anonymised import messages_from_events
from worker.cli.replay.capacity import search_capacity
from worker.cli.replay.fixture import read_fixture, shipped, write_fixture
from worker.cli.replay.player import Player
from worker.cli.replay.report import report_run
from worker.cli.replay.schedule import Pace, planned_messages, scheduled
from worker.cli.replay.target import CannotReplay, ReplaySettings, target_of
from worker.cli.running.stack import RunningStack, running_stack, settings_of_stack

_RAMP = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_ECHO = "worker.assistants.echo:assistant"
_BROKEN = 2  #: exit status when a guarantee was broken


def _ramp(_context: click.Context, _param: click.Parameter, value: str | None) -> Pace | None:
    if value is None:
        return None
    found = _RAMP.fullmatch(value)
    if found is None or float(found[2]) <= 0 or float(found[3]) <= 0:
        raise click.BadParameter("expected three numbers, for example 10:200:60")
    return Pace(first=float(found[1]), last=float(found[2]), seconds=float(found[3]))


@click.command()
@click.argument("fixture", default="quiet-day")
@click.option("--url", help="URL of the webhook; by default that of the stack running here.")
@click.option(
    "--simulator",
    help="URL of the simulator that receives the replies; by default that of the stack here, if its assistant is `echo`.",
)
@click.option("--rate", type=click.FloatRange(min=0.01), help="Messages a second.")
@click.option(
    "--ramp",
    callback=_ramp,
    metavar="FROM:TO:SECONDS",
    help="Growing rate in messages a second, for example 10:200:60.",
)
@click.option("--fast", is_flag=True, help="As fast as possible.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.01),
    default=1.0,
    show_default=True,
    help="Factor of the fixture's own pace.",
)
@click.option(
    "--copies",
    type=click.IntRange(1, 9999),
    default=1,
    show_default=True,
    help="Groups of customers at the same time.",
)
@click.option(
    "--messages",
    type=click.IntRange(1),
    help="Total number of messages; the fixture starts again with new customers.",
)
@click.option("--connections", type=click.IntRange(1, 256), default=16, show_default=True)
@click.option(
    "--patience", type=float, default=30.0, show_default=True, help="Seconds to wait for the last replies."
)
@click.option("--find-capacity", is_flag=True, help="Find the highest rate that the deployment can handle.")
@click.option(
    "--within",
    type=float,
    default=2.0,
    show_default=True,
    help="Seconds within which 99 % of replies must arrive (--find-capacity).",
)
@click.option(
    "--step", type=float, default=8.0, show_default=True, help="Seconds of each trial (--find-capacity)."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("build/replay"), show_default=True
)
@click.option(
    "--from-events",
    "events_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a fixture from the events here, with texts and numbers replaced, and exit.",
)
@click.option(
    "--newest",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="Messages to take (--from-events).",
)
@click.option("--list", "list_", is_flag=True, help="List the included fixtures, and exit.")
@click.option(
    "--really", is_flag=True, help="Allow another machine, or a deployment that sends to a real provider."
)
@click.pass_context
def replay(
    context: click.Context,
    /,
    *,
    fixture: str,
    url: str | None,
    simulator: str | None,
    rate: float | None,
    ramp: Pace | None,
    fast: bool,
    speed: float,
    copies: int,
    messages: int | None,
    connections: int,
    patience: float,
    find_capacity: bool,
    within: float,
    step: float,
    out: Path,
    events_to: Path | None,
    newest: int,
    list_: bool,
    really: bool,
) -> None:
    """Play conversations against a deployment.

    FIXTURE is a name of --list, or a file.
    Requests are signed like the provider's, with the secrets in the settings. Each run has its own customers, with numbers
    that do not exist. With the assistant `echo` and the simulator it checks that every message is answered once and in
    order, and exits with status 2 if not; with other assistants it only measures the webhook. Ctrl-C ends a run early and
    still reports.
    """
    if list_:
        click.echo("\n".join(shipped()))
        return
    settings = settings_of_stack(ReplaySettings)
    if events_to:
        client, settled = reach()
        found = messages_from_events(client, Keys(settled.shards), newest=newest, salt=new_id())
        write_fixture(found, events_to)
        click.echo(f"{counted(len(found), 'message')} in {events_to}")
        return
    if sum(map(bool, (rate, ramp, fast))) > 1:
        raise click.UsageError("--rate, --ramp and --fast cannot be combined")
    stack = running_stack()
    url = url or (stack.webhook_url if stack else None)
    if stack and simulator is None and stack.simulator_url:
        if _echoes(stack, settings):
            simulator = stack.simulator_url
        else:
            click.echo(
                f"only the webhook is measured: replies can be checked with ASSISTANT={_ECHO}", err=True
            )
    if url is None:
        raise CannotReplay(
            "no stack is running here: start one (make run), or give the URL of a webhook with --url"
        )
    conversations = read_fixture(fixture)
    target = target_of(settings, url, conversations, really=really)
    with ExitStack() as open_now:
        watcher = open_now.enter_context(_simulator(simulator)) if simulator else None
        player = Player(
            target=target,
            simulator=watcher,
            store=_store(),
            keys=Keys(settings.shards),
            clock=SystemClock(),
            connections=connections,
            patience=patience,
        )
        runs = _runs()
        if find_capacity:
            broken = search_capacity(
                player,
                runs,
                conversations,
                first=rate or 20.0,
                within=within,
                step=step,
                out=out,
                name=fixture,
            )
        else:
            pace = Pace(first=rate, last=rate) if rate else ramp
            planned = planned_messages(conversations, run=next(runs), copies=copies, messages=messages)
            run, figures, _ = player.play(scheduled(planned, pace, speed=0.0 if fast else speed))
            report_run(out, f"replay of {fixture}", run, figures)
            broken = not figures.kept
            if not figures.accepted:
                raise CannotReplay(
                    f"{url} accepted nothing: check that a webhook runs there with the same secrets"
                )
    if broken:
        context.exit(_BROKEN)


def _echoes(stack: RunningStack, settings: ReplaySettings) -> bool:
    """Whether the stack's replies quote the message: only such replies can be assigned to messages."""
    return stack.environment.get("ASSISTANT") == _ECHO and settings.senders_file is None


def _runs() -> Iterator[int]:
    """Yield numbers of runs that no recent run had, unless there are thousands of runs."""
    first = int(SystemClock().now().timestamp()) // 2 % 10_000
    while True:
        yield first
        first = (first + 1) % 10_000


def _simulator(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=15, trust_env=False)


def _store() -> Redis | None:
    client, _ = reach()
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return None
    return client
