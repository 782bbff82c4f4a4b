"""How much of a body is read, and for how long."""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.body_limits import Refused
from webhook.serving.reading import Limits, Reading

LIMITS = Limits(body_bytes=1000, body_seconds=20, bodies_bytes=1500, small_bytes=10)


class Client:
    """Sends its pieces, and then ends, is silent, or breaks."""

    def __init__(self, pieces: Iterable[bytes], then: object = None) -> None:
        self.pieces, self.then = list(pieces), then

    async def __call__(self):
        return b"".join([piece async for piece in self])

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.pieces:
            return self.pieces.pop(0)
        if self.then is None:
            raise StopAsyncIteration
        if isinstance(self.then, Exception):
            raise self.then
        return await self.then.wait()


def silent() -> asyncio.Event:
    return asyncio.Event()


async def read(reading: Reading, client: Client, announced: int | None):
    found = await reading.body(client, announced=announced)
    return found.status if isinstance(found, Refused) else found


def once(client: Client, announced: int | None, limits: Limits = LIMITS):
    return asyncio.run(read(Reading(limits), client, announced))


@pytest.mark.parametrize("announced", [1000, None])
def test_a_body_of_exactly_the_limit_is_read(announced):
    assert once(Client([b"x" * 400, b"x" * 600]), announced) == b"x" * 1000


def test_a_body_that_announces_too_much_is_not_read_at_all():
    client = Client([b"x"])

    assert once(client, 1001) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert client.pieces == [b"x"]


def test_a_body_that_announces_nothing_is_read_up_to_the_limit():
    client = Client([b"x" * 600] * 50)

    assert once(client, None) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert len(client.pieces) == 48


@pytest.mark.parametrize("announced", [5, 100, None])
def test_a_body_that_does_not_come_ends_in_time(announced):
    limits = Limits(body_bytes=1000, body_seconds=0.01, small_bytes=10)

    assert once(Client([b"x"], silent()), announced, limits) == HTTPStatus.REQUEST_TIMEOUT


@pytest.mark.parametrize("announced", [5, 100])
@pytest.mark.parametrize("then", [None, RuntimeError("transport closed")])
def test_a_body_that_breaks_off_is_400(announced, then):
    assert once(Client([b"x"], then), announced) == HTTPStatus.BAD_REQUEST


def test_what_all_large_bodies_hold_together_is_bounded_and_given_back():
    async def story():
        reading = Reading(LIMITS)
        first = asyncio.ensure_future(read(reading, Client([b"x" * 900], silent()), 1000))
        await asyncio.sleep(0)
        assert reading.held == 900

        assert await read(reading, Client([b"x" * 700]), 700) == HTTPStatus.SERVICE_UNAVAILABLE
        assert await read(reading, Client([b"small"]), 5) == b"small"

        first.cancel()
        await asyncio.wait([first])
        assert await read(reading, Client([b"x" * 900]), 900) == b"x" * 900
        assert await read(reading, Client([b"x" * 700]), 700) == HTTPStatus.SERVICE_UNAVAILABLE, "worked on"

        reading.let_go(b"x" * 900)
        assert await read(reading, Client([b"x" * 700]), 700) == b"x" * 700

    asyncio.run(story())


@given(
    pieces=st.lists(st.binary(max_size=400), max_size=6),
    announced=st.none() | st.integers(0, 1200),
    then=st.sampled_from([None, RuntimeError("gone")]),
)
def test_whatever_comes_is_whole_or_refused_and_nothing_stays_held(pieces, announced, then):
    async def story():
        reading = Reading(LIMITS)
        found = await reading.body(Client(pieces, then), announced=announced)
        if isinstance(found, bytes):
            reading.let_go(found)
        assert reading.held == 0
        return found

    found = asyncio.run(story())

    whole = b"".join(pieces)
    if isinstance(found, bytes):
        assert found == whole
        assert announced in (None, len(whole))
        assert len(found) <= LIMITS.body_bytes
