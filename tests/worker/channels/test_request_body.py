"""What is known of a request at the moment in which it is written."""

import asyncio

import pytest
from aiohttp import ClientConnectionResetError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import StreamWriter
from multidict import CIMultiDict

from worker.channels.request_body import RequestBody


class Line(asyncio.Transport):
    """A connection of which the operating system takes so many bytes at once; None: it refuses to take any."""

    def __init__(self, takes: int | None) -> None:
        super().__init__()
        self.takes = takes
        self.waiting = b""
        self.closing = False

    def write(self, data):
        if self.takes is None:
            self.closing = True
        else:
            self.waiting = data[self.takes :]

    def is_closing(self):
        return self.closing

    def get_write_buffer_size(self):
        return len(self.waiting)

    def abort(self):
        self.closing, self.waiting = True, b""


def written_to(line, *, used=False):
    """A body after it was written to a line, and whether that failed."""

    async def write():
        loop = asyncio.get_running_loop()
        connection = ResponseHandler(loop)
        connection.connection_made(line)
        body = RequestBody(b"{}", {connection} if used else set())
        writer = StreamWriter(connection, loop)
        await writer.write_headers("POST / HTTP/1.1", CIMultiDict())
        try:
            await body.write_with_length(writer, 2)
        except ClientConnectionResetError:
            return body, True
        return body, False

    return asyncio.run(write())


@pytest.mark.parametrize(
    ("takes", "cut_off"), [(1000, False), (5, True), (None, True)], ids=["all", "a part", "nothing"]
)
def test_what_the_operating_system_did_not_accept_was_not_sent(takes, cut_off):
    line = Line(takes)
    body, _ = written_to(line)

    assert body.stop() is cut_off
    assert line.waiting == b"", "nothing leaves later"


def test_a_connection_that_is_closed_takes_nothing():
    line = Line(1000)
    line.closing = True

    assert [failed for _, failed in (written_to(line), written_to(line, used=True))] == [True, True]
    assert written_to(line)[0].hung_up is False, "a fresh connection that closes is no reason to try another"
    assert written_to(line, used=True)[0].hung_up is True


def test_a_file_of_megabytes_is_a_body_as_any_other():
    body = RequestBody(b"x" * 3_000_000, set())
    assert body.size == 3_000_000
