"""The steps for every body: verify, store, wake, answer. It does not know providers or the content of bodies.

The order of the checks: size (413), content type and emptiness (400), signature (401), and the store last (503).
"""

import json
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple, Protocol

from loguru import logger

from session.errors import StoreError
from session.printable import mask
from webhook.body_limits import Refused, acceptable
from webhook.storing import Keeper


class Headers(Protocol):
    """The headers of a request."""

    def get(self, key: str, default: str) -> str:
        """Return the value of a header, whatever the case of its name; repeated ones are joined."""


class Posted(Protocol):
    """What is looked at of a request, as Flask's `Request` has it."""

    @property
    def headers(self) -> Headers:
        """Return its headers."""

    @property
    def mimetype(self) -> str:
        """Return the content type without parameters, in lower case."""

    @property
    def path(self) -> str:
        """Return the path of the URL."""

    @property
    def query_string(self) -> bytes:
        """Return the query of the URL as it came."""

    @property
    def root_url(self) -> str:
        """Return scheme and host, under which we were reached."""

    @property
    def remote_addr(self) -> str | None:
        """Return the address of the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRequest:
    """What is known of a request with a valid signature."""

    source: str  #: the source under which its body is stored
    #: ordering key and bytes: the whole body, or what it is divided into. What has the same ordering key is read in order of arrival
    parts: Sequence[tuple[str, bytes]]


#: Returns None for a request without a valid signature.
Verify = Callable[[Posted, bytes], VerifiedRequest | None]


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a provider posts, what is accepted there, and what it is told."""

    path: str
    types: Container[str]  #: of content
    verify: Verify
    accepted: Answer
    at_most: int | None = None  #: bytes of a body; `Receiver.max_body_bytes` applies as well
    unavailable: Answer | None = None  #: instead of 503, if the body cannot be stored

    def answer(self, refused: Refused | None) -> Answer:
        """Return what the provider is told."""
        if refused is None:
            return self.accepted
        if self.unavailable and refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return self.unavailable
        words = json.dumps({"error": refused.reason}, separators=(",", ":"))
        return Answer(refused.status, "application/json", f"{words}\n".encode())


@dataclass(kw_only=True, eq=False, repr=False)
class Receiver:
    """Receives requests; a body is stored, or the client is told why not."""

    max_body_bytes: int
    #: number of requests that this process has answered, by status
    answered: Counter[int] = field(default_factory=Counter, init=False)

    def limit(self, endpoint: Endpoint) -> int:
        """Return how many bytes a body may have."""
        return min(self.max_body_bytes, endpoint.at_most or self.max_body_bytes)

    async def receive(
        self, request: Posted, read: bytes | Refused, endpoint: Endpoint, keeper: Keeper
    ) -> Answer:
        """Answer a request to an endpoint; `read` is its body, or why that could not be read.

        With `accepted` of the endpoint the body is stored and will be read. It waits for the keeper, and for nothing else.
        """
        refused = read if isinstance(read, Refused) else await self._take(request, read, endpoint, keeper)
        self.answered[refused.status if refused else HTTPStatus.OK] += 1
        if refused:
            address = request.remote_addr or "unknown"
            logger.warning("refused", reason=refused.reason, status=refused.status.value, address=address)
        return endpoint.answer(refused)

    async def _take(self, request: Posted, read: bytes, endpoint: Endpoint, keeper: Keeper) -> Refused | None:
        body = acceptable(read, request.mimetype, limit=self.limit(endpoint), types=endpoint.types)
        if isinstance(body, Refused):
            return body
        verified = endpoint.verify(request, body)
        if not verified:
            return Refused(status=HTTPStatus.UNAUTHORIZED, reason="missing or wrong signature")
        at = 0
        for ordering_key, part in verified.parts:
            try:
                stored = await keeper.store(part, source=verified.source, ordering_key=ordering_key)
            except Exception as error:  # noqa: BLE001 - whatever it was, the body must be sent again; what is known is dropped then
                known = isinstance(error, StoreError)
                logger.error("body not stored", error=mask(str(error)) if known else type(error).__name__)
                return Refused(
                    status=HTTPStatus.SERVICE_UNAVAILABLE, reason="storage is unavailable, try again"
                )
            at = stored.at
            if stored.wake is not None:
                await keeper.wake(stored.wake)
        # The worker that reads it logs the same `at` with the ids of its messages.
        logger.debug("stored", source=verified.source.partition("?")[0], size=len(body), at=at)
        return None
