"""The business' lines: who answers on each, in which records it searches, and whom it lets in.

A deployment with one business needs no file. With several, `LINES_FILE` names a TOML file:

    [[line]]
    line = "meta:106540352242922"          # the channel, and Meta's phone number id or Twilio's number
    assistant = "worker.assistants.concierge:assistant"
    catalogue = "properties"               # the kind of records that it searches
    agent = "estate"                       # the agent id of new sessions
    access = "open"                        # or "members"
    scope = "estate"                       # keeps its conversations apart from those of other lines

What a line leaves out is as the settings say.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from session.errors import SettingsError
from session.keys import is_scope
from session.messages import Route
from session.phones import BadNumber, e164
from session.store import line_of
from session.turn import Assistant

Access = Literal["open", "members"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the business."""

    assistant: Assistant
    kind: str = ""  #: of the records that it searches
    agent_id: str = "default"  #: of new sessions
    access: Access = "open"
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """All lines, by name; one that is not named is like the usual one."""

    usual: Line
    named: Mapping[str, Line]

    def of(self, route: Route) -> Line:
        """Return the line on which a customer wrote."""
        return self.named.get(line_of(route), self.usual)


def _scope(value: str) -> str:
    if value and not is_scope(value):
        raise ValueError("lower-case letters, digits, - and _, at most 32")
    return value


class _Entry(BaseModel):
    """One line as the file has it."""

    model_config = ConfigDict(extra="forbid")

    line: str
    assistant: str | None = None
    catalogue: str | None = None
    agent: str | None = None
    access: Access | None = None
    scope: Annotated[str, AfterValidator(_scope)] = ""


def _named(line: str, country: str) -> str:
    """Return a line as messages name it: Twilio's number in the one form that it has there."""
    channel, separator, number = line.partition(":")
    if channel != "twilio" or number.startswith("MG"):
        return line
    return f"{channel}{separator}{e164(number.removeprefix('whatsapp:'), country)}"


def read_lines(path: Path, usual: Line, load: Callable[[str], Any], *, country: str = "") -> Lines:
    """Return the lines of a file; `load` returns the assistant that a dotted path names.

    `country` is that of numbers that do not name theirs.

    Raises `SettingsError` that names the file, the line and what is wrong with it.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("line", [])
        found = [_Entry.model_validate(entry) for entry in entries]
        lines = [_named(entry.line, country) for entry in found]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"LINES_FILE={path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"LINES_FILE={path}: {where}: {first['msg']}") from None
    except BadNumber as error:
        raise SettingsError(f"LINES_FILE={path}: line: {error}") from None
    return Lines(
        usual=usual,
        named={
            line: Line(
                assistant=load(entry.assistant) if entry.assistant else usual.assistant,
                kind=entry.catalogue or usual.kind,
                agent_id=entry.agent or usual.agent_id,
                access=entry.access or usual.access,
                scope=entry.scope,
            )
            for line, entry in zip(lines, found, strict=True)
        },
    )
