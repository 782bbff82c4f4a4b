"""Downloads a medium: in parts, with redirections that are checked, and from no private address.

What a customer's message names is never visited unless it is the provider's: an address in a body could be one of ours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiohttp import ClientSession, ClientTimeout
from yarl import URL

from worker.public_only import is_refusal, open_connections

#: The chain of Twilio is two long.
_REDIRECTIONS: Final = 4
_CONNECTS_WITHIN: Final = 5.0
#: Seconds without a byte.
_SILENT_FOR: Final = 15.0
_PART: Final = 64 * 1024
#: Statuses of what does not come back.
GONE: Final = frozenset({404, 410})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a medium is."""

    url: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)  #: with the credentials of the provider
    origin: str  #: the configured address of the provider's API: it may be a private one, and without TLS
    hosts: tuple[str, ...] = ()  #: other hosts of the provider; with a dot in front all hosts below
    knows_us: tuple[str, ...] = ()  #: those of them that get the headers
    mime_type: str = ""  #: as the provider says
    sha256: str = ""  #: in hexadecimal, "" if the provider does not say
    at_most: int | None = (
        None  #: bytes of the largest file that the provider hands out, if that is not by kind
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """All of it has come."""

    mime_type: str  #: as the answer says


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """It did not come; it may later."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """It will not come."""

    why: str


#: Takes the parts of a medium in their order; what it raises ends the download.
Write = Callable[[bytes], None]


class Downloads(Protocol):
    """What fetches need of an HTTP client."""

    async def download(self, place: Place, write: Write) -> Arrived | NotNow | Never:
        """Write the parts of a medium. Raises only what `write` raises, and `CancelledError`."""

    async def close(self) -> None:
        """Close the connections."""


class GuardedDownloads:
    """Downloads over connections of its own; satisfies `Downloads`. Belongs to the event loop of the first download."""

    def __init__(self, *, connections: int = 50) -> None:
        self._connections = connections
        self._sessions: dict[bool, ClientSession] = {}

    async def download(self, place: Place, write: Write) -> Arrived | NotNow | Never:
        """Write the parts of a medium; see `Downloads`."""
        url = _url(place.url)
        for _ in range(1 + _REDIRECTIONS):
            if url is None or not is_allowed(url, place):
                return Never(why="it is not at the provider")
            answer = await self._follow(url, place, write)
            if not isinstance(answer, URL):
                return answer
            url = answer
        return Never(why="it is redirected too often")

    async def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            await session.close()

    async def _follow(self, url: URL, place: Place, write: Write) -> Arrived | NotNow | Never | URL:
        """Ask for a medium once; an address is where it is instead."""
        ours = _is_ours(url, place)
        knows_us = ours or matches(url.host or "", place.knows_us)
        # What is compressed could be endless when it is decompressed.
        headers = {"Accept-Encoding": "identity"} | (place.headers if knows_us else {})
        session = self._session(is_configured=ours)
        writing = _Writing(write)
        try:
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status in _MOVED:
                    return _joined(url, answer.headers.get("Location", ""))
                if answer.status in GONE:
                    return Never(why=f"the provider has it no more ({answer.status})")
                if answer.status != 200:  # noqa: PLR2004 - a part of it is none either
                    return NotNow(why=f"the provider answers {answer.status}")
                async for part in answer.content.iter_chunked(_PART):
                    writing(part)
                return Arrived(mime_type=answer.headers.get("Content-Type", ""))
        except Exception as error:
            if writing.failed:
                raise
            if is_refusal(error):
                return Never(why="its host has a private address")
            return NotNow(why=f"{type(error).__name__} while it was fetched")

    def _session(self, *, is_configured: bool) -> ClientSession:
        """Return the connections to hosts with public addresses only, or to the API that is configured."""
        if is_configured not in self._sessions:
            self._sessions[is_configured] = open_connections(
                self._connections,
                ClientTimeout(total=None, sock_connect=_CONNECTS_WITHIN, sock_read=_SILENT_FOR),
                only_public=not is_configured,
            )
        return self._sessions[is_configured]


class _Writing:
    """Remembers whether it was the writer that failed, and not the connection."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.failed = False

    def __call__(self, part: bytes) -> None:
        try:
            self._write(part)
        except BaseException:
            self.failed = True
            raise


def is_allowed(url: URL, place: Place) -> bool:
    """Whether an address is the provider's: its API as configured, or one of its hosts, with TLS and on the usual port."""
    if url.raw_user or not url.host:
        return False
    if _is_ours(url, place):
        return True
    return url.scheme == "https" and url.port == 443 and matches(url.host, place.hosts)  # noqa: PLR2004


def matches(host: str, hosts: tuple[str, ...]) -> bool:
    """Whether a host is one of these; one with a dot in front stands for all below it."""
    host = host.lower().rstrip(".")
    return any(host.endswith(one) if one.startswith(".") else host == one for one in hosts)


def _is_ours(url: URL, place: Place) -> bool:
    """Whether an address is at the API as it is configured."""
    api = URL(place.origin)
    return (url.scheme, url.host, url.port) == (api.scheme, api.host, api.port)


def _url(text: str) -> URL | None:
    if not text.isascii() or not text.isprintable() or " " in text:
        return None
    try:
        url = URL(text, encoded=True)
        usable = url.scheme in ("http", "https") and url.host and url.port
    except ValueError:
        return None
    return url if usable else None


def _joined(url: URL, location: str) -> URL | Never:
    target = _url(location) if "://" in location.partition("?")[0] else None
    if target is None and location.startswith("/") and not location.startswith("//"):
        target = _url(f"{url.origin()}{location}")
    return target or Never(why="it is redirected to an address that cannot be read")
