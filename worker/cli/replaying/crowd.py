"""Turns a fixture into the messages of one run: enough customers, fresh ids, texts by which replies are known. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from worker.cli.replaying.fixture import Line

#: Nobody has a number there: E.164 keeps 999 free.
_COUNTRY = "+999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One request to make."""

    at: float  #: seconds since the run began, at the fixture's own pace
    id: str
    customer: str
    channel: str
    picture: bool
    text: str  #: begins with the mark by which the reply is known
    mark: str
    again: bool  #: a redelivery: it must not be answered


def crowd(lines: Sequence[Line], *, run: int, copies: int, messages: int | None = None) -> Iterator[Planned]:
    """Yield the requests of a run: the fixture, played by `copies` crowds of customers at once.

    With `messages` the fixture begins again, with new customers, until there are so many. `run` (below 10,000) keeps
    the numbers and ids of two runs apart.
    """
    first = min(line.at for line in lines)
    length = max(line.at for line in lines) - first
    made = 0
    for lap in count():
        people = _People(run, lap * copies)
        for line in lines:
            for copy in range(copies):
                yield people.planned(line, copy, shift=lap * length - first)
                made += 1
                if messages is not None and made >= messages:
                    return
        if messages is None:
            return


class _People:
    """The customers of one lap."""

    def __init__(self, run: int, first_copy: int) -> None:
        self._run = run
        self._first_copy = first_copy
        self._names: dict[str, int] = {}
        self._said: dict[str, int] = {}
        self._marks: dict[str, str] = {}

    def planned(self, line: Line, copy: int, *, shift: float) -> Planned:
        name = self._names.setdefault(line.customer, len(self._names))
        # Four digits of the run, then a copy and a person: not more than 15 digits in all.
        customer = f"{_COUNTRY}{self._run:04}{(self._first_copy + copy) % 10_000:04}{name % 10_000:04}"
        told = f"{self._run:04}-{self._first_copy + copy}-{line.ref}"
        again = told in self._marks
        if not again:
            said = self._said[customer] = self._said.get(customer, 0) + 1
            self._marks[told] = f"[{self._run:04}.{said}]"
        mark = self._marks[told]
        meta = line.channel == "meta"
        return Planned(
            at=line.at + shift,
            id=f"wamid.replay.{told}" if meta else f"SM{_hex(told)}",
            customer=customer,
            channel=line.channel,
            picture=line.kind == "image",
            text=f"{mark} {line.text}".rstrip(),
            mark=mark,
            again=again,
        )


def _hex(text: str) -> str:
    return text.encode().hex()[-32:].rjust(32, "0")
