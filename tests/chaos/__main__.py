"""`python -m tests.chaos`: a chaos run from the command line. Exit status 1 on any broken promise."""

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from tests.chaos.bugs import BUGS
from tests.chaos.faults import MAKERS
from tests.chaos.options import Options
from tests.chaos.report import as_json, table
from tests.chaos.run import run
from tests.faked_clocks import MISSING


def _kinds(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in value.split(",") if kind.strip())
    chosen = tuple(kind for kind in MAKERS if any(kind.startswith(one) for one in kinds))
    if kinds and not chosen:
        raise click.BadParameter(f"known: {', '.join(MAKERS)}")
    return chosen


@click.command(help=__doc__)
@click.option("--minutes", default=1.0, show_default=True, help="Minutes of faults; draining comes on top.")
@click.option("--seed", default=1, show_default=True, help="Chooses the faults and their moments.")
@click.option(
    "--pool", type=click.Choice(["loop", "prefork", "threads", "solo"]), default="loop", show_default=True
)
@click.option("--workers", default=2, show_default=True, help="Worker programs.")
@click.option("--concurrency", default=2, show_default=True, help="Children or threads of each.")
@click.option("--beats", default=1, show_default=True, type=click.IntRange(1, 2))
@click.option(
    "--broker", default="redis", show_default=True, help='"redis", "rabbitmq" (one is started), or a URL.'
)
@click.option("--shards", default=1, show_default=True)
@click.option(
    "--redis-url", help="A server that runs already; its data is not removed. Default: one is started."
)
@click.option(
    "--cluster", is_flag=True, help="The server is a cluster; without a URL three nodes are started."
)
@click.option(
    "--replicas",
    is_flag=True,
    help="With --cluster: a replica for each of its primaries, which are killed; and slots move. At least 4 shards.",
)
@click.option(
    "--sentinel",
    is_flag=True,
    help="A master and a replica are watched by three Sentinels. The master is killed and hangs, and so do they.",
)
@click.option(
    "--durability", type=click.Choice(["memory", "fsync", "replica"]), default="memory", show_default=True
)
@click.option(
    "--old",
    default="",
    metavar="REF",
    help='Start with the programs of this commit ("last": the last tag), and replace them by the present ones and back.',
)
@click.option(
    "--clocks",
    is_flag=True,
    help="The clocks of the webhook, of workers and of beats can be wrong (libfaketime; Debian: libfaketime). The first worker's is 300 s ahead from the start.",
)
@click.option(
    "--appendfsync", type=click.Choice(["always", "everysec"]), default="everysec", show_default=True
)
@click.option(
    "--faults", default="", callback=_kinds, help=f"Kinds or their beginnings, by commas: {', '.join(MAKERS)}"
)
@click.option("--bug", type=click.Choice(BUGS), help="Give the workers a deliberate bug.")
@click.option("--rate", default=40.0, show_default=True, help="Bodies a second.")
@click.option("--customers", default=80, show_default=True, help="Who write at the same time.")
@click.option("--limit", default=1_000_000, show_default=True, help="Messages an hour and customer.")
@click.option("--lease", default=4.0, show_default=True, help="LEASE_SECONDS")
@click.option("--wake-after", default=2.0, show_default=True, help="WAKE_AFTER_SECONDS")
@click.option("--sweep", default=1.0, show_default=True, help="SWEEP_SECONDS")
@click.option("--assistant-timeout", default=2.0, show_default=True, help="ASSISTANT_TIMEOUT_SECONDS")
@click.option("--send-timeout", default=2.0, show_default=True, help="SEND_TIMEOUT_SECONDS")
@click.option("--reconcile", default=2.0, show_default=True, help="RECONCILE_SECONDS")
@click.option(
    "--statuses/--no-statuses", default=True, help="Whether providers tell how far a reply has come."
)
@click.option(
    "--on-new-message",
    type=click.Choice(["after", "restart", "join"]),
    default="after",
    show_default=True,
    help="ON_NEW_MESSAGE",
)
@click.option(
    "--gather", default=0.0, show_default=True, help="GATHER_SECONDS: messages wait for those behind them."
)
@click.option(
    "--budget",
    default=0,
    show_default=True,
    help="BUDGET_MESSAGES_PER_DAY: a person is asked for when it is used up. With --people 0.",
)
@click.option(
    "--assist",
    is_flag=True,
    help="WHILE_WAITING=assist: the assistant answers while a person is awaited. With --people 0.",
)
@click.option(
    "--backs-of-100",
    default=3,
    show_default=True,
    help="Messages of a hundred at Meta after which the assistant is wanted back.",
)
@click.option("--plain", is_flag=True, help="The assistant is no coroutine: it runs in a thread.")
@click.option(
    "--slow-of-100", default=3, show_default=True, help="Messages of a hundred that are answered slowly."
)
@click.option("--slow-for", default=0.8, show_default=True, help="Seconds that a slow answer takes.")
@click.option(
    "--person-of-100", default=1, show_default=True, help="Messages of a hundred that ask for a person."
)
@click.option(
    "--stops-of-100",
    default=3,
    show_default=True,
    help="Messages of a hundred that a STOP comes after at once.",
)
@click.option(
    "--booked-of-100",
    default=8,
    show_default=True,
    help="Messages of a hundred by which the assistant books something, in a step.",
)
@click.option(
    "--planned-of-100",
    default=6,
    show_default=True,
    help="Messages of a hundred by which the assistant plans something for later.",
)
@click.option(
    "--people", default=12, show_default=True, help="Who write under several names at the same time."
)
@click.option(
    "--pictures-of-100", default=6, show_default=True, help="Messages at Meta of a hundred that are pictures."
)
@click.option("--people-rate", default=8.0, show_default=True, help="Their bodies a second.")
@click.option(
    "--killers",
    default=0,
    show_default=True,
    type=click.IntRange(0, 8),
    help="Messages that kill the process that takes them.",
)
@click.option("--turn-attempts", default=5, show_default=True, help="MAX_TURN_ATTEMPTS")
@click.option("--agents", default=3, show_default=True, help="Who work at the desk at the same time.")
@click.option(
    "--visits", default=1.5, show_default=True, help="Conversations a second to which each agent turns."
)
@click.option(
    "--agent-patience", default=8.0, show_default=True, help="AGENT_TIMEOUT_MINUTES, in seconds. 0: never."
)
@click.option("--programs", default=2, show_default=True, help="Other programs that send through the API.")
@click.option("--sends", default=2.0, show_default=True, help="Messages a second of each of them.")
@click.option(
    "--campaigns",
    default=2,
    show_default=True,
    help="Campaigns that are made at the same time, again and again.",
)
@click.option("--rows", default=16, show_default=True, help="Customers of each campaign.")
@click.option("--gap", default=2.5, show_default=True, help="Seconds between two faults, on average.")
@click.option("--calm-every", default=4, show_default=True, help="Faults between two calms.")
@click.option("--keep", is_flag=True, help="Keep data and logs of a run that kept all promises, too.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where data and logs go; kept.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write everything found into a file."
)
def main(minutes: float, json_file: Path | None, **chosen: Any) -> None:
    options = Options(seconds=60 * minutes, **chosen)
    if options.clocks and MISSING:
        raise click.UsageError(MISSING)
    if options.assist and (options.people or options.old):
        raise click.UsageError("--assist needs --people 0, and knows no --old")
    if options.budget and options.people:
        raise click.UsageError("--budget needs --people 0: the audit of names knows no budget")
    stop = threading.Event()
    # Asked once, the run ends early and is audited all the same; asked twice, it is broken off.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _interrupt(stop))
    result = run(options, stop=stop)
    click.echo(table(result))
    if json_file:
        json_file.write_text(json.dumps(as_json(result), indent=1))
    sys.exit(0 if result.kept else 1)


def _interrupt(stop: threading.Event) -> None:
    if stop.is_set():
        raise KeyboardInterrupt
    stop.set()


if __name__ == "__main__":
    main()
