"""Which sends are to go wrong, and how. Kept in the memory of this one process."""

import threading
from enum import StrEnum

from pydantic import ConfigDict, Field

from session.records import Record
from webhook.simulator.inbound import Channel


class Mode(StrEnum):
    """How a provider behaves."""

    OK = "ok"
    SLOW = "slow"  # accepted, but answered late
    THROTTLE = "throttle"  # refused for now
    ERROR500 = "error500"  # refused with a provider's own 500
    HTML = "html"  # a gateway's 502 page, no JSON
    DROP = "drop"  # accepted, then the connection is closed without an answer
    REJECT = "reject"  # refused for good
    FAIL = "fail"  # accepted, then reported as failed by the status callback


class Fault(Record):
    """One fault that stays until it is used up or replaced."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    mode: Mode
    customer: str | None = None  #: None is everybody
    count: int | None = Field(default=None, ge=1)  #: sends that it still hits; None is without end
    #: how late a slow answer is; what a throttle of Twilio tells as Retry-After
    seconds: float = Field(default=5, ge=0, le=60)
    code: int | None = None  #: the provider's error code, instead of the usual one of the mode


class Faults:
    """The faults that are set: at most one a channel and customer. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[tuple[str, str | None], Fault] = {}

    def put(self, fault: Fault) -> None:
        """Set a fault in place of the one for the same channel and customer; mode ok only takes that away."""
        with self._lock:
            self._set.pop((fault.channel, fault.customer), None)
            if fault.mode is not Mode.OK:
                self._set[fault.channel, fault.customer] = fault

    def take(self, channel: str, customer: str) -> Fault | None:
        """Return the fault that hits this send and count it; a customer's own goes before everybody's."""
        with self._lock:
            for key in ((channel, customer), (channel, None)):
                fault = self._set.get(key)
                if fault is not None:
                    self._use(key, fault)
                    return fault
        return None

    def standing(self, channel: str) -> Fault | None:
        """Return the fault that hits everybody on a channel, without counting it."""
        with self._lock:
            return self._set.get((channel, None))

    def list(self) -> tuple[Fault, ...]:
        """Return the faults that are set, oldest first."""
        with self._lock:
            return tuple(self._set.values())

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._set.clear()

    def _use(self, key: tuple[str, str | None], fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count == 1:
            del self._set[key]
        else:
            self._set[key] = fault.model_copy(update={"count": fault.count - 1})
