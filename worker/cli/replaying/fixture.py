"""Fixtures: conversations as JSON lines, read and checked. Each line is one message of a customer, oldest first."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from session.errors import InturnError
from session.records import Record

_SHIPPED = "worker.cli.replaying"


class FixtureError(InturnError):
    """Raised when a fixture cannot be found or read."""


class Line(Record):
    """One message. A line with the `ref` of an earlier one is that message again: a redelivery."""

    model_config = ConfigDict(extra="forbid")

    at: float = Field(ge=0)  #: seconds since the fixture began
    customer: str  #: any name; each run makes a number of it that nobody can have
    channel: Literal["meta", "twilio"] = "meta"
    kind: Literal["text", "image"] = "text"
    text: str = ""
    ref: str  #: names the message within the fixture


def shipped() -> list[str]:
    """Return the names of the fixtures that come with the program."""
    folder = files(_SHIPPED) / "fixtures"
    return sorted(
        entry.name.removesuffix(".jsonl") for entry in folder.iterdir() if entry.name.endswith(".jsonl")
    )


def read_fixture(name: str) -> list[Line]:
    """Return the lines of a shipped fixture, or of a file. Raises `FixtureError`, which says where it is wrong."""
    try:
        if name in shipped():
            text = (files(_SHIPPED) / "fixtures" / f"{name}.jsonl").read_text(encoding="utf-8")
        else:
            text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        known = ", ".join(shipped())
        raise FixtureError(
            f"there is no fixture {name} ({type(error).__name__}); shipped: {known}"
        ) from error
    lines = []
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            lines.append(Line.model_validate_json(row))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise FixtureError(f"{name}, line {number}: {where} {first['msg']}".replace("  ", " ")) from None
    if not lines:
        raise FixtureError(f"{name} has no lines")
    return sorted(lines, key=lambda line: line.at)


def write_fixture(lines: Sequence[Line], path: Path) -> None:
    """Write a fixture to a file. Raises `FixtureError` if it cannot be written."""
    try:
        path.write_text("".join(line.to_json() + "\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise FixtureError(f"{path} cannot be written: {error.strerror}") from None
