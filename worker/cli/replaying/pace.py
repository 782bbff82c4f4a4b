"""When each request goes out: at the fixture's own pace, at a rate, along a ramp, or as fast as it goes. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt

from worker.cli.replaying.crowd import Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Requests a second, from `first` to `last` within so many seconds; `last` from then on."""

    first: float
    last: float
    seconds: float = 0.0

    def due(self, number: int) -> float:
        """Return when a request (0 for the first) goes out, in seconds since the run began."""
        if self.seconds <= 0:
            return number / self.last
        slope = (self.last - self.first) / self.seconds
        on_ramp = (self.first + self.last) / 2 * self.seconds
        if number >= on_ramp:
            return self.seconds + (number - on_ramp) / self.last
        if slope == 0:
            return number / self.last
        # The area under the ramp is the number of requests so far.
        return (sqrt(self.first**2 + 2 * slope * number) - self.first) / slope


def scheduled(
    planned: Iterable[Planned], pace: Pace | None, *, speed: float = 0.0
) -> Iterator[tuple[float, Planned]]:
    """Yield requests with when they go out; without a pace `speed` times as fast as the fixture, 0 for at once."""
    for number, one in enumerate(planned):
        yield pace.due(number) if pace else (one.at / speed if speed else 0.0), one
