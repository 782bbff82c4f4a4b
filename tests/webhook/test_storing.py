"""What the loop of the server does while bodies are stored and workers woken."""

import asyncio
from threading import Event

import pytest
from pydantic import SecretStr

from session.connection import connect
from session.keys import Keys
from session.policy import Policy
from session.store import AsyncRunner, IntakeStore, Scripts
from session.store.async_link import Link
from tests.webhook.edge import WrittenDown
from webhook.storing import OnLoop, carried_out


class Hung:
    """A broker that does not answer until the test lets it."""

    def __init__(self) -> None:
        self.answers = Event()
        self.shards: list[int] = []

    def publish(self, shard: int) -> None:
        assert self.answers.wait(20)
        self.shards.append(shard)


def keeper(socket: str, waking: Hung | WrittenDown) -> OnLoop:
    run = AsyncRunner(connect(SecretStr(f"unix://{socket}"), timeout=5))
    return OnLoop(run, IntakeStore(Scripts.load(), Keys(1), Policy()), waking)


async def store(kept: OnLoop, body: bytes) -> int | None:
    return (await kept.store(body, source="meta", ordering_key="meta")).wake


def test_bodies_that_arrive_together_go_out_together_and_one_of_them_wakes(
    valkey, valkey_socket, monkeypatch
):
    writes: list[int] = []
    plain = Link.send
    monkeypatch.setattr(
        Link,
        "send",
        lambda link, packed, futures: writes.append(len(futures)) or plain(link, packed, futures),
    )

    async def story() -> list[int | None]:
        kept = keeper(valkey_socket, WrittenDown())
        await store(kept, b"the first one opens the connection and teaches the script")
        valkey.flushdb()
        writes.clear()
        stored = await asyncio.gather(*(store(kept, b"%d" % number) for number in range(8)))
        await kept.run.close()
        return stored

    assert asyncio.run(story()) == [0, *[None] * 7]
    assert writes == [8]
    assert [fields["body"] for _, fields in valkey.xrange("intake")] == [str(number) for number in range(8)]


def test_a_broker_that_hangs_holds_only_the_request_that_wakes(valkey, valkey_socket):
    async def story() -> list[int]:
        broker = Hung()
        kept = keeper(valkey_socket, broker)
        waking = asyncio.create_task(kept.wake(0))
        await store(kept, b"stored meanwhile")
        assert not waking.done()
        broker.answers.set()
        await waking
        await kept.run.close()
        return broker.shards

    assert asyncio.run(story()) == [0]
    assert valkey.xlen("intake") == 1


def test_a_process_that_ends_leaves_the_wake_up_to_the_sweep(valkey_socket):
    async def story() -> None:
        await asyncio.get_running_loop().shutdown_default_executor()
        await keeper(valkey_socket, WrittenDown()).wake(0)

    asyncio.run(story())


def test_a_coroutine_that_waits_is_not_carried_out_in_a_thread():
    with pytest.raises(RuntimeError, match="waits"):
        carried_out(asyncio.sleep(0))
