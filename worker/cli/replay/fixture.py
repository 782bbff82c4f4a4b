"""Fixtures: conversations as JSON lines, one message of a customer in each. Reads, writes, and makes them from the event streams."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import redis
from pydantic import ConfigDict, Field, ValidationError

from session.errors import InturnError, StoreUnavailable
from session.keys import Keys
from session.models import Role, Session
from session.records import Record
from session.store import Redis

_SHIPPED = "worker.cli.replay"
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_WORD = re.compile(r"\w+")
_LATIN_WORDS = ("a", "we", "can", "look", "house", "garden", "balcony", "kitchens", "apartment", "properties")
_ARABIC_WORDS = ("و", "في", "بيت", "شقة", "حديقة", "الشارع", "العمارة", "المدينة", "الإيجارات", "المستندات")
_UNKNOWN_TEXT = "text"


class FixtureError(InturnError):
    """Raised when a fixture cannot be found or read."""


class FixtureMessage(Record):
    """One message. A second one with the same `ref` is a redelivery of the first."""

    model_config = ConfigDict(extra="forbid")

    at: float = Field(ge=0)  #: seconds since the fixture began
    customer: str  #: any name; each run turns it into a phone number that nobody can have
    channel: Literal["meta", "twilio"] = "meta"
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


def anonymise(text: str) -> str:
    """Return a text with other words of the same length and script, and other digits. The original cannot be recovered."""

    def other(found: re.Match[str]) -> str:
        word = found[0]
        if word.isdigit():
            return "".join(str((n * 7 + 3) % 10) for n in range(len(word)))
        words = _ARABIC_WORDS if _ARABIC.search(word) else _LATIN_WORDS
        stem = words[min(len(word), len(words)) - 1]
        return (stem * (len(word) // len(stem) + 1))[: len(word)]

    return _WORD.sub(other, text)


def messages_from_events(client: Redis, keys: Keys, *, newest: int, salt: str) -> list[FixtureMessage]:
    """Return the newest messages of the event streams as a fixture, with the real times between them.

    Numbers and texts are replaced; texts keep their shape where a session still contains the original. Raises
    `FixtureError` if there are no events, and `StoreUnavailable`.
    """
    found: list[tuple[int, str, str]] = []
    try:
        for number in range(keys.shards):
            entries: Any = client.xrevrange(keys.shard(number).events, count=newest)
            for _, fields in entries:
                found += [
                    (int(fields["at"]), fields["conversation"], id_)
                    for id_ in json.loads(fields.get("received", "[]"))
                ]
        texts = {one: _texts(client, keys, one) for one in {conversation for _, conversation, _ in found}}
    except redis.RedisError as error:
        raise StoreUnavailable(f"events: {type(error).__name__}") from error
    if not found:
        raise FixtureError("the event streams contain no messages")
    found = sorted(found)[-newest:]
    first = found[0][0]
    return [
        FixtureMessage(
            at=(at - first) / 1000,
            customer=_pseudonym(conversation, salt),
            channel="twilio" if id_.startswith(("SM", "MM")) else "meta",
            text=anonymise(texts[conversation].get(id_, _UNKNOWN_TEXT)),
            ref=f"e{number}",
        )
        for number, (at, conversation, id_) in enumerate(found)
    ]


def _texts(client: Redis, keys: Keys, conversation: str) -> Mapping[str, str]:
    record: Any = client.get(keys.of(conversation).session)
    if not record:
        return {}
    history = Session.model_validate_json(record).context.message_history
    return {said.message_id: said.content for said in history if said.role is Role.USER}


def _pseudonym(conversation: str, salt: str) -> str:
    return "c" + hashlib.blake2b(conversation.encode(), key=salt.encode(), digest_size=6).hexdigest()
