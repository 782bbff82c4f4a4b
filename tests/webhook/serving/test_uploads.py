"""Large bodies are allowed before they are read, and then go to a file."""

import asyncio
import re
from http import HTTPStatus

import pytest

from tests.webhook.serving.test_reading import Client, silent
from tests.webhook.two_ways import Posted
from webhook.body_limits import Refused
from webhook.serving.calling import Caller
from webhook.serving.environ import ASKED
from webhook.serving.front import Front
from webhook.serving.reading import Limits
from webhook.serving.uploads import UploadReading, Uploads

UPLOADS = Uploads(path=re.compile("/files/[a-z]+"), body_bytes=1_000_000, at_once=2, body_seconds=20)
LIMITS = Limits(body_bytes=1000, body_seconds=20, small_bytes=10)
FORM = ("content-type", "multipart/form-data; boundary=b")


def reading(*, piece_seconds: float = 20) -> UploadReading:
    return UploadReading(UPLOADS, piece_seconds=piece_seconds)


async def read(reading, client, announced):
    found = await reading.body(client, announced=announced)
    if isinstance(found, Refused):
        return found.status
    found.seek(0)
    content = found.read()
    reading.let_go(found)
    return content


@pytest.mark.parametrize("announced", [1_000_000, None])
def test_a_body_of_exactly_the_limit_is_in_a_file(announced):
    assert asyncio.run(read(reading(), Client([b"x" * 10_000] * 100), announced)) == b"x" * 1_000_000


@pytest.mark.parametrize(
    ("client", "announced", "status"),
    [
        (Client([b"x"]), 1_000_001, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (Client([b"x" * 600_000] * 50), None, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (Client([b"x"]), 2, HTTPStatus.BAD_REQUEST),
        (Client([b"x"], RuntimeError("transport closed")), 2, HTTPStatus.BAD_REQUEST),
    ],
)
def test_what_is_too_large_or_breaks_off_leaves_nothing(client, announced, status):
    one = reading()

    assert asyncio.run(read(one, client, announced)) == status
    assert one.held == 0


def test_a_body_that_stops_coming_ends():
    async def story():
        one = reading(piece_seconds=0.01)
        assert await read(one, Client([b"x"], silent()), 2) == HTTPStatus.REQUEST_TIMEOUT
        assert one.held == 0

    asyncio.run(story())


def test_so_many_at_once_and_no_more():
    async def story():
        one = reading()
        held = [await one.body(Client([b"x"]), announced=1) for _ in range(UPLOADS.at_once)]
        assert await read(one, Client([b"x"]), 1) == HTTPStatus.SERVICE_UNAVAILABLE
        one.let_go(held[0])
        assert await read(one, Client([b"x"]), 1) == b"x"
        one.let_go(held[1])
        assert one.held == 0

    asyncio.run(story())


class App:
    """Takes the bodies of whom it knows, and remembers how large they were."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def __call__(self, wsgi, start_response):
        known = wsgi.get("HTTP_COOKIE") == "mona"
        if ASKED in wsgi or not known:
            status, body = ("204 No Content", b"") if known else ("303 See Other", b"sign in")
        else:
            self.taken.append(len(wsgi["wsgi.input"].read()))
            assert int(wsgi["CONTENT_LENGTH"]) == self.taken[-1]
            status, body = "200 OK", b"taken"
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]


class Exchange(Client):
    """A request of which the pieces are counted, and its answer."""

    def __init__(self, pieces):
        super().__init__(pieces)
        self.answered = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()

    def response_bytes(self, status, headers, body):
        self._loop.call_soon_threadsafe(self.answered.set_result, (status, dict(headers), body))


async def answer(app, posted, pieces):
    front = Front(app, limits=LIMITS, threads=1, uploads=UPLOADS)
    front.__rsgi_init__(asyncio.get_running_loop())
    exchange = Exchange(pieces)
    serving = asyncio.ensure_future(front.__rsgi__(posted, exchange))
    status, headers, _ = await exchange.answered
    serving.cancel()
    await asyncio.wait([serving])
    return status, headers, exchange.pieces


def posted(path="/files/a", *more, size=300_000):
    return Posted(path=path, more_headers=more, announced=size)


def test_who_may_sends_a_large_body():
    app = App()

    status, _, left = asyncio.run(
        answer(app, posted("/files/a", FORM, ("cookie", "mona")), [b"x" * 100_000] * 3)
    )

    assert (status, left, app.taken) == (200, [], [300_000])


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/files/a", (FORM, ("cookie", "a stranger")), 303),
        ("/files/a", (FORM,), 303),
        ("/files/a", (("cookie", "mona"),), 413),
        ("/files/a/b", (FORM, ("cookie", "mona")), 413),
    ],
)
def test_of_anybody_else_nothing_is_read(path, more, status):
    app, pieces = App(), [b"x" * 100_000] * 3

    told, headers, left = asyncio.run(answer(app, posted(path, *more), list(pieces)))

    assert (told, headers["connection"], left, app.taken) == (status, "close", pieces, [])


def test_an_application_that_cannot_say_it_refuses():
    def broken(_wsgi, _start_response):
        raise RuntimeError

    async def story():
        loop = asyncio.get_running_loop()
        caller = Caller(broken, loop=loop, threads=1, begun_seconds=5)
        return await reading().ask(caller, posted("/files/a", FORM))

    refused = asyncio.run(story())
    assert isinstance(refused, Refused)
    assert refused.status == 500
