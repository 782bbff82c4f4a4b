"""Reports whether the process is up, and whether a new message would be stored and answered.

Anybody may ask, and often: there is one check a second, its connections are reused, and the answer contains no secrets
and no addresses.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from session.clock import Clock
from session.connection import NOTICEABLE
from session.errors import StoreError, StoreFull
from session.pauses import Pause
from session.printable import mask
from session.records import from_ms
from session.results import Tried
from webhook.receiver import Receiver

OK = "ok"
_FRESH = timedelta(seconds=1)
#: During a check, other requests get the previous result, if it is not older than this.
_GOOD_ENOUGH = timedelta(seconds=5)


class Broker(Protocol):
    """The way to the workers."""

    missed: int

    def check(self) -> str:
        """Return "ok", or the problem. Never raises, and does not take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessReport:
    """The result of one check; "ok", or the problem."""

    at: datetime
    redis: str  #: whether a body can be stored
    sweep: str  #: whether the sweep runs
    broker: str  #: whether the broker accepts wake-ups
    clock: str  #: whether the clock of this host is that of Redis; work does not depend on it
    paused: Mapping[str, Pause]

    @property
    def ready(self) -> bool:
        """Whether a new message would be stored, and answered soon."""
        return (self.redis, self.sweep, self.broker) == (OK, OK, OK)


@dataclass(kw_only=True, eq=False, repr=False)
class Readiness:
    """One check for all requests at the same time."""

    try_body: Callable[[], Tried]  #: stores a test body, and undoes that; raises `StoreError`
    paused: Callable[[], Mapping[str, Pause]]  #: raises `StoreError`
    broker: Broker
    clock: Clock  #: measures how much has passed
    of_host: Clock  #: which is compared with that of Redis
    sweep_within: timedelta
    _checking: threading.Lock = field(default_factory=threading.Lock, init=False)
    _latest: ReadinessReport | None = field(default=None, init=False)

    def report(self) -> ReadinessReport:
        """Return a result of the last second, or check."""
        latest = self._within(_FRESH)
        if latest:
            return latest
        former = self._within(_GOOD_ENOUGH)
        if not self._checking.acquire(blocking=former is None) and former:
            return former
        try:
            latest = self._latest = self._within(_FRESH) or self._check()
        finally:
            self._checking.release()
        return latest

    def _within(self, age: timedelta) -> ReadinessReport | None:
        latest = self._latest
        return latest if latest and self.clock.now() - latest.at < age else None

    def _check(self) -> ReadinessReport:
        now = self.clock.now()
        redis, sweep, clock, paused = OK, "unknown", "unknown", dict[str, Pause]()
        try:
            tried = self.try_body()
            sweep, clock = self._swept(tried), self._clock(tried)
            paused = dict(self.paused())
        except StoreFull:
            redis = "full"
        except StoreError as error:
            # "try_body: MISCONF": the name of the script is of no interest to a client.
            redis = str(error).rpartition(": ")[2]
        broker = self.broker.check()
        return ReadinessReport(at=now, redis=redis, sweep=sweep, broker=broker, clock=clock, paused=paused)

    def _clock(self, tried: Tried) -> str:
        off = self.of_host.now() - from_ms(tried.now)
        if abs(off) <= NOTICEABLE:
            return OK
        return f"{abs(off) // timedelta(seconds=1)} s {'ahead' if off > timedelta() else 'behind'}"

    def _swept(self, tried: Tried) -> str:
        if not tried.swept_at:
            return "never"
        age = from_ms(tried.now) - from_ms(tried.swept_at)
        return OK if age <= self.sweep_within else f"{age // timedelta(seconds=1)} s ago"


def health_routes(*, readiness: Readiness, broker: Broker, receiver: Receiver) -> Blueprint:
    """Return GET /healthz, which checks nothing else, and GET /readyz, which is 503 if a message would not be stored and answered."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(status="ok")

    @routes.get("/readyz")
    def ready() -> ResponseReturnValue:
        report = readiness.report()
        return jsonify(
            status=_in_words(report),
            redis=report.redis,
            sweep=report.sweep,
            broker=report.broker,
            clock=report.clock,
            paused={mask(sender): pause.code for sender, pause in report.paused.items()},
            since_start={
                "answered": {str(code): count for code, count in sorted(receiver.answered.items())},
                "wakes_left_to_the_sweep": broker.missed,
            },
        ), HTTPStatus.OK if report.ready else HTTPStatus.SERVICE_UNAVAILABLE

    return routes


def _in_words(report: ReadinessReport) -> str:
    if not report.ready:
        return "not ready"
    senders = len(report.paused)
    return f"ready, but {senders} paused sender(s) send nothing" if senders else "ready"
