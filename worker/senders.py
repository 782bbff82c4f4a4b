"""The senders of the business, the numbers and accounts through which it writes: who answers on each, in which records it searches, and whom it lets in.

A deployment with one business needs no file. With several, `SENDERS_FILE` names a TOML file:

    [[sender]]
    sender = "meta:106540352242922"        # the channel, and Meta's phone number id or Twilio's number
    assistant = "worker.assistants.concierge:assistant"
    catalogue = "properties"               # the kind of records that it searches
    agent = "estate"                       # the agent id of new sessions
    access = "open"                        # or "members"
    scope = "estate"                       # keeps its conversations apart from those of other senders
    on_new_message = "restart"             # or "after", "join"

What a sender leaves out is as the settings say. The former names are read as well: `LINES_FILE`, `[[line]]`, `line = `.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Annotated, Any, Literal

from loguru import logger
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from session.channels import PROVIDERS
from session.consulting import Assistant
from session.conversations import is_scope
from session.errors import SettingsError
from session.messages import Route
from session.pauses import sender_of
from session.phones import BadNumber, e164

#: The name of the setting in errors.
SETTING = "SENDERS_FILE (or LINES_FILE)"

#: The id of something at a provider that is no number, such as a messaging service.
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]+")

Access = Literal["open", "members"]
#: What follows when a customer writes while an assistant is at work: the message waits for the next turn, the turn begins
#: anew with it, or an assistant that asks for it gets it in the same turn.
OnNewMessage = Literal["after", "restart", "join"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One sender of the business."""

    assistant: Assistant
    kind: str = ""  #: of the records that it searches
    agent_id: str = "default"  #: of new sessions
    access: Access = "open"
    scope: str = ""
    on_new_message: OnNewMessage = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """All senders, by name; others have the default values."""

    usual: Sender
    named: Mapping[str, Sender]

    def of(self, route: Route) -> Sender:
        """Return the sender through which a customer wrote."""
        return self.named.get(sender_of(route), self.usual)

    @property
    def restart(self) -> bool:
        """Whether the turns of any of them begin anew with a message."""
        return any(one.on_new_message == "restart" for one in (self.usual, *self.named.values()))

    async def close(self) -> None:
        """Close what the assistants have opened: each may be an object with a coroutine function `close`."""
        for assistant in {
            id(one.assistant): one.assistant for one in (self.usual, *self.named.values())
        }.values():
            close = getattr(assistant, "close", None)
            if not iscoroutinefunction(close):
                continue
            try:
                await close()
            except Exception as error:  # noqa: BLE001  (the others are closed all the same)
                logger.opt(exception=error).error("an assistant could not be closed")


def _scope(value: str) -> str:
    if value and not is_scope(value):
        raise ValueError("must be lower-case letters, digits, - and _, at most 32")
    return value


class _Entry(BaseModel):
    """One sender in the file."""

    model_config = ConfigDict(extra="forbid")

    sender: str = Field(validation_alias=AliasChoices("sender", "line"))
    assistant: str | None = None
    catalogue: str | None = None
    agent: str | None = None
    access: Access | None = None
    scope: Annotated[str, AfterValidator(_scope)] = ""
    on_new_message: OnNewMessage | None = None


def _named(sender: str, country: str) -> str:
    """Return the name of a sender as messages contain it: a phone number in normal form, anything else unchanged."""
    channel, separator, name = sender.partition(":")
    provider = PROVIDERS.get(channel)
    if provider is None or not provider.senders_are_numbers or _SID.fullmatch(name):
        return sender
    number = name.removeprefix(f"{provider.namespace.name}:")
    return f"{channel}{separator}{e164(number, country)}"


def read_senders(path: Path, usual: Sender, load: Callable[[str], Any], *, country: str = "") -> Senders:
    """Return the senders of a file; `load` returns the assistant that a dotted path names.

    `country` applies to numbers without a country code.

    Raises `SettingsError` that names the file, the sender and the problem.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = [*tables.get("sender", []), *tables.get("line", [])]
        found = [_Entry.model_validate(entry) for entry in entries]
        senders = [_named(entry.sender, country) for entry in found]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{SETTING}={path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"{SETTING}={path}: {where}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
    except BadNumber as error:
        raise SettingsError(f"{SETTING}={path}: sender: {error}") from None
    return Senders(
        usual=usual,
        named={
            sender: Sender(
                assistant=load(entry.assistant) if entry.assistant else usual.assistant,
                kind=entry.catalogue or usual.kind,
                agent_id=entry.agent or usual.agent_id,
                access=entry.access or usual.access,
                scope=entry.scope,
                on_new_message=entry.on_new_message or usual.on_new_message,
            )
            for sender, entry in zip(senders, found, strict=True)
        },
    )
