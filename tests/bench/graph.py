"""Meta's Graph API as far as a send needs it, and the statuses that follow: `python -m tests.bench.graph --port 8100`.

A bare asyncio protocol, because it shares the processors with what is measured. `GET /sends` returns what was sent
since the last time, as [address, text, when] in the order of arrival. The statuses of a reply (sent, delivered, read)
follow each other at the pace of the flushes; each is a body of its own, stored in the intake as the webhook stores it.
"""

import asyncio
import json
import time
from collections import deque
from functools import partial
from typing import Any

import click
import redis

from session.keys import INTAKE, Keys
from session.pseudonyms import Pseudonyms
from tests.bench.ground import META_SENDER
from worker.app import build
from worker.settings import WorkerSettings
from worker.wakeups import CeleryWaker

STATES = ("sent", "delivered", "read")
_FLUSH_EVERY = 0.025
#: Address, text, and when it was sent, in seconds since the epoch.
Send = tuple[str, str, float]


class Statuses:
    """Stores the statuses of replies: the first state of new ones, the next state of those of the flush before."""

    def __init__(self, redis_url: str) -> None:
        self._client = redis.Redis.from_url(redis_url)
        self._waker = CeleryWaker(build(WorkerSettings.load()), Pseudonyms("nobody reads it"))
        self._steps: deque[list[tuple[str, str, str]]] = deque([[] for _ in STATES], maxlen=len(STATES))

    def follow(self, wamid: str, address: str, echo: str) -> None:
        """Let the statuses of an accepted reply come."""
        self._steps[0].append((wamid, address, echo))

    def flush(self) -> None:
        """Store one status of each reply that has one to come."""
        now = int(time.time())
        bodies = [
            status_body(state, *reply, at=now)
            for state, replies in zip(STATES, self._steps, strict=True)
            for reply in replies
        ]
        self._steps.appendleft([])
        if not bodies:
            return
        keys = Keys().shard(0)
        with self._client.pipeline(transaction=False) as pipe:
            for body in bodies:
                pipe.xadd(keys.intake, {"source": "meta", "at": now * 1000, "body": body})
            pipe.zadd(keys.due, {INTAKE: now * 1000 + 10_000}, nx=True)
            woken = pipe.execute()[-1]
        if woken:
            self._waker.intake(0)


class Graph(asyncio.Protocol):
    """One connection; requests come one after the other, each with its length."""

    def __init__(self, sends: list[Send], statuses: Statuses | None, delay: float) -> None:
        self._sends, self._statuses, self._delay = sends, statuses, delay
        self._read = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while True:
            head, found, rest = self._read.partition(b"\r\n\r\n")
            if not found:
                return
            length = _length(head)
            if len(rest) < length:
                return
            self._read = rest[length:]
            self._request(head, rest[:length])

    def _request(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"POST"):
            self._sent(json.loads(body))
        elif head.startswith(b"GET /sends"):
            sends, self._sends[:] = list(self._sends), []
            self._answer(json.dumps(sends).encode())
        else:
            self._answer(b"{}")

    def _sent(self, payload: dict[str, Any]) -> None:
        if payload.get("status") == "read":
            self._answer(b'{"success":true}')
            return
        address, echo = payload["to"], payload.get("biz_opaque_callback_data", "")
        self._sends.append((address, payload["text"]["body"], time.time()))
        wamid = f"wamid.HBgMOTk5MDAwMDAwMDAwFQIAERgS{len(self._sends)}-{echo.partition(' ')[2]}"
        contacts = [{"input": address, "wa_id": address}]
        answer = json.dumps(
            {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": wamid}]}
        )
        if self._delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay, partial(self._accept, answer.encode(), wamid, address, echo))
        else:
            self._accept(answer.encode(), wamid, address, echo)

    def _accept(self, answer: bytes, wamid: str, address: str, echo: str) -> None:
        self._answer(answer)
        if self._statuses:
            self._statuses.follow(wamid, address, echo)

    def _answer(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def status_body(state: str, wamid: str, address: str, echo: str, *, at: int) -> bytes:
    """Return the body that Meta posts for one status."""
    status = {
        "id": wamid,
        "status": state,
        "timestamp": str(at),
        "recipient_id": address,
        "biz_opaque_callback_data": echo,
        "conversation": {"id": "c0ffee0123456789c0ffee0123456789", "origin": {"type": "service"}},
        "pricing": {
            "billable": False,
            "pricing_model": "PMP",
            "category": "service",
            "type": "free_customer_service",
        },
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": META_SENDER},
        "statuses": [status],
    }
    entry = {"id": "100000000000001", "changes": [{"value": value, "field": "messages"}]}
    envelope = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(envelope, separators=(",", ":")).encode()


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--delay", type=float, default=0.0, help="Seconds until a send is answered.")
@click.option("--statuses", default="", help="Redis into whose intake the statuses go; none by default.")
def main(port: int, delay: float, statuses: str) -> None:
    asyncio.run(_serve(port, delay, Statuses(statuses) if statuses else None))


async def _serve(port: int, delay: float, statuses: Statuses | None) -> None:
    sends: list[Send] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Graph(sends, statuses, delay), "127.0.0.1", port, backlog=1024)
    async with server:
        while True:
            await asyncio.sleep(_FLUSH_EVERY)
            if statuses:
                statuses.flush()


if __name__ == "__main__":
    main()
