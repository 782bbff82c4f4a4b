"""What concerns a running turn is heard at once, and a connection that is lost is made again."""

import asyncio
from functools import partial

import pytest
import redis as redis_py
from redis.exceptions import ConnectionError as RedisConnectionError

from session.leases import Listener
from session.store import published
from tests.valkey import OPTIONS
from worker.notices import Notices, Subscription

CHANNEL = "turns:test"
LISTENER = Listener(channel=CHANNEL)


class Heard:
    """What one turn is told."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self.tell = self._told.put_nowait

    async def next(self) -> str:
        async with asyncio.timeout(10):
            return await self._told.get()

    @property
    def nothing_more(self) -> bool:
        return self._told.empty()


@pytest.fixture
def client(valkey, valkey_socket):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=10, **OPTIONS) as client:
        yield client


def run(client, main):
    """Run a coroutine that gets notices, and end them."""

    async def closing():
        notices = Notices(partial(published, client), LISTENER)
        try:
            await main(notices)
        finally:
            await notices.close()

    asyncio.run(closing())


def test_each_turn_hears_what_is_for_its_conversation(client):
    async def main(notices):
        one, other = Heard(), Heard()
        with notices.of("whatsapp:+1") as first, notices.of("whatsapp:+2") as second:
            first.call_back(one.tell)
            second.call_back(other.tell)
            # From here on nothing is missed.
            assert [await one.next(), await other.next()] == ["", ""]
            client.publish(CHANNEL, "takeover|whatsapp:+2")
            client.publish(CHANNEL, "message|whatsapp:+1")
            assert await one.next() == "message"
            assert await other.next() == "takeover"
        client.publish(CHANNEL, "takeover|whatsapp:+1")
        with notices.of("whatsapp:+2") as second:
            second.call_back(other.tell)
            client.publish(CHANNEL, "stop|whatsapp:+2")
            assert await other.next() == "stop"
        assert one.nothing_more

    run(client, main)


def test_after_a_lost_connection_every_turn_looks_for_what_it_has_missed(client):
    async def main(notices):
        heard = Heard()
        with notices.of("whatsapp:+1") as subscription:
            subscription.call_back(heard.tell)
            assert await heard.next() == ""
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            assert await heard.next() == ""
            client.publish(CHANNEL, "stop|whatsapp:+1")
            assert await heard.next() == "stop"

    run(client, main)


def test_a_server_that_is_away_is_tried_again():
    tried = []

    async def listen(channel):
        tried.append(channel)
        if len(tried) == 1:
            raise RedisConnectionError
        yield None

    async def main():
        notices, heard = Notices(listen, LISTENER), Heard()
        with notices.of("whatsapp:+1") as subscription:
            subscription.call_back(heard.tell)
            assert await heard.next() == ""
        await notices.close()

    asyncio.run(main())
    assert tried[:2] == [CHANNEL, CHANNEL]


def test_a_quiet_server_is_asked_whether_it_is_there(client):
    async def main():
        heard = published(client, CHANNEL, quiet_for=0.01)
        assert await anext(heard) is None
        waiting = asyncio.ensure_future(anext(heard))
        # It is quiet for several times as long.
        for _ in range(3):
            await asyncio.wait([waiting], timeout=0.02)
            assert not waiting.done()
        client.publish(CHANNEL, "stop|whatsapp:+1")
        assert await waiting == "stop|whatsapp:+1"
        await heard.aclose()

    asyncio.run(main())


def test_what_comes_before_a_turn_watches_is_kept_for_it():
    subscription, told = Subscription(), []

    subscription.tell("takeover")
    subscription.call_back(told.append)
    subscription.tell("message")
    subscription.wait()
    subscription.tell("stop")
    assert told == ["takeover", "message"]

    subscription.call_back(told.append)
    assert told[2:] == ["stop"]
