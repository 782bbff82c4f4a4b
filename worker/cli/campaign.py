"""`inturn campaign`: sends a message template to the customers in a file, and shows what becomes of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from session.campaign_chart import chart
from session.campaign_outcomes import Summary
from session.campaign_table import lines_of
from session.campaigns import Campaign
from session.printable import counted, visible, visible_json
from worker.cli.campaign_new import new
from worker.cli.reach import open_campaigns

_NAME = click.argument("name")
_MOST_REASONS = 5
#: What reasons mean; any other one is the code of the provider.
_WORDS = {
    "held": "a person has the conversation",
    "taken_over": "a person took over before",
    "opted_out": "opted out",
    "marketing": "wishes no marketing",
    "twice": "had another row, under another name",
    "template": "the template cannot be sent",
    "sender": "not a sender of this business",
    "window": "more than 24 hours since the last message",
    "failed": "a dead letter",
}
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _place(_: click.Context, __: click.Parameter, file: str | None) -> str | None:
    """Return where to write; a name of the standard output is "-"."""
    return "-" if file in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1") else file


@click.group()
def campaign() -> None:
    """Send one message template to many customers.

    \b
    inturn templates pull
    inturn campaign new guests.csv --template viewing_reminder
    inturn campaign start guests
    inturn campaign show guests

    The file has a line for each customer. Its first line names the columns: `to` is the number, and each parameter of the
    template has a column with its name; `header` and `button_0` are there if the template takes them:

    \b
    to,1,2,header
    +201001234567,Alia,10:00,Thursday

    No customer is written to twice, whatever is stopped, repeated or started again. Nobody is written to who opted out,
    whom a person is talking to, or outside the hours of the sender.
    """  # noqa: D301  (that is a character for click: the lines stay as they are)


campaign.add_command(new)


@campaign.command()
@_NAME
def start(name: str) -> None:
    """Begin to send, or go on after a pause. What was sent already is not sent again.

    One that waits is looked at again at once: after a setting was changed, for example.
    """
    found = open_campaigns().start(name)
    left = counted(found.total - found.position, "customer")
    click.echo(visible(f"{name} is {found.state}: {left} to come; inturn campaign show {name}"))


@campaign.command()
@_NAME
@click.option("--why", default="paused by an operator", show_default=True, help="What `show` says of it.")
def pause(name: str, why: str) -> None:
    """Stop sending until `start`. What was handed over already is still sent: a second's worth at most."""
    found = open_campaigns().pause(name, why)
    click.echo(visible(f"{name} is {found.state} after {found.position:,} of {found.total:,}"))


@campaign.command()
@_NAME
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(name: str, *, yes: bool) -> None:
    """Remove a campaign that is not running, with its customers and what became of them."""
    campaigns = open_campaigns()
    campaigns.show(name)
    if not yes:
        click.confirm(f"Remove everything that is kept of {visible(name)}?", abort=True, err=True)
    campaigns.remove(name)
    click.echo(visible(f"{name} is removed"))


@campaign.command("list")
@_AS_JSON
def list_(*, as_json: bool) -> None:
    """List all campaigns, the latest first."""
    found = open_campaigns().all()
    if as_json:
        click.echo(visible_json([one.model_dump(mode="json", by_alias=True) for one in found], indent=2))
        return
    for one in found:
        how_far = f"{one.position:,} of {one.total:,}"
        click.echo(
            visible(
                f"{one.name:<24} {one.state:<8} {how_far:>20}  {one.template} {one.language}  {one.why}"
            ).rstrip()
        )
    if not found:
        click.echo("there are no campaigns: inturn campaign new --help")


@campaign.command()
@_NAME
@click.option(
    "--csv", "table", metavar="FILE", callback=_place, help="Write a line for each customer; - prints it."
)
@click.option(
    "--plot", metavar="FILE.svg", callback=_place, help="Draw how many were reached over time; - prints it."
)
@_AS_JSON
def show(name: str, table: str | None, plot: str | None, *, as_json: bool) -> None:
    """Show how far a campaign is, and what became of it.

    The figures are some seconds old.
    """
    campaigns = open_campaigns()
    found = campaigns.show(name)
    if table:
        _write(table, lines_of(campaigns.every_outcome(name)))
    if plot:
        _write(plot, [chart(campaigns.every_outcome(name), started=found.started, title=name)])
    if "-" in (table, plot):
        return
    summary = campaigns.summary(name)
    if as_json:
        click.echo(visible_json(_as_json(found, summary), indent=2))
        return
    click.echo(visible(_in_words(found, campaigns.goes_on(found))))
    for state, count in summary.by_state.items():
        why = _reasons(summary.reasons.get(state, {}))
        click.echo(visible(f"{state.replace('_', ' '):<12} {count:>9,}{why}"))
    click.echo(f"{'answered':<12} {summary.answered:>9,}")
    for cost in summary.costs:
        click.echo(f"{'cost':<12} {cost.amount:>9} {cost.currency}")


def _reasons(found: Mapping[str, int]) -> str:
    """Return how many rows have each reason, in words; of many reasons the most frequent."""
    told = [f"{_WORDS.get(reason, reason)}: {count:,}" for reason, count in found.items()]
    return (
        f"  ({', '.join(told[:_MOST_REASONS])}{', ...' if len(told) > _MOST_REASONS else ''})" if told else ""
    )


def _write(file: str, lines: Iterable[str]) -> None:
    """Write a file in the place of another one when it is complete; "-" is the standard output.

    What is no ordinary file, such as a device, a pipe or a link, is written to directly.
    """
    place = Path(file)
    ordinary = not place.is_symlink() and (place.is_file() or not place.exists())
    try:
        with click.open_file(file, "w", encoding="utf-8", atomic=ordinary) as opened:
            opened.writelines(lines)
            opened.flush()
    except BrokenPipeError:
        raise  # whoever reads has enough, and the command ends without a word
    except OSError as error:
        raise click.FileError(file, error.strerror) from None


def _as_json(found: Campaign, summary: Summary) -> dict[str, Any]:
    return found.model_dump(mode="json", by_alias=True) | {
        "states": dict(summary.by_state),
        "reasons": {state: dict(found) for state, found in summary.reasons.items()},
        "answered": summary.answered,
        "costs": [cost.model_dump(by_alias=True) for cost in summary.costs],
    }


def _in_words(found: Campaign, goes_on: datetime | None) -> str:
    looks = f"; looks again at {goes_on:%Y-%m-%d %H:%M} UTC" if goes_on else ""
    why = f" ({found.why}{looks})" if found.why else ""
    held_back = f", {found.hold_back} % held back" if found.hold_back else ""
    return (
        f"{found.name} is {found.state}{why}: {found.position:,} of {counted(found.total, 'customer')}{held_back},"
        f" {found.template} {found.language} through {found.sender}"
    )
