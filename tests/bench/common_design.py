"""How sessions are usually kept: read, change, write, with nothing that keeps two workers apart. A baseline."""

import json
import multiprocessing
import time
from typing import Any

import redis
from pydantic import SecretStr

from session.connection import connect

_KEEP = 1800
_HISTORY = 20


class CommonDesign:
    """GET, INCR, EXPIRE, SET: the fewest round trips that the design allows, and the standard library's JSON."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def answer(self, customer: str, text: str) -> str:
        """Take a message, answer it, keep both."""
        session = self._read(customer)
        self._count(customer)
        self._say(session, "user", text)
        session["messageCount"] += 1
        self._say(session, "assistant", text)
        self._write(customer, session)
        return text

    def _read(self, customer: str) -> dict[str, Any]:
        found = self._client.get(f"session:{customer}")
        return json.loads(found) if found else {"messageCount": 0, "context": {"messageHistory": []}}

    def _write(self, customer: str, session: dict[str, Any]) -> None:
        self._client.set(f"session:{customer}", json.dumps(session, ensure_ascii=False), ex=_KEEP)

    def _count(self, customer: str) -> int:
        used = int(self._client.incr(f"rate:{customer}"))
        # The tuned form would only do this for the first; the usual one does it always.
        self._client.expire(f"rate:{customer}", 3600)
        return used

    def _say(self, session: dict[str, Any], role: str, text: str) -> None:
        said = {"role": role, "content": text, "timestamp": time.time(), "messageId": f"m{time.time_ns()}"}
        history = session["context"]["messageHistory"]
        history.append(said)
        del history[:-_HISTORY]


class CommonMethods(CommonDesign):
    """The same behind a session manager: check the limit, add a message, set the state, add the answer."""

    def answer(self, customer: str, text: str) -> str:
        """Take a message, answer it, keep both."""
        self._client.get(f"rate:{customer}")
        self._count(customer)
        session = self._read(customer)
        self._say(session, "user", text)
        session["messageCount"] += 1
        self._write(customer, session)
        session = self._read(customer)
        session["state"] = "ACTIVE"
        self._write(customer, session)
        session = self._read(customer)
        self._say(session, "assistant", text)
        self._write(customer, session)
        return text


def lost_updates(redis_url: str, *, processes: int, each: int) -> float:
    """Return which part of the updates of one conversation is lost when processes share it."""
    customer = f"shared-by-{processes}"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_update, args=(redis_url, customer, each)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with connect(SecretStr(redis_url), timeout=10) as client:
        kept = json.loads(client.get(f"session:{customer}"))["messageCount"]
    return 1 - kept / (processes * each)


def _update(redis_url: str, customer: str, each: int) -> None:
    with connect(SecretStr(redis_url), timeout=10) as client:
        design = CommonDesign(client)
        client.incr("standing-by")
        began = time.monotonic()
        # Together, or nobody would be in anybody's way.
        while int(client.get("standing-by") or 0) < int(customer.rpartition("-")[2]):
            if time.monotonic() - began > 20:
                raise TimeoutError("the other processes did not come")
        for n in range(each):
            design.answer(customer, f"{n}: hello")
