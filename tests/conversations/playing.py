"""Plays a conversation turn by turn, and keeps what the customer sees."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from session.content_parts import Kind, Media
from session.hours import Hours
from session.messages import Message
from session.models import State
from session.replies import Reply, Row
from session.testing import Answer, Conversation, choice, message, photo, place, tap, voice
from session.waiting import BACK, WhileWaiting
from worker.assistants.catalogue import LoadedCatalogue, Record
from worker.assistants.concierge import assistant
from worker.assistants.customer_input import MORE, SHOW
from worker.assistants.faq.file import SAMPLE, FaqFile
from worker.assistants.understanding.handoff import wants_back, wants_human

PEOPLE = Path(__file__).parent / "people"
CAIRO = ZoneInfo("Africa/Cairo")
#: A Sunday, when offices in Egypt are open.
_BEGIN = "2026-03-01 14:00"
_CODE = re.compile(r"\b(?:EG|M)\d{4}\b")
_SENT: dict[str, Callable[[], Message]] = {
    "photo": photo,
    "voice": voice,
    "place": lambda: place(30.03, 31.47),
    "sticker": lambda: message(kind=Kind.STICKER, media=(Media(mime_type="image/webp"),)),
}
#: What a customer can do in a turn.
DOES = ("says", "taps", "chooses", "sends")
_TURN = {*DOES, "after", "language", "useful", "wrong"}
_CONVERSATION = {"person", "language", "kind", "at", "hours", "assists", "turn"}


def conversations(folder: Path = PEOPLE) -> Iterator[dict[str, Any]]:
    """Read the conversations of all files, each with the name of its file and its number there.

    Raises `ValueError` for a word that has no meaning.
    """
    for path in sorted(folder.glob("*.toml")):
        for number, one in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["conversation"], 1):
            name = f"{path.stem} {number}"
            for unknown in [one.keys() - _CONVERSATION, *(turn.keys() - _TURN for turn in one["turn"])]:
                if unknown:
                    raise ValueError(f"{name}: what is {', '.join(sorted(unknown))}?")
            yield {"name": name, "kind": "properties"} | one


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the customer sees: the answer to a turn, and the records that it can refer to."""

    answer: Answer | None = None
    error: str = ""  #: what the assistant raised
    shown: list[Record] = field(default_factory=list)  #: in this answer
    rows: list[Record] = field(default_factory=list)  #: those of them that can be chosen from a list
    listed: list[Record] = field(default_factory=list)  #: in the last list before this answer
    one: Record | None = None  #: shown alone, last, before this answer
    told_to_wait: bool = False  #: a person was rightly called for, and the customer has been told so
    waits: bool = False  #: a person is awaited
    names: Mapping[str, list[str]] = field(default_factory=dict)  #: the other names of a place
    known: dict[str, Any] = field(default_factory=dict)  #: about the customer's wish, after the turn

    def before_the_next(self) -> "Seen":
        """Return what the customer has seen when the next turn begins."""
        several, single = len(self.shown) > 1, len(self.shown) == 1
        return Seen(
            listed=self.rows if len(self.rows) > 1 else self.listed,
            one=self.shown[0] if single else None if several else self.one,
            told_to_wait=self.told_to_wait,
        )

    @property
    def replies(self) -> tuple[Reply, ...]:
        """What the customer gets, from the assistant or without asking it."""
        return (*self.answer.notices, *self.answer.replies) if self.answer else ()

    @property
    def words(self) -> str:
        """Everything that the answer says, with its buttons and rows."""
        return "\n".join(map(_words_of, self.replies))

    @property
    def hands_over(self) -> bool:
        """Whether this answer calls for a person."""
        return self.answer is not None and self.answer.escalated is not None

    @property
    def options(self) -> set[str]:
        """The ids of the buttons and rows of the answer."""
        return {one.id for reply in self.replies for one in (*reply.buttons, *_rows(reply))}


def play(conversation: dict[str, Any], records: "Records") -> Iterator[tuple[dict[str, Any], Seen]]:
    """Play a conversation; yield each turn with what the customer sees. An error of the assistant ends it."""
    customer = Conversation(
        assistant,
        catalogue=records.catalogue,
        kind=conversation["kind"],
        now=datetime.fromisoformat(conversation.get("at", _BEGIN)).replace(tzinfo=CAIRO),
        faq=FaqFile(SAMPLE),
        meanwhile=WhileWaiting(wants_back=wants_back, assists=conversation.get("assists", False)),
        wants_human=wants_human,
        hours=Hours.of("Africa/Cairo", business={"mon-sun": conversation.get("hours", "09:00-21:00")}),
    )
    seen, rows = Seen(), list[str]()
    for turn in conversation["turn"]:
        customer.passes(timedelta(minutes=turn.get("after", 1)))
        seen = seen.before_the_next()
        try:
            seen.answer = customer.says(_message(turn, rows))
        except Exception as problem:  # noqa: BLE001  (it is judged, and the other conversations go on)
            seen.error = repr(problem)
            yield turn, seen
            return
        rows = _rows_of_records(seen.answer) or rows
        seen.shown, seen.rows, seen.names = records.shown_in(seen), records.rows_in(seen), records.names
        seen.known = customer.session.context.extracted_info.model_dump(by_alias=True, exclude_none=True)
        seen.waits = customer.session.state is State.WAITING_AGENT
        seen.told_to_wait = seen.waits and (seen.told_to_wait or seen.hands_over)
        yield turn, seen


class Records:
    """The records of a catalogue, found in what an answer says."""

    def __init__(self, catalogue: LoadedCatalogue) -> None:
        self.catalogue = catalogue
        self._named = {record.name: record for record in _all(catalogue, "members")}
        self.names: dict[str, list[str]] = {}
        for column in ("location", "city"):
            for other, name in catalogue.aliases("properties", column).items():
                self.names.setdefault(name, []).append(other)
        self._by_id = {
            record.id: record for record in (*self._named.values(), *_all(catalogue, "properties"))
        }

    def rows_in(self, seen: Seen) -> list[Record]:
        """Return the records that can be chosen from the list of an answer."""
        ids = _rows_of_records(seen.answer) if seen.answer else []
        return [self._by_id[one] for one in ids if one in self._by_id]

    def shown_in(self, seen: Seen) -> list[Record]:
        """Return the records that an answer shows: as rows, by code, or by the name of a member."""
        assert seen.answer is not None
        ids = [*_rows_of_records(seen.answer), *_CODE.findall(seen.words)]
        named = [record for name, record in self._named.items() if name in seen.words]
        return list(dict.fromkeys([*(self._by_id[one] for one in ids if one in self._by_id), *named]))


def _all(catalogue: LoadedCatalogue, kind: str) -> Iterator[Any]:
    offset = 0
    while found := catalogue.find(kind, offset=offset, limit=100):
        yield from found
        offset += len(found)


def _message(turn: dict[str, Any], rows: list[str]) -> Message:
    (does,) = (name for name in DOES if name in turn)
    what = turn[does]
    if does == "taps":
        return tap(BACK if what == "back" else what)
    if does == "sends":
        return _SENT[what]()
    if does == "chooses":
        return choice(f"{SHOW}{rows[what - 1]}" if what <= len(rows) else MORE)
    return message(what)


def _rows_of_records(answer: Answer) -> list[str]:
    rows = (row for reply in answer.replies for row in _rows(reply))
    return [row.id.removeprefix(SHOW) for row in rows if row.id.startswith(SHOW)]


def _rows(reply: Reply) -> tuple[Row, ...]:
    return reply.menu.rows if reply.menu else ()


def _words_of(reply: Reply) -> str:
    options = [*(button.title for button in reply.buttons)]
    options += [f"{row.title} {row.description or ''}" for row in _rows(reply)]
    return "\n".join([reply.text, *options])
