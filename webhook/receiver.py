"""What happens to every body: verify, store, wake, answer. It must not know a provider, nor look into a body.

The order of the checks: size (413), content type and emptiness (400), signature (401), and the store last (503).
"""

from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from flask import Request
from flask import request as present
from loguru import logger

from session.clock import Clock
from session.errors import StoreError
from session.masking import mask
from session.records import to_ms
from webhook.bodies import Refused, read_body


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRequest:
    """What is known of a request whose signature is right."""

    source: str  #: under which its body is kept
    ordering_key: str  #: bodies of one ordering key are read in the order of their arrival


#: Returns None for a request that the provider has not signed.
Verify = Callable[[Request, bytes], VerifiedRequest | None]


class Bodies(Protocol):
    """Keeps bodies."""

    def store(
        self, body: bytes, *, source: str, now: datetime, ordering_key: str, by_agent: bool = False
    ) -> int | None:
        """Keep a body; return the shard that must be woken, or None. Raises `StoreError` if it was not kept."""


class Waking(Protocol):
    """Wakes whoever reads the bodies."""

    def publish(self, shard: int) -> None:
        """Wake the intake of a shard. Never raises, and does not take long."""


class Receiver:
    """Takes requests in; a body is kept, or the client is told why not."""

    def __init__(self, *, store: Bodies, wake: Waking, clock: Clock, max_body_bytes: int) -> None:
        self._store = store
        self._wake = wake
        self._clock = clock
        self._limit = max_body_bytes
        #: how many requests this process has answered, by status
        self.answered: Counter[int] = Counter()

    def receive(self, *, types: Container[str], verify: Verify, at_most: int | None = None) -> Refused | None:
        """Return why the present request is refused; None says that its body is kept and will be read.

        `at_most` is the number of bytes of which this provider sends no more; above all there is `max_body_bytes`.
        """
        # Flask's proxy would look it up anew for each thing that it is asked.
        request: Request = present._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        limit = min(self._limit, at_most or self._limit)
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
        try:
            now = self._clock.now()
            shard = self._store.store(
                body, source=verified.source, now=now, ordering_key=verified.ordering_key
            )
        except Exception as error:  # noqa: BLE001 - whatever it was, the body is not kept and must be sent again
            known = isinstance(error, StoreError)
            logger.error("not kept", error=mask(str(error)) if known else type(error).__name__)
            return Refused(status=HTTPStatus.SERVICE_UNAVAILABLE, reason="the store is away, try again")
        # The worker that reads it says the same `at` beside the ids of its messages.
        logger.debug("stored", source=verified.source.partition("?")[0], size=len(body), at=to_ms(now))
        if shard is not None:
            self._wake.publish(shard)
        return None
