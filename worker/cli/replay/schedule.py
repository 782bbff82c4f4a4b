"""Turns a fixture into the messages of one run and says when each is sent: enough customers, new ids, recognisable texts. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import sqrt

from worker.cli.replay.fixture import FixtureMessage
from worker.cli.replay.requests import CHANNELS

#: E.164 assigns no numbers to 999.
_COUNTRY = "+999"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMessage:
    """One message of a run."""

    at: float  #: seconds since the run began, at the fixture's own pace
    id: str
    customer: str
    channel: str
    picture: bool
    text: str  #: begins with the mark by which its reply is recognised
    mark: str
    again: bool  #: a redelivery, which must not be answered


def planned_messages(
    fixture: Sequence[FixtureMessage], *, run: int, copies: int, messages: int | None = None
) -> Iterator[PlannedMessage]:
    """Yield the messages of a run: the fixture, sent by `copies` groups of customers at the same time.

    With `messages` the fixture is repeated, with new customers, until there are so many. `run` (below 10,000) makes the
    phone numbers and ids of a run its own.
    """
    first = min(message.at for message in fixture)
    length = max(message.at for message in fixture) - first
    made = 0
    for lap in count():
        customers = _Customers(run, lap * copies)
        for message in fixture:
            for copy in range(copies):
                yield customers.planned(message, copy, shift=lap * length - first)
                made += 1
                if messages is not None and made >= messages:
                    return
        if messages is None:
            return


class _Customers:
    """The customers of one lap."""

    def __init__(self, run: int, first_copy: int) -> None:
        self._run = run
        self._first_copy = first_copy
        self._names: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._marks: dict[str, str] = {}

    def planned(self, message: FixtureMessage, copy: int, *, shift: float) -> PlannedMessage:
        name = self._names.setdefault(message.customer, len(self._names))
        # Four digits each for the run, the copy and the customer: 15 digits in all, the most that E.164 allows.
        customer = f"{_COUNTRY}{self._run:04}{(self._first_copy + copy) % 10_000:04}{name % 10_000:04}"
        ref = f"{self._run:04}-{self._first_copy + copy}-{message.ref}"
        again = ref in self._marks
        if not again:
            number = self._counts[customer] = self._counts.get(customer, 0) + 1
            self._marks[ref] = f"[{self._run:04}.{number}]"
        mark = self._marks[ref]
        return PlannedMessage(
            at=message.at + shift,
            id=CHANNELS[message.channel].message_id(ref),
            customer=customer,
            channel=message.channel,
            picture=message.kind == "image",
            text=f"{mark} {message.text}".rstrip(),
            mark=mark,
            again=again,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Messages a second: from `first` to `last` within so many seconds, then `last`."""

    first: float
    last: float
    seconds: float = 0.0

    def due(self, number: int) -> float:
        """Return when a message (0 for the first) is sent, in seconds since the run began."""
        if self.seconds <= 0:
            return number / self.last
        slope = (self.last - self.first) / self.seconds
        on_ramp = (self.first + self.last) / 2 * self.seconds
        if number >= on_ramp:
            return self.seconds + (number - on_ramp) / self.last
        if slope == 0:
            return number / self.last
        # The area under the ramp is the number of messages so far.
        return (sqrt(self.first**2 + 2 * slope * number) - self.first) / slope


def scheduled(
    planned: Iterable[PlannedMessage], pace: Pace | None, *, speed: float = 0.0
) -> Iterator[tuple[float, PlannedMessage]]:
    """Yield messages with their times; without a pace `speed` times as fast as the fixture, 0 for all at once."""
    for number, one in enumerate(planned):
        yield pace.due(number) if pace else (one.at / speed if speed else 0.0), one
