"""Billed messages a turn on the shipped fixtures: with everything that saves some, and without. Counted, not timed."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from session import Menu, Turn
from session import Row as Row_
from session.fewer_messages import in_fewer
from session.testing import Conversation
from tests.bench.ground import Ground
from tests.bench.rows import Row
from worker.assistants.catalogue import open_catalogue
from worker.assistants.catalogue.loader import load_samples
from worker.assistants.concierge import assistant as concierge
from worker.channels.meta.rendering import render
from worker.cli.replay.fixture import FixtureMessage, read_fixture, shipped

#: Seconds that a turn waits for further messages, and the first of them at most.
_WAIT, _AT_MOST = 0.6, 5.0


_FOUND = Menu(button="Show", rows=(Row_(id="1", title="The first"), Row_(id="2", title="The second")))


def in_three_parts(turn: Turn) -> None:
    """Say that something is looked for, what was found, and a list, as chat programs often do."""
    turn.reply(f"About {turn.text[:80]!r}: I am looking.")
    turn.reply("I have found two.")
    turn.reply("Which one?", menu=_FOUND)


def billed_rows(_ground: Ground) -> Iterator[Row]:
    """Each fixture, with the concierge and with one that answers in three parts."""
    with TemporaryDirectory() as folder:
        load_samples(Path(folder), now=datetime.now(UTC))
        records = open_catalogue(Path(folder))
        assistants = {"concierge": concierge, "an assistant that answers in three parts": in_three_parts}
        for fixture in shipped():
            messages = [one for one in read_fixture(fixture) if one.kind == "text"]
            if not messages:
                continue
            for name, assistant in assistants.items():

                def begin(assistant: Callable[..., object] = assistant) -> Conversation:
                    return Conversation(assistant, kind="properties", catalogue=records)

                saving = _billed(_turns(messages, wait=_WAIT), begin, joined=True)
                plain = _billed(_turns(messages, wait=0), begin, joined=False)
                yield Row(
                    name=f"billed messages, {fixture} ({len(messages)} texts), {name}",
                    unit="",
                    ours=[saving],
                    against="JOIN_REPLIES=false, GATHER_SECONDS=0",
                    baseline=[plain],
                )


def _turns(messages: list[FixtureMessage], *, wait: float) -> dict[str, list[list[str]]]:
    """Return the texts of each turn of each customer: a turn begins when nothing has come for a while."""
    turns: dict[str, list[list[str]]] = defaultdict(list)
    newest: dict[str, tuple[float, float]] = {}
    seen: set[str] = set()
    for one in messages:
        if one.ref in seen:
            continue
        seen.add(one.ref)
        first, last = newest.get(one.customer, (one.at, one.at - wait - 1))
        if wait and one.at - last <= wait and one.at - first <= _AT_MOST:
            turns[one.customer][-1].append(one.text)
        else:
            first = one.at
            turns[one.customer].append([one.text])
        newest[one.customer] = first, one.at
    return turns


def _billed(turns: dict[str, list[list[str]]], begin: Callable[[], Conversation], *, joined: bool) -> float:
    messages = 0
    for of_customer in turns.values():
        talk = begin()
        for texts in of_customer:
            said = list(talk.says(*texts).replies)
            messages += sum(len(render(reply)) for reply in (in_fewer(said, render) if joined else said))
    return messages
