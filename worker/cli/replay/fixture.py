"""Fixtures: conversations as JSON lines, one message of a customer in each. Oldest first."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from session.errors import InturnError
from session.records import Record
from worker.cli.replay.requests import CHANNELS

_SHIPPED = "worker.cli.replay"


class FixtureError(InturnError):
    """Raised when a fixture cannot be found or read."""


def _replayed(channel: str) -> str:
    if channel not in CHANNELS:
        raise ValueError(f"one of {', '.join(CHANNELS)}")
    return channel


class FixtureMessage(Record):
    """One message. A second one with the same `ref` is a redelivery of the first."""

    model_config = ConfigDict(extra="forbid")

    at: float = Field(ge=0)  #: seconds since the fixture began
    customer: str  #: any name; each run turns it into a phone number that nobody can have
    channel: Annotated[str, AfterValidator(_replayed)] = next(iter(CHANNELS))
    kind: Literal["text", "image"] = "text"
    text: str = ""
    ref: str  #: the id of the message within the fixture


def shipped() -> list[str]:
    """Return the names of the included fixtures."""
    folder = files(_SHIPPED) / "fixtures"
    return sorted(
        entry.name.removesuffix(".jsonl") for entry in folder.iterdir() if entry.name.endswith(".jsonl")
    )


def read_fixture(name: str) -> list[FixtureMessage]:
    """Return the messages of an included fixture, or of a file. Raises `FixtureError`, which names the invalid line."""
    try:
        if name in shipped():
            text = (files(_SHIPPED) / "fixtures" / f"{name}.jsonl").read_text(encoding="utf-8")
        else:
            text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        known = ", ".join(shipped())
        raise FixtureError(
            f"the fixture {name} cannot be read ({type(error).__name__}). Name a file, or one of: {known}"
        ) from error
    messages = []
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            messages.append(FixtureMessage.model_validate_json(row))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise FixtureError(f"{name}, line {number}: {where} {first['msg']}".replace("  ", " ")) from None
    if not messages:
        raise FixtureError(f"{name} contains no messages")
    return sorted(messages, key=lambda message: message.at)


def write_fixture(messages: Sequence[FixtureMessage], path: Path) -> None:
    """Write a fixture to a file. Raises `FixtureError` if it cannot be written."""
    try:
        path.write_text("".join(message.to_json() + "\n" for message in messages), encoding="utf-8")
    except OSError as error:
        raise FixtureError(f"{path} cannot be written: {error.strerror}") from None
