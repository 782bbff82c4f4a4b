"""The steps for every body: verify, store, wake, answer. It does not know providers or the content of bodies.

The order of the checks: size (413), content type and emptiness (400), signature (401), and the store last (503).
"""

from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from flask import Request
from flask import request as present
from loguru import logger

from session.clock import Clock
from session.errors import StoreError
from session.printable import mask
from session.records import to_ms
from session.store import IntakeStore, Runner
from webhook.body_limits import Refused, read_body


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRequest:
    """What is known of a request with a valid signature."""

    source: str  #: the source under which its body is stored
    #: ordering key and bytes: the whole body, or what it is divided into. What has the same ordering key is read in order of arrival
    parts: Sequence[tuple[str, bytes]]


#: Returns None for a request without a valid signature.
Verify = Callable[[Request, bytes], VerifiedRequest | None]


class Bodies(Protocol):
    """Stores bodies."""

    def store(
        self, body: bytes, *, source: str, now: datetime, ordering_key: str, by_agent: bool = False
    ) -> int | None:
        """Store a body; return the shard that must be woken, or None. Raises `StoreError` if it was not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Stores bodies in Redis."""

    run: Runner
    intake: IntakeStore

    def store(
        self, body: bytes, *, source: str, now: datetime, ordering_key: str, by_agent: bool = False
    ) -> int | None:
        """Store a body; return the shard that must be woken, or None. Raises `StoreError` if it was not stored."""
        return self.run(
            self.intake.store(body, source=source, now=now, ordering_key=ordering_key, by_agent=by_agent)
        )


class Waking(Protocol):
    """Wakes the workers that read the bodies."""

    def publish(self, shard: int) -> None:
        """Wake the intake of a shard. Never raises, and does not take long."""


@dataclass(kw_only=True, eq=False, repr=False)
class Receiver:
    """Receives requests; a body is stored, or the client is told why not."""

    store: Bodies
    wake: Waking
    clock: Clock
    max_body_bytes: int
    #: number of requests that this process has answered, by status
    answered: Counter[int] = field(default_factory=Counter, init=False)

    def receive(self, *, types: Container[str], verify: Verify, at_most: int | None = None) -> Refused | None:
        """Return why the current request is rejected; None means that its body is stored and will be read.

        `at_most` is the largest body of this provider, in bytes; `max_body_bytes` applies as well.
        """
        # Flask's proxy would be resolved for every access.
        request: Request = present._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        limit = min(self.max_body_bytes, at_most or self.max_body_bytes)
        refused = self._take(request, types, verify, limit)
        self.answered[refused.status if refused else HTTPStatus.OK] += 1
        if refused:
            address = request.remote_addr or "unknown"
            logger.warning("refused", reason=refused.reason, status=refused.status.value, address=address)
        return refused

    def _take(self, request: Request, types: Container[str], verify: Verify, limit: int) -> Refused | None:
        body = read_body(request, limit=limit, types=types)
        if isinstance(body, Refused):
            return body
        verified = verify(request, body)
        if not verified:
            return Refused(status=HTTPStatus.UNAUTHORIZED, reason="missing or wrong signature")
        now = self.clock.now()
        for ordering_key, part in verified.parts:
            try:
                shard = self.store.store(part, source=verified.source, now=now, ordering_key=ordering_key)
            except Exception as error:  # noqa: BLE001 - whatever it was, the body must be sent again; what is known is dropped then
                known = isinstance(error, StoreError)
                logger.error("body not stored", error=mask(str(error)) if known else type(error).__name__)
                return Refused(
                    status=HTTPStatus.SERVICE_UNAVAILABLE, reason="storage is unavailable, try again"
                )
            if shard is not None:
                self.wake.publish(shard)
        # The worker that reads it logs the same `at` with the ids of its messages.
        logger.debug("stored", source=verified.source.partition("?")[0], size=len(body), at=to_ms(now))
        return None
