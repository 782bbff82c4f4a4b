"""The faults that are set, mostly of sends. Kept in the memory of this process."""

import threading
from collections.abc import Callable
from enum import StrEnum

from pydantic import ConfigDict, Field

from session.records import Record
from webhook.simulator.inbound import Channel


class Mode(StrEnum):
    """How a provider behaves."""

    OK = "ok"
    SLOW = "slow"  # accepts, and answers late
    THROTTLE = "throttle"  # refuses temporarily
    ERROR500 = "error500"  # refuses with a 500 of the provider
    SILENT = "silent"  # answers 500, and no status ever reports the outcome
    HTML = "html"  # a gateway answers with a 502 page; the provider did not get the message
    GATEWAY = "gateway"  # the same page, but the provider has accepted the message
    DROP = "drop"  # accepts, then closes the connection without an answer
    REJECT = "reject"  # refuses for good
    FAIL = "fail"  # accepts, and reports later that the message failed
    ONCE = "once"  # ends TWICE
    TWICE = "twice"  # posts what a customer writes to the webhook a second time


#: Modes that concern the customers' messages; they are independent of the modes of sends.
_INBOUND = frozenset({Mode.ONCE, Mode.TWICE})
_MENDED = frozenset({Mode.OK, Mode.ONCE})

#: Channel, customer (None: everybody), and whether the fault concerns what customers write.
_Key = tuple[str, str | None, bool]


class Fault(Record):
    """One fault that stays until it is used up or replaced."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    mode: Mode
    customer: str | None = None  #: None: everybody
    count: int | None = Field(default=None, ge=1)  #: messages that it still applies to; None: no limit
    #: delay of a slow or silent answer; Retry-After of Twilio's throttling
    seconds: float = Field(default=5, ge=0, le=60)
    code: int | None = None  #: the provider's error code; None: the usual one of the mode


class Faults:
    """The faults that are set, at most one for each channel, customer and direction. Methods may be called from any thread.

    `changed` is called after every change.
    """

    def __init__(self, changed: Callable[[], object] = lambda: None) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._set: dict[_Key, Fault] = {}
        self._hits: dict[_Key, int] = {}

    def put(self, fault: Fault) -> None:
        """Set a fault; it replaces the one of the same channel and customer. Mode `ok` only removes that one.

        `twice` is independent of the others; `once` removes it.
        """
        key = (fault.channel, fault.customer, fault.mode in _INBOUND)
        with self._lock:
            self._set.pop(key, None)
            self._hits.pop(key, None)
            if fault.mode not in _MENDED:
                self._set[key] = fault
        self._changed()

    def take(self, channel: str, customer: str) -> Fault | None:
        """Return the fault that applies to this send, and count the send. A customer's own fault takes precedence."""
        return self._take(channel, customer, is_inbound=False)

    def doubles(self, channel: str, customer: str) -> bool:
        """Return whether this message of a customer is posted twice, and count it."""
        return self._take(channel, customer, is_inbound=True) is not None

    def standing(self, channel: str) -> Fault | None:
        """Return the fault that applies to everybody on a channel; it is not counted."""
        with self._lock:
            return self._set.get((channel, None, False))

    def list(self) -> tuple[Fault, ...]:
        """Return the faults that are set, oldest first."""
        with self._lock:
            return tuple(self._set.values())

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._set.clear()
            self._hits.clear()
        self._changed()

    def with_hits(self) -> tuple[tuple[Fault, int], ...]:
        """Return the faults that are set, oldest first, each with the number of messages that it was applied to."""
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
