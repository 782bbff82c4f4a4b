"""`inturn new`: writes a first assistant, its test, and the settings that name it."""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path

import click

from worker.cli.folder import OURS, written_settings

_ASSISTANT = '''\
"""Answers the customers of a business."""

from session import Button, Turn

BUTTONS = (Button(id="hours", title="Opening hours"), Button(id="person", title="A person"))


def assistant(turn: Turn) -> str | None:
    """Answer what a customer wrote or tapped; the result is sent. It may be called again after a crash."""
    tapped = turn.messages[-1].payload
    if tapped == "hours":
        return "We are here from 9 to 5."
    if tapped == "person" or "person" in turn.text.lower():
        turn.escalate("customer asked")
        return "A colleague will answer you here."
    if turn.known.greeted is None:
        turn.remember(greeted=True)
        turn.reply("Welcome! What can we do for you?", buttons=BUTTONS)
        return None
    turn.reply(f"You wrote: {turn.text}", buttons=BUTTONS)
    return None
'''
_TEST = '''\
"""Tests of {name}."""

import unittest

from {name} import assistant
from session.testing import Conversation, tap


class Test(unittest.TestCase):
    """Each test is a separate conversation; no server is needed."""

    def test_it_welcomes_a_customer_once(self) -> None:
        talk = Conversation(assistant)

        self.assertEqual(talk.says("hello").text, "Welcome! What can we do for you?")
        self.assertEqual(talk.says("hello again").text, "You wrote: hello again")

    def test_it_tells_the_opening_hours(self) -> None:
        answer = Conversation(assistant).says(tap("hours", "Opening hours"))

        # All effects: this finds missing and unexpected ones.
        self.assertEqual(answer.effects, {{"replies": ["We are here from 9 to 5."]}})

    def test_it_hands_over_to_a_person(self) -> None:
        answer = Conversation(assistant).says("a person please")

        self.assertEqual(answer.escalated, "customer asked")


if __name__ == "__main__":
    unittest.main()
'''
_SETTINGS = """\
# Settings of Inturn. Without settings of WhatsApp, a simulator is used instead.
ASSISTANT={dotted}
"""
#: The tokens of the providers will be written there.
_PRIVATE = 0o600


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Write a first assistant.

    It is called NAME and written into this folder, with a test and a .env. Nothing is overwritten.
    """
    _check(name)
    files = {Path(f"{name}.py"): _ASSISTANT, Path(f"test_{name}.py"): _TEST.format(name=name)}
    there = [str(path) for path in files if path.exists()]
    if there:
        raise click.ClickException(
            f"{' and '.join(there)} already {'exist' if there[1:] else 'exists'}; nothing was written"
        )
    dotted, settings = f"{name}:assistant", Path(".env")
    if not settings.exists():
        files[settings] = _SETTINGS.format(dotted=dotted)
    try:
        for path, text in files.items():
            _write(path, text)
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be written: {error.strerror}") from None
    click.echo(f"Written: {', '.join(map(str, files))}.")
    if settings not in files and written_settings().get("ASSISTANT") != dotted:
        click.echo(f"Your .env was not changed. Add this line to it: ASSISTANT={dotted}")
    click.echo("\nNext steps:")
    steps = _next_steps(name)
    width = max(len(command) for command, _ in steps)
    for command, why in steps:
        click.echo(f"  {command:<{width}}  # {why}")


def _check(name: str) -> None:
    if not (name.isascii() and name.isidentifier()) or iskeyword(name) or name.startswith("_"):
        raise click.BadParameter(
            "a name that Python can import: letters, digits and _, no digit first; for example my_bot"
        )
    if name in OURS or name in sys.stdlib_module_names:
        raise click.BadParameter(
            f"{name} is a module of {'Inturn' if name in OURS else 'Python'}; choose another name"
        )
    found = find_spec(name)
    if found is not None and not Path(f"{name}.py").exists():
        raise click.BadParameter(
            f"there is already a module {name} ({found.origin or name}); choose another name"
        )


def _write(path: Path, text: str) -> None:
    mode = _PRIVATE if path.name == ".env" else 0o666
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)


def _next_steps(name: str) -> Sequence[tuple[str, str]]:
    python = _spelled(Path(sys.executable))
    own = Path(sys.executable).parent / "inturn"
    inturn = _spelled(own) if own.exists() else "inturn"
    return (
        (f"{python} -m unittest test_{name}", "run its test"),
        (f"{inturn} run", "start it, and write to it on the phone at the printed address"),
        (f"edit {name}.py", "a saved change is used from the next message on"),
    )


def _spelled(program: Path) -> str:
    here = Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)
