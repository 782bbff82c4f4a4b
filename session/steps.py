"""Steps and early replies: what a turn keeps before it ends, so that a repeated turn does not do it again. Pure.

They are the fields of a hash of the conversation. A field is a JSON array, its value a JSON object:

field                      value                            what it is
-------------------------  -------------------------------  --------------------------------------------------------
["step", first, name, n]   {"last", "result" or "failed"}   the n-th step of this name in the turn of message `first`
["key", name, key]         the same                         a step that the assistant names by a key of its own
["said", first, n]         {"text", "ids", "at", "full"}           the n-th early reply in the turn of message `first`

`first` and `last` are the ids of the first and the last message that the assistant had. After a failure the messages of a
turn are taken one by one; therefore a field without a key belongs to the first of them, one with a key to all.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import blake2b
from inspect import Parameter, signature
from typing import Any, Final, Protocol, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from session.contents import Said, Text, is_plain
from session.errors import StepFailed
from session.messages import Message
from session.outgoing import said_in
from session.replies import Reply

#: Characters of a result as JSON.
LONGEST_RESULT: Final = 32_768
#: Steps and early replies of one turn.
MOST: Final = 100
#: Characters of a name, or of a key.
_LONGEST_NAME = 200
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a turn."""

    field: str
    key: str  #: the same in every repetition, for the idempotency of the other side; contains nothing of the customer
    stored: str | None  #: what an earlier run has kept


class EarlyReply(BaseModel):
    """A reply that left before its turn ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    ids: tuple[str, ...]  #: its deliveries
    at: int  #: when it was queued, ms since the epoch
    full: Said | None = None  #: what it says, if that is more than a text

    @classmethod
    def of(cls, reply: Reply, ids: Sequence[str], *, at: int) -> Self:
        """Return a reply that was queued with these deliveries."""
        said = said_in(reply)
        return cls(text=reply.text, ids=tuple(ids), at=at, full=None if is_plain(said) else said)

    @property
    def content(self) -> Said:
        """What it says."""
        return self.full or Text(text=self.text)

    def to_json(self) -> str:
        """Return it in the form stored in Redis."""
        return self.model_dump_json(exclude_none=True)


class Keeper(Protocol):
    """Keeps what a turn does before its end, each call at once. Raises `TurnLost` if the turn is somebody else's by now."""

    def in_step(self) -> AbstractContextManager[None]:
        """Say that a step is in progress, as long as the block lasts."""

    def keep(self, field: str, value: str) -> str:
        """Keep a value; return what is kept, which is an earlier value if there is one."""

    def say(self, field: str, reply: Reply) -> bool:
        """Queue a reply, unless it was before; False if it can only be said when the turn ends."""


class AsyncKeeper(Protocol):
    """The same for a coroutine."""

    def in_step(self) -> AbstractContextManager[None]:
        """Say that a step is in progress, as long as the block lasts."""

    async def keep(self, field: str, value: str) -> str:
        """Keep a value; return what is kept, which is an earlier value if there is one."""

    async def say(self, field: str, reply: Reply) -> bool:
        """Queue a reply, unless it was before; False if it can only be said when the turn ends."""


class MemoryKeeper:
    """Keeps everything in this object: for tests, and wherever no turn is repeated."""

    def __init__(self, at: int = 0) -> None:
        self._at = at  # when early replies are said, ms since the epoch
        self.kept: dict[str, str] = {}
        self.said: list[Reply] = []

    def in_step(self) -> AbstractContextManager[None]:
        """Do nothing: nothing ends a turn here."""
        return nullcontext()

    def keep(self, field: str, value: str) -> str:
        """Keep a value; return what is kept."""
        return self.kept.setdefault(field, value)

    def say(self, field: str, reply: Reply) -> bool:
        """Note a reply, unless it was before."""
        if field not in self.kept:
            self.said.append(reply)
            self.kept[field] = EarlyReply.of(reply, (f"early.{len(self.said)}",), at=self._at).to_json()
        return True


class Progress:
    """What one run of a turn has done so far, and what earlier runs of it have kept."""

    def __init__(
        self, conversation: str, messages: Sequence[Message], kept: Mapping[str, str], *, secret: str = ""
    ) -> None:
        self._conversation = conversation
        self._first, self._last = messages[0].id, messages[-1].id
        self._kept = kept
        self._secret = secret
        self._uses: Counter[str] = Counter()

    def about(self, messages: Sequence[Message]) -> "Progress":
        """Return the progress with one question of a turn, which has steps and early replies of its own."""
        return Progress(self._conversation, messages, self._kept, secret=self._secret)

    def joined(self, messages: Sequence[Message]) -> None:
        """Take note of messages that joined the turn."""
        if messages:
            self._last = messages[-1].id

    def step(self, name: str, key: str | None, *, peek: bool = False) -> Step:
        """Return the next step of a name, or the one with this key. With `peek` it is not counted as a use.

        Raises `ValueError` if the name or the key is empty or too long, or the turn has too many steps.
        """
        for word in (name, key):
            if word is not None and not 0 < len(word) <= _LONGEST_NAME:
                raise ValueError(f"the name of a step and its key have 1 to {_LONGEST_NAME} characters")
        number = self._uses[name] + 1 if peek else self._count(name)
        named = ["key", name, key] if key is not None else ["step", self._first, name, number]
        field = _COMPACT.encode(named)
        return Step(field=field, key=self._digest(field), stored=self._kept.get(field))

    def early_reply(self) -> str:
        """Return the field of the next early reply. Raises `ValueError` if the turn has too many."""
        return _COMPACT.encode(["said", self._first, self._count("")])

    def value_of(self, result: Any) -> str:
        """Return the value that keeps a result. One that cannot be kept is kept as a failure: its effect has happened."""
        try:
            value = _COMPACT.encode({"last": self._last, "result": result})
        except (TypeError, ValueError, RecursionError) as error:
            value, why = "", f"its result is not JSON: {error}"
        else:
            why = f"its result has more than {LONGEST_RESULT:,} characters of JSON"
        if value and len(value) <= LONGEST_RESULT + len(self._last) + 32:
            return value
        return _COMPACT.encode({"last": self._last, "failed": why[:_LONGEST_NAME]})

    def _count(self, name: str) -> int:
        if self._uses.total() >= MOST:
            raise ValueError(f"a turn has at most {MOST} steps and early replies")
        self._uses[name] += 1
        return self._uses[name]

    def _digest(self, field: str) -> str:
        text = f"{self._secret}\n{self._conversation}\n{field}".encode("utf-8", "surrogatepass")
        return blake2b(text, digest_size=16, person=b"inturn steps").hexdigest()


def arguments_of(fn: Callable[..., Any], step: Step) -> tuple[str, ...]:
    """Return the arguments of the function of a step: the idempotency key if it must have one argument."""
    try:
        parameters = signature(fn).parameters.values()
    except ValueError:
        return ()  # objects written in C have no signature
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    wanted = [one for one in parameters if one.kind in positional and one.default is Parameter.empty]
    return (step.key,) if wanted else ()


def result_in(name: str, value: str) -> Any:
    """Return the result that a value keeps. Raises `StepFailed` if it could not be kept."""
    kept = json.loads(value)
    if "result" not in kept:
        raise StepFailed(name, str(kept.get("failed", "")))
    return kept["result"]


def finished(kept: Mapping[str, str], consumed: Iterable[str], still_open: Collection[str] = ()) -> list[str]:
    """Return the fields that nobody needs once these messages are consumed; steps of those `still_open` are needed again."""
    over = {None, *consumed}
    done = over - {*still_open}
    by = {field: over if _parts(field)[:1] == ["said"] else done for field in kept}
    return [field for field, value in kept.items() if _belongs_to(field, value) in by[field]]


def beginnings(kept: Mapping[str, str]) -> set[str]:
    """Return the ids of the messages with which turns began whose steps are kept."""
    return {str(parts[1]) for parts in map(_parts, kept) if parts[:1] == ["step"]}


def early_replies(kept: Mapping[str, str], consumed: Iterable[str]) -> list[EarlyReply]:
    """Return what was said early in the turns of these messages, in its order."""
    ids, found = set(consumed), []
    for field, value in kept.items():
        match _parts(field):
            case ["said", first, int(number)] if first in ids:
                try:
                    found.append((number, EarlyReply.model_validate_json(value)))
                except ValidationError:
                    continue
    return [reply for _, reply in sorted(found, key=lambda one: (one[1].at, one[0]))]


def _belongs_to(field: str, value: str) -> str | None:
    """Return the id of the message with which a field is finished; None if it cannot be read."""
    match _parts(field):
        case ["step" | "said", str(first), *_]:
            return first
        case ["key", *_]:
            try:
                return str(json.loads(value)["last"])
            except (ValueError, LookupError, TypeError):
                return None
    return None


def _parts(field: str) -> list[Any]:
    try:
        parts = json.loads(field)
    except ValueError:
        return []
    return parts if isinstance(parts, list) else []
