"""The body of a request, which knows afterwards whether the request was sent as a whole.

aiohttp asks a body to write itself, and writes the head together with it in one piece. That is the moment in which it is
decided whether a request may have been processed, so everything that is certain is found out here:

* A connection that the provider closed while it was idle carries nothing. aiohttp notices the end of a connection when
  its event loop reads it; a busy loop reads it late. So the socket itself is asked right before the request is written.
  If it has ended, nothing is written, and the caller takes another connection.
* What the operating system did not accept was not sent: it stays in the buffer of the connection, which is dropped.
* What it accepted may have been received, even if the connection is found closed a moment later. A provider that hangs up
  in the same moment in which a request is written leaves it in doubt, as with every other client.

Below TLS there is a second buffer, which is not seen here. What lies there counts as sent: that is in doubt, not lost.
"""

import select
from asyncio import Transport
from collections.abc import MutableSet

from aiohttp import ClientConnectionResetError
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import StreamWriter
from aiohttp.payload import BytesPayload


class RequestBody(BytesPayload):
    """The bytes of one request. `used` are the connections that have carried one before; it is added to."""

    def __init__(self, value: bytes, used: MutableSet[object]) -> None:
        # aiohttp warns of more than a megabyte in one piece. It does not block the loop: the transport keeps what is left.
        super().__init__(b"")
        self._value, self._size = value, len(value)
        self.hung_up = False  #: the connection had ended while it was idle; nothing was written
        self.begun = False  #: a connection was there to write to
        self._used = used
        self._transport: Transport | None = None
        self._refused = False  #: the operating system accepted nothing

    async def write_with_length(
        self,
        writer: AbstractStreamWriter,
        content_length: int | None,  # noqa: ARG002 - all of it is written
    ) -> None:
        """Write head and body in one piece. Raises `ClientConnectionResetError` if the connection has ended."""
        assert isinstance(writer, StreamWriter)  # noqa: S101  (aiohttp's client has no other)
        connection, transport = writer.protocol, writer.transport
        assert isinstance(connection, ResponseHandler)  # noqa: S101  (nor this)
        if transport is None or (connection in self._used and _has_ended(connection, transport)):
            self.hung_up = connection in self._used
            raise ClientConnectionResetError("the connection has ended")
        self._used.add(connection)
        self.begun, self._refused, self._transport = True, True, transport
        await writer.write(self._value, drain=False)
        # A connection that could not be written to closes at once.
        self._refused = transport.is_closing()

    def stop(self) -> bool:
        """Drop what was not sent yet, so that it cannot leave later; return whether the request was not sent as a whole."""
        if self._transport is None:
            return False
        left = self._transport.get_write_buffer_size() > 0
        if left:
            self._transport.abort()
        return left or self._refused


def _has_ended(connection: ResponseHandler, transport: Transport) -> bool:
    """Whether an idle connection cannot be used: it is closed, or something came that nobody has asked for."""
    if transport.is_closing() or connection.should_close:
        return True
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(poll.poll(0))
