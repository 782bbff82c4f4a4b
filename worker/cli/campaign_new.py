"""`inturn campaign new`: reads a file of customers, says what is wrong with it, and keeps them for a campaign."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import click

from session.campaign_files import lines_in, read_recipients
from session.campaigns import Campaign, Recipient, is_name
from session.keys import Keys
from session.printable import counted, mask, visible
from session.store import Runner, Scripts, TemplateStore
from session.template_definitions import SENDABLE, Definition, Definitions
from worker.cli.reach import open_campaigns, reach
from worker.opening import open_senders
from worker.senders import CampaignPace, Senders

_SHOWN = 20  #: lines that are listed, of each kind
_EVERY = 1000  #: lines between two words about the progress


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--template", required=True, help="The name of the message template.")
@click.option("--language", default="", help="Its language, if it has several.")
@click.option("--name", default="", help="What the campaign is called. Default: the name of the file.")
@click.option(
    "--sender", default="", help="Who sends it, such as meta:106540352242922, if there are several."
)
@click.option(
    "--hold-back",
    type=click.IntRange(0, 90),
    default=0,
    metavar="PERCENT",
    help="So many of a hundred customers get nothing, to compare with.",
)
@click.option("--skip-bad", is_flag=True, help="Leave out lines that cannot be used.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="COLUMN",
    help="A column that is not for the template; can be repeated.",
)
def new(
    file: Path,
    *,
    template: str,
    language: str,
    name: str,
    sender: str,
    hold_back: int,
    skip_bad: bool,
    ignore: tuple[str, ...],
) -> None:
    """Load the customers in FILE (CSV). Nothing is sent before `start`.

    The whole file is compared with the template first. If a line cannot be used, nothing is kept, unless with
    --skip-bad. Who stands there twice counts once.
    """
    if not file.is_file():
        raise click.BadParameter("it is read twice, so it must be an ordinary file", param_hint="FILE")
    name = name or file.stem.strip().lower().replace(" ", "-")
    if not is_name(name):
        why = f"{visible(name)!r} is no name: it has lower-case letters, digits, - and _"
        raise click.BadParameter(why, param_hint="--name")
    client, settings = reach()
    known = Runner(client)(TemplateStore(Scripts.load(), Keys(settings.shards)).all())
    # Nothing is loaded: no assistant is needed to know the senders.
    senders = open_senders(settings, load=lambda dotted, _: dotted)
    sender, scope = _sender(senders, known, template, sender)
    definition = _definition(known, sender.partition(":")[0], template, language)

    given = _File(file, definition, settings.default_country, ignore, skip_bad)
    given.check()
    made = open_campaigns().new(
        Campaign(
            name=name,
            template=template,
            language=definition.language,
            sender=sender,
            scope=scope,
            hold_back=hold_back,
            by="operator",
        ),
        given.recipients(),
        progress=lambda rows: _say(f"{rows:,} customers kept"),
        left_out=lambda: given.left_out,
    )
    _say("")
    out = f", {counted(made.left_out, 'line')} left out" if made.left_out else ""
    takes = _takes(made.total, senders.named.get(sender, senders.usual).campaigns)
    click.echo(
        visible(
            f"{name} has {counted(made.total, 'customer')}{out}. At the pace of its sender this takes {takes}."
            f" To begin: inturn campaign start {name}"
        )
    )


def _takes(customers: int, pace: CampaignPace) -> str:
    """Return how long it takes at least to send to so many."""
    if days := (customers - 1) // pace.customers_per_day:
        return counted(days, "day")
    minutes = customers / pace.per_second / 60
    return counted(ceil(minutes), "minute") if minutes >= 1 else "less than a minute"


def _sender(senders: Senders, known: Definitions, template: str, given: str) -> tuple[str, str]:
    """Return the sender of a template and its scope: the given one, or the only one that has the template."""
    able = {name.partition(":")[0] for name in senders.own}
    names = sorted(
        name
        for name in {*senders.named, *senders.own}
        if name.partition(":")[0] in able and known.languages(name.partition(":")[0], template)
    )
    found = [name for name in names if given in ("", name)]
    if not names:
        why = (
            "no sender has it; inturn templates list shows what is kept, inturn templates pull reads it again"
        )
        raise click.BadParameter(f"{visible(template)}: {why}", param_hint="--template")
    if len(found) != 1:
        why = f"{visible(template)} can be sent by {', '.join(map(visible, names))}"
        raise click.BadParameter(why, param_hint="--sender")
    return found[0], senders.named[found[0]].scope if found[0] in senders.named else ""


def _definition(known: Definitions, channel: str, template: str, language: str) -> Definition:
    languages = known.languages(channel, template)
    found = known.find(channel, template, language or languages[0])
    if found is None or (not language and len(languages) > 1):
        why = f"{visible(template)} is there in {', '.join(map(visible, languages))}"
        raise click.BadParameter(why, param_hint="--language")
    if found.status not in SENDABLE:
        why = f"{visible(template)} is {visible(found.status)}, so it cannot be sent"
        raise click.BadParameter(why, param_hint="--template")
    return found


@dataclass(slots=True)
class _Noted:
    """Lines that are left out, for one reason: all are counted, the first ones are kept."""

    what: str
    count: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            self.lines.append(line)

    def clear(self) -> None:
        self.count = 0
        self.lines.clear()

    def show(self) -> None:
        if not self.count:
            return
        click.echo(f"{self.what}: {counted(self.count, 'line')}", err=True)
        for line in self.lines:
            click.echo(f"  {visible(mask(line))}", err=True)
        if self.count > _SHOWN:
            click.echo(f"  and {self.count - _SHOWN:,} more", err=True)


@dataclass(slots=True)
class _File:
    """A file of customers for a template."""

    path: Path
    definition: Definition
    country: str
    ignore: tuple[str, ...]
    skip_bad: bool
    bad: _Noted = field(default_factory=lambda: _Noted("cannot be used"))
    repeated: _Noted = field(default_factory=lambda: _Noted("customers who stand there already"))

    @property
    def left_out(self) -> int:
        """How many lines are left out, when all were read."""
        return self.bad.count + self.repeated.count

    def check(self) -> None:
        """Read the whole file, and say what is wrong with it. Raises `ClickException` unless it can be used."""
        good = sum(1 for _ in self._read(tells=True))
        _say("")
        self.bad.show()
        self.repeated.show()
        self._refuse_bad()
        if not good:
            raise click.ClickException("nothing was kept: there is no customer in the file")

    def recipients(self) -> Iterator[Recipient]:
        """Yield everybody in the file. Raises `ClickException` at its end if it has become a bad one since it was checked."""
        self.bad.clear()
        self.repeated.clear()
        yield from self._read(tells=False)
        self._refuse_bad()

    def _read(self, *, tells: bool) -> Iterator[Recipient]:
        with self.path.open("rb") as file:
            for row in read_recipients(lines_in(file), self.definition, self.country, ignored=self.ignore):
                if row.recipient:
                    yield row.recipient
                elif row.repeats:
                    self.repeated.add(f"line {row.line}: as line {row.repeats}")
                else:
                    self.bad.add(f"line {row.line}: {row.error}")
                if tells and row.line % _EVERY == 0:
                    _say(f"{row.line:,} lines read")

    def _refuse_bad(self) -> None:
        if self.bad.count and not self.skip_bad:
            why = "nothing was kept: correct these lines, or leave them out with --skip-bad"
            raise click.ClickException(why)


def _say(progress: str) -> None:
    """Show progress on a terminal, in place of what was shown before."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{progress}", err=True, nl=False)
