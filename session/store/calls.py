"""What is asked of Redis, as values: calls, and programs made of calls. Nothing here talks to Redis.

A `Call` is one script or one command. A `Program` is a generator: it yields calls, is sent their answers (or has the error
of one thrown into it), and returns its result. What may be asked in one round trip it yields `Together`. Runners carry
both out, see `session/store/runners.py`.
"""

from collections.abc import Callable, Generator, Sequence
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

#: What a key or a value of a call may be.
Value = str | int | bytes


class Where(Enum):
    """Which server carries a call out, where there are several."""

    OF_ITS_KEY = "of its key"
    EACH = "each"  #: all of them, replicas included; the answer is a list of answers and errors
    SCAN = "scan"  #: one primary after the other, see `scan`


class Call(NamedTuple, Generic[_T]):
    """One script or command, and how its answer is read."""

    name: str  #: what is asked, for errors
    words: tuple[Value, ...]  #: the command as it is sent
    read: Callable[[Any], _T] | None = None  #: None: the answer is the result
    text: str = ""  #: of a script, for a server that does not know it
    where: Where = Where.OF_ITS_KEY


class Together(NamedTuple):
    """Calls and programs that do not depend on each other: a program that yields them is sent their results, in order."""

    works: "Sequence[Call[Any] | Program[Any]]"
    errors: bool = False  #: whether an error takes the place of its result; else the first one is raised


Program = Generator[Call[Any] | Together, Any, _T_co]


def command(
    name: str, *words: Value, read: Callable[[Any], _T] | None = None, where: Where = Where.OF_ITS_KEY
) -> Call[_T]:
    """Return a plain command; its first key, if it has one, is its second word."""
    return Call(name, words, read, "", where)


def scan(name: str, pattern: str, *, page: int = 1000) -> Program[list[str]]:
    """Return all keys that match a pattern, of every primary. Reads every key: for people, not for workers."""
    found: list[str] = []
    position = ""
    while True:
        keys, position = yield scan_page(name, pattern, position, page=page)
        found += keys
        if not position:
            return found


def scan_page(name: str, pattern: str, position: str, *, page: int = 1000) -> Call[tuple[list[str], str]]:
    """Look at one page of keys from a position on, "" for the beginning; the answer ends with the next position, "" at the end."""
    return command(name, "SCAN", position, "MATCH", pattern, "COUNT", page, where=Where.SCAN)


# -- how answers are read; the client library has read those of a cluster already


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


# -- how entries of streams are passed to scripts


def fields(entry: dict[str, str]) -> list[Value]:
    """Return names and values in turn."""
    return [part for item in entry.items() for part in item]


def flat(letters: Sequence[dict[str, str]]) -> list[Value]:
    """Return dead letters as a script takes them: a count of fields, then names and values, for each."""
    values: list[Value] = []
    for letter in letters:
        values.append(2 * len(letter))
        values.extend(fields(letter))
    return values
