"""Makes a fixture of real events: it keeps who wrote when, and replaces every number and every text."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import redis

from session.errors import StoreUnavailable
from session.event_records import EventRecord
from session.events import ActionTaken, MessagesTaken
from session.history import Role
from session.keys import Keys
from session.models import Session
from session.store import Redis
from worker.cli.replay.fixture import FixtureError, FixtureMessage

_ARABIC = re.compile(r"[\u0600-\u06ff]")
_WORD = re.compile(r"\w+")
_LATIN_WORDS = ("a", "we", "can", "look", "house", "garden", "balcony", "kitchens", "apartment", "properties")
_ARABIC_WORDS = ("و", "في", "بيت", "شقة", "حديقة", "الشارع", "العمارة", "المدينة", "الإيجارات", "المستندات")
_UNKNOWN_TEXT = "text"


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
            for record in [EventRecord.of(fields, id=id_) for id_, fields in entries]:
                if isinstance(record.event, MessagesTaken | ActionTaken):
                    found += [(record.at, record.conversation, id_) for id_ in record.event.received]
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
    return {said.message_id: said.text for said in history if said.role is Role.USER}


def _pseudonym(conversation: str, salt: str) -> str:
    return "c" + hashlib.blake2b(conversation.encode(), key=salt.encode(), digest_size=6).hexdigest()
