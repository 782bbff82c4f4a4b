"""Posts a body to the receiver of a hook: once, within ten seconds, and to nobody else."""

import contextlib
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import ClientConnectorDNSError, ClientSession, ClientTimeout

from worker.hooks.configuration import Hook
from worker.hooks.signing import headers_of
from worker.public_only import is_public_host, is_refusal, open_connections

#: Seconds for all of it.
_WITHIN: Final = 10.0
#: What is read of an answer, so that its connection can be used again.
_READ: Final = 4096
#: Whoever sends limits them for each hook. A limit for all would let a slow receiver hold up the others.
_ANY_NUMBER: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The receiver did not accept it, or was not reached."""

    why: str


class Posting(Protocol):
    """What sending events needs of an HTTP client."""

    async def post(self, hook: Hook, event: str, body: bytes, *, at: int) -> Refused | None:
        """Send a body, signed at a time in seconds; None if it was accepted. Raises only `CancelledError`."""

    async def close(self) -> None:
        """Close the connections."""


class Poster:
    """Posts over connections of its own; satisfies `Posting`. Belongs to the event loop of the first post."""

    def __init__(self, *, within: float = _WITHIN) -> None:
        """`within` is the seconds for one body, from the look-up of the host to the answer."""
        self._within = within
        self._sessions: dict[bool, ClientSession] = {}

    async def post(self, hook: Hook, event: str, body: bytes, *, at: int) -> Refused | None:
        """Send a body; see `Posting`. A redirection is a refusal; of the answer only its status matters."""
        if not hook.allow_private and not is_public_host(hook.url.host or ""):
            return Refused(why="it has a private address")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Inturn",
            "Accept-Encoding": "identity",
        } | headers_of(event, body, at=at, keys=hook.keys)
        try:
            async with self._session(only_public=not hook.allow_private).post(
                hook.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
                with contextlib.suppress(Exception):
                    await answer.content.read(_READ)
                    if not answer.content.at_eof():
                        answer.close()
        except Exception as error:  # noqa: BLE001  (a client fails in many ways, and all of them mean the same)
            return Refused(why=_why(error))
        return None if 200 <= status < 300 else Refused(why=f"it answers {status}")  # noqa: PLR2004

    async def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            await session.close()

    def _session(self, *, only_public: bool) -> ClientSession:
        if only_public not in self._sessions:
            timeout = ClientTimeout(total=self._within)
            self._sessions[only_public] = open_connections(_ANY_NUMBER, timeout, only_public=only_public)
        return self._sessions[only_public]


def _why(error: Exception) -> str:
    """Return why a receiver was not reached; no address and no secret stands in it."""
    if is_refusal(error):
        return "it has a private address"
    return "the host was not found" if isinstance(error, ClientConnectorDNSError) else type(error).__name__
