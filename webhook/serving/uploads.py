"""Large bodies, which the application allows one by one before anything of them is read. They go to a file, not into memory.

A stranger is answered from the head of a request, so nobody but who may upload can make the server take more than usual.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from re import Pattern
from tempfile import TemporaryFile
from typing import IO, Any

from webhook.body_limits import BROKEN_OFF, Refused, too_large
from webhook.serving.calling import Caller, Headers, Streamed
from webhook.serving.environ import ASKED, Scope, environ_of
from webhook.serving.reading import Incoming

#: Bytes that are written to the file at once, by a thread.
_BLOCK = 256 * 1024
_FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Which requests may have a large body, and how large."""

    path: Pattern[str]  #: of the POSTs with a multipart form
    body_bytes: int  #: of one body
    at_once: int = 4  #: of a process
    body_seconds: float = 900  #: from the end of the head to the end of the body


@dataclass(frozen=True, slots=True)
class Answered:
    """What the application said before the body was read."""

    status: int
    headers: Headers
    body: bytes


class UploadReading:
    """Asks for, reads and counts the large bodies of one event loop."""

    def __init__(self, uploads: Uploads, *, piece_seconds: float) -> None:
        """Take what may be uploaded, and the seconds within which a piece of a body must come."""
        self._uploads = uploads
        self._piece_seconds = piece_seconds
        #: bodies that are being read or handled
        self.held = 0

    def concerns(self, scope: Scope) -> bool:
        """Return whether the application is to be asked about this request."""
        return (
            scope.method == "POST"
            and scope.headers.get("content-type", "").lower().startswith(_FORM)
            and bool(self._uploads.path.fullmatch(scope.path))
        )

    async def ask(self, caller: Caller, scope: Scope) -> Answered | Refused | None:
        """Return the application's answer to the head alone; None: it takes the body."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Answered] = loop.create_future()

        def tell(*answer: Any) -> None:
            if not told.done():
                told.set_result(Answered(*answer))

        asked = environ_of(scope, b"") | {ASKED: True}
        rest = caller.call(asked, lambda *answer: loop.call_soon_threadsafe(tell, *answer))
        either: list[asyncio.Future[Any]] = [told, rest]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            match rest.result():
                case Refused() as refused:
                    return refused
                case Streamed() as streamed:
                    streamed.close()
                    return Refused(status=HTTPStatus.INTERNAL_SERVER_ERROR, reason="internal server error")
        answered = await told
        return None if answered.status == HTTPStatus.NO_CONTENT else answered

    async def body(self, incoming: Incoming, *, announced: int | None) -> IO[bytes] | Refused:
        """Return a whole body as a file, at its end; it counts until `let_go`."""
        if announced is not None and announced > self._uploads.body_bytes:
            return too_large(self._uploads.body_bytes)
        if self.held >= self._uploads.at_once:
            return Refused(status=HTTPStatus.SERVICE_UNAVAILABLE, reason="too many files at once, try again")
        file = TemporaryFile()  # noqa: SIM115 - `let_go` closes it
        self.held += 1
        refused: Refused | None = BROKEN_OFF
        try:
            async with asyncio.timeout(self._uploads.body_seconds):
                refused = await self._written(incoming, file, announced)
        except TimeoutError:
            refused = Refused(status=HTTPStatus.REQUEST_TIMEOUT, reason="the body did not arrive in time")
        except RuntimeError:  # the server raises this if the connection breaks
            refused = BROKEN_OFF
        except OSError:
            refused = Refused(status=HTTPStatus.INSUFFICIENT_STORAGE, reason="no room for this file")
        finally:
            if refused:
                self.let_go(file)
        return refused or file

    def let_go(self, file: IO[bytes]) -> None:
        """Remove a body that is handled."""
        self.held -= 1
        file.close()

    async def _written(self, incoming: Incoming, file: IO[bytes], announced: int | None) -> Refused | None:
        size, waiting, pieces = 0, bytearray(), aiter(incoming)
        while True:
            try:
                async with asyncio.timeout(self._piece_seconds):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                break
            size += len(piece)
            if size > self._uploads.body_bytes:
                return too_large(self._uploads.body_bytes)
            waiting += piece
            if len(waiting) >= _BLOCK:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
        return None if announced in (None, size) else BROKEN_OFF


def environ_with(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """Return the environment of a request whose body is a file, at its end."""
    size = body.tell()
    body.seek(0)
    return environ_of(scope, b"") | {"CONTENT_LENGTH": str(size), "wsgi.input": body}
