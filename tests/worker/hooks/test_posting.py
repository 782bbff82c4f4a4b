"""A receiver that is slow, endless, private, or leads elsewhere holds nothing up, and learns nothing."""

import asyncio
import json
import socket
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook
from yarl import URL

from worker.hooks.configuration import Hook
from worker.hooks.posting import Poster, Refused
from worker.public_only import PublicOnly

SECRET = "whsec_" + b64encode(b"k" * 32).decode()


def now():
    """The library of the standard takes nothing that is older than five minutes, by the machine's clock."""
    return int(datetime.now(UTC).timestamp())


BODY = b'{"id": "evt_0_1-0"}'


@asynccontextmanager
async def receiver(answer):
    """A server with this answer to everything; yields its port and the requests that it got."""
    asked = []

    async def answered(request):
        asked.append((request, await request.read()))
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{name:.*}", answered)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], asked
    finally:
        await runner.cleanup()


def posted(answer, *, times=1, within=10.0, url="http://127.0.0.1:{port}/in", **hook):
    """Post a body; return what came of it each time, and what the receiver got."""

    async def run():
        async with receiver(answer) as (port, asked):
            known = Hook(
                name="crm",
                url=URL(url.format(port=port)),
                keys=(b"k" * 32,),
                **{"allow_private": True} | hook,
            )
            poster = Poster(within=within)
            try:
                async with asyncio.timeout(20):
                    return [
                        await poster.post(known, "evt_0_1-0", BODY, at=now()) for _ in range(times)
                    ], asked
            finally:
                await poster.close()

    return asyncio.run(run())


def with_status(status, **more):
    async def answer(_request):
        return web.Response(status=status, **more)

    return answer


def test_what_arrives_is_what_was_signed():
    (outcome,), ((request, body),) = posted(with_status(204))

    assert outcome is None
    assert (request.method, request.path, body) == ("POST", "/in", BODY)
    assert Webhook(SECRET).verify(body, dict(request.headers)) == json.loads(BODY)


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
def test_anything_but_an_acceptance_is_a_refusal(status):
    (outcome,), _ = posted(with_status(status, headers={"Location": "http://169.254.169.254/latest"}))

    assert outcome == Refused(why=f"it answers {status}")


def test_a_redirection_is_not_followed():
    async def elsewhere(request):
        return web.Response(status=307, headers={"Location": f"http://{request.host}/other"})

    _, asked = posted(elsewhere)

    assert [request.path for request, _ in asked] == ["/in"]


def test_no_cookie_comes_back():
    _, asked = posted(with_status(200, headers={"Set-Cookie": "who=you; Path=/"}), times=2)

    assert [request.headers.get("Cookie") for request, _ in asked] == [None, None]


def test_an_answer_of_ten_megabytes_is_not_read():
    (outcome, again), _ = posted(with_status(200, body=bytes(10_000_000)), times=2)

    assert outcome is again is None


def test_an_answer_without_end_is_no_longer_than_its_status():
    async def endless(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 1000)
            await asyncio.sleep(0)

    (outcome,), _ = posted(endless)

    assert outcome is None


def test_a_receiver_that_does_not_answer_is_given_up():
    async def never(_request):
        await asyncio.Event().wait()

    (outcome,), _ = posted(never, within=0.2)

    assert outcome == Refused(why="TimeoutError")


def test_a_receiver_that_does_not_answer_holds_up_no_other_one():
    async def run():
        waiting, all_wait = [], asyncio.Event()

        async def answered(request):
            if request.path == "/slow":
                waiting.append(request)
                if len(waiting) == 200:
                    all_wait.set()
                await asyncio.Event().wait()
            return web.Response(status=204)

        async with receiver(answered) as (port, _):
            slow, fast = (
                Hook(
                    name=name,
                    url=URL(f"http://127.0.0.1:{port}/{name}"),
                    keys=(b"k" * 32,),
                    allow_private=True,
                )
                for name in ("slow", "fast")
            )
            poster = Poster()
            hanging = [
                asyncio.create_task(poster.post(slow, "evt_0_1-0", BODY, at=now())) for _ in range(200)
            ]
            async with asyncio.timeout(20):
                await all_wait.wait()
                outcome = await poster.post(fast, "evt_0_1-0", BODY, at=now())
            still_hanging = not any(one.done() for one in hanging)
            for one in hanging:
                one.cancel()
            await asyncio.wait(hanging)
            await poster.close()
            return outcome, still_hanging

    assert asyncio.run(run()) == (None, True)


def test_a_host_is_looked_up_once_at_a_time(monkeypatch):
    looked_up = []

    class Slow:
        async def resolve(self, host, port=0, family=socket.AF_INET):
            looked_up.append(host)
            await asyncio.sleep(0.05)
            raise OSError("no such host")

        async def close(self):
            pass

    monkeypatch.setattr(PublicOnly, "__init__", lambda self: setattr(self, "_resolver", Slow()))
    hook = Hook(name="crm", url=URL("https://crm.example/"), keys=(b"k" * 32,))

    async def run():
        poster = Poster()
        try:
            return await asyncio.gather(*(poster.post(hook, "evt_0_1-0", BODY, at=now()) for _ in range(20)))
        finally:
            await poster.close()

    assert {outcome.why for outcome in asyncio.run(run())} == {"the host was not found"}
    assert looked_up == ["crm.example"]


def test_nobody_there_is_a_refusal():
    (outcome,), _ = posted(with_status(200), url="http://127.0.0.1:9/{port}")

    assert outcome.why.startswith("ClientConnector")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "127.1", "2130706433",
     "127.0.0.1.", "0177.0.0.1", "0", "[::127.0.0.1]"],
)  # fmt: skip
def test_a_private_address_is_not_visited(host):
    (outcome,), asked = posted(with_status(200), url=f"http://{host}:{{port}}/", allow_private=False)

    assert outcome == Refused(why="it has a private address")
    assert asked == []


@pytest.mark.parametrize("host", ["crm.example", "0x7f.1"])
def test_a_name_that_leads_to_one_is_refused_when_it_is_connected_to(monkeypatch, host):
    class Resolved:
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [
                {
                    "hostname": host,
                    "host": "127.0.0.1",
                    "port": port,
                    "family": family,
                    "proto": 0,
                    "flags": 0,
                }
            ]

        async def close(self):
            pass

    monkeypatch.setattr(PublicOnly, "__init__", lambda self: setattr(self, "_resolver", Resolved()))

    (outcome,), asked = posted(with_status(200), url=f"http://{host}:{{port}}/", allow_private=False)

    assert outcome == Refused(why="it has a private address")
    assert asked == []
