"""Requests to Redis as values: calls, and programs made of calls. Nothing here does input or output.

A `Call` is one script or one command. A `Program` is a generator: it yields calls, receives their answers (or the error of
one is raised in it), and returns its result. Calls that do not depend on each other are yielded `Together`, for one round
trip. `session/store/runners.py` carries both out.
"""

from collections.abc import Callable, Generator, Sequence
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

#: A key or a value of a call.
Value = str | int | bytes


class Where(Enum):
    """Which server executes a call, if there are several."""

    OF_ITS_KEY = "of its key"
    EACH = "each"  #: all of them, replicas included; the answer is a list of answers and errors
    SCAN = "scan"  #: one primary after the other, see `scan`


class Wait(NamedTuple):
    """A command that is sent right behind a call, in the same write: it answers when what the connection wrote is safe."""

    name: str
    words: tuple[Value, ...]
    seconds: float  #: for which the server waits at most
    reached: Callable[[Any], bool]  #: whether its answer says that it is safe


class Call(NamedTuple, Generic[_T]):
    """One script or command, and how to read its answer."""

    name: str  #: a name for error messages
    words: tuple[Value, ...]  #: the command as it is sent
    read: Callable[[Any], _T] | None = None  #: None: the answer is the result
    text: str = ""  #: of a script, for a server that does not know it
    where: Where = Where.OF_ITS_KEY
    wait: Wait | None = (
        None  #: with one, the result is an answer only if the wait is reached: see `NotDurable`
    )


class Together(NamedTuple):
    """Calls and programs that do not depend on each other: a program that yields them is sent their results, in order."""

    works: "Sequence[Call[Any] | Program[Any]]"
    errors: bool = False  #: True: an error takes the place of its result; False: the first error is raised


Program = Generator[Call[Any] | Together, Any, _T_co]


def command(
    name: str, *words: Value, read: Callable[[Any], _T] | None = None, where: Where = Where.OF_ITS_KEY
) -> Call[_T]:
    """Return a plain command; its first key, if it has one, is its second word."""
    return Call(name, words, read, "", where)


def scan(name: str, pattern: str, *, page: int = 1000) -> Program[list[str]]:
    """Return all keys that match a pattern, of every primary. Reads every key, so workers must not call it."""
    found: list[str] = []
    position = ""
    while True:
        keys, position = yield scan_page(name, pattern, position, page=page)
        found += keys
        if not position:
            return found


def scan_page(name: str, pattern: str, position: str, *, page: int = 1000) -> Call[tuple[list[str], str]]:
    """Return one page of keys from a position on ("" for the beginning), and the next position ("" at the end)."""
    return command(name, "SCAN", position, "MATCH", pattern, "COUNT", page, where=Where.SCAN)


# -- readers of answers; the client library has parsed those of a cluster already


def as_text(answer: Any) -> str:
    """Return a string, "" if there is none."""
    return answer or ""


def as_fields(answer: Any) -> dict[str, str]:
    """Return a hash, or the fields of an entry of a stream."""
    return answer if isinstance(answer, dict) else dict(zip(answer[::2], answer[1::2], strict=True))


def as_entries(answer: Any) -> list[tuple[str, dict[str, str]]]:
    """Return the entries of a stream: id and fields."""
    return [(id_, as_fields(fields)) for id_, fields in answer or ()]


def as_scores(answer: Any) -> dict[str, float]:
    """Return members of a sorted set with their scores, in their order."""
    if answer and isinstance(answer[0], list | tuple):
        return {member: float(score) for member, score in answer}
    return {member: float(score) for member, score in as_fields(answer).items()}


def unless_wrong(answer: Any) -> Any:
    """Return an answer; None for a key of a wrong type, which a worker moves to the dead letters. Raises other errors."""
    if isinstance(answer, Exception):
        if "WRONGTYPE" in str(answer):
            return None
        raise answer
    return answer


# -- how entries of streams are passed to scripts


def fields(entry: dict[str, str]) -> list[Value]:
    """Return names and values alternately."""
    return [part for item in entry.items() for part in item]


def flat(letters: Sequence[dict[str, str]]) -> list[Value]:
    """Return dead letters in the form of the scripts: for each its number of fields, then names and values."""
    values: list[Value] = []
    for letter in letters:
        values.append(2 * len(letter))
        values.extend(fields(letter))
    return values
