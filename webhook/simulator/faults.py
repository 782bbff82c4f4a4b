"""What is to go wrong, and how: mostly with sends. Kept in the memory of this one process."""

import threading
from collections.abc import Callable
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
    SILENT = "silent"  # the same, and no status ever tells what became of it
    HTML = "html"  # a gateway's 502 page, no JSON; the provider got nothing
    GATEWAY = "gateway"  # the same page, though the provider behind the gateway has accepted
    DROP = "drop"  # accepted, then the connection is closed without an answer
    REJECT = "reject"  # refused for good
    FAIL = "fail"  # accepted, then reported as failed by the status callback
    ONCE = "once"  # takes TWICE away
    TWICE = "twice"  # what a customer writes is posted to the webhook a second time


#: What concerns the customers' messages; it stands beside what concerns the sends.
_INBOUND = frozenset({Mode.ONCE, Mode.TWICE})
_MENDED = frozenset({Mode.OK, Mode.ONCE})

#: Channel, customer or everybody, and whether it concerns what customers write.
_Key = tuple[str, str | None, bool]


class Fault(Record):
    """One fault that stays until it is used up or replaced."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    mode: Mode
    customer: str | None = None  #: None is everybody
    count: int | None = Field(default=None, ge=1)  #: messages that it still hits; None is without end
    #: how late a slow or silent answer is; what a throttle of Twilio tells as Retry-After
    seconds: float = Field(default=5, ge=0, le=60)
    code: int | None = None  #: the provider's error code, instead of the usual one of the mode


class Faults:
    """The faults that are set: at most one a channel, customer and direction. May be called from any thread.

    `changed` is called after every change.
    """

    def __init__(self, changed: Callable[[], object] = lambda: None) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._set: dict[_Key, Fault] = {}
        self._hits: dict[_Key, int] = {}

    def put(self, fault: Fault) -> None:
        """Set a fault in place of the one for the same channel and customer; mode ok only takes that away.

        `twice` stands beside the others, and `once` takes it away.
        """
        key = (fault.channel, fault.customer, fault.mode in _INBOUND)
        with self._lock:
            self._set.pop(key, None)
            self._hits.pop(key, None)
            if fault.mode not in _MENDED:
                self._set[key] = fault
        self._changed()

    def take(self, channel: str, customer: str) -> Fault | None:
        """Return the fault that hits this send and count it; a customer's own goes before everybody's."""
        return self._take(channel, customer, is_inbound=False)

    def doubles(self, channel: str, customer: str) -> bool:
        """Say whether this message of a customer is posted twice, and count it."""
        return self._take(channel, customer, is_inbound=True) is not None

    def standing(self, channel: str) -> Fault | None:
        """Return the fault that hits everybody on a channel, without counting it."""
        with self._lock:
            return self._set.get((channel, None, False))

    def list(self) -> tuple[Fault, ...]:
        """Return the faults that are set, oldest first."""
        with self._lock:
            return tuple(self._set.values())

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._set.clear()
            self._hits.clear()
        self._changed()

    def counters(self) -> tuple[tuple[Fault, int], ...]:
        """Return the faults that are set, oldest first, each with how often it has hit."""
        with self._lock:
            return tuple((fault, self._hits.get(key, 0)) for key, fault in self._set.items())

    def _take(self, channel: str, customer: str, *, is_inbound: bool) -> Fault | None:
        with self._lock:
            keys: tuple[_Key, ...] = ((channel, customer, is_inbound), (channel, None, is_inbound))
            key = next((key for key in keys if key in self._set), None)
            if key is None:
                return None
            fault = self._set[key]
            self._use(key, fault)
        self._changed()
        return fault

    def _use(self, key: _Key, fault: Fault) -> None:
        self._hits[key] = self._hits.get(key, 0) + 1
        if fault.count is None:
            return
        if fault.count == 1:
            del self._set[key]
        else:
            self._set[key] = fault.model_copy(update={"count": fault.count - 1})
