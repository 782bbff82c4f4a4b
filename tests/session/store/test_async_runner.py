"""The runners that are awaited: the same answers and errors as those of `Runner`."""

import asyncio

import pytest
import redis as redis_py
from redis.exceptions import ResponseError

from session.errors import StoreUnavailable
from session.store import AsyncRunner, AwaitedRunner, Runner
from session.store.calls import command
from tests.valkey import OPTIONS


def push(word, key="list"):
    return command("push", "RPUSH", key, word)


@pytest.fixture(params=["on the loop", "at once"])
def run(request, valkey, valkey_socket):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=10, **OPTIONS) as client:
        yield AsyncRunner(client) if request.param == "on the loop" else AwaitedRunner(Runner(client))
    valkey.delete("list", "text")


def carry_out(run, main):
    """Run a coroutine on a loop of its own, and close the connections."""

    async def closing():
        try:
            return await main()
        finally:
            await run.close()

    return asyncio.run(closing())


def test_calls_and_programs_are_awaited(run):
    def program():
        first = yield push("a")
        second = yield push("b")
        return first, second

    async def main():
        return await run(program()), await run(push("c")), await run.together([push("d"), program()])

    assert carry_out(run, main) == ((1, 2), 3, [4, (5, 6)])


def test_errors_are_raised_or_take_the_place_of_results(run, valkey):
    valkey.set("text", "no list", ex=60)

    async def main():
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await run(push("x", "text"))
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await run.together([push("x", "text"), push("a")])
        return await run.outcomes([push("x", "text"), push("b")])

    wrong, right = carry_out(run, main)

    assert isinstance(wrong, ResponseError)
    assert right == 2


@pytest.mark.parametrize("runner", [AsyncRunner, lambda client: AwaitedRunner(Runner(client))])
def test_a_server_that_is_not_there_is_unavailable(runner):
    with (
        redis_py.Redis(port=1, retry=None) as client,
        pytest.raises(StoreUnavailable, match="push: ConnectionError"),
    ):
        asyncio.run(runner(client)(push("a")))
