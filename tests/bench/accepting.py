"""The workers of the system with a provider that accepts everything at once: `celery -A tests.bench.accepting`."""

import asyncio
import os
import socket
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from session.messages import Delivery
from worker.app import WorkerApp, build
from worker.channels.outcomes import Sent
from worker.composition import Services, bootstrap
from worker.settings import WorkerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """Accepts a reply and forgets it. May take its time, and may tell somebody when it was sent."""

    seconds: float = 0.0
    tell: str = ""  #: path of a datagram socket

    async def send(self, delivery: Delivery) -> Sent:
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.tell:
            tell(self.tell, delivery.reply.text)
        return Sent(provider_id=f"wamid.{delivery.id}")


def tell(path: str, text: str) -> None:
    """Tell whoever listens that a text is through, and when."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(f"{time.time():.6f} {text}".encode(), path)


def accepting(services: Services, channel: Accepting) -> Services:
    """Return services whose replies all go to the channel."""
    services.courier.channels = {"meta": channel}
    return services


def accepting_services(settings: WorkerSettings, app: WorkerApp) -> Services:
    channel = Accepting(
        seconds=float(os.environ.get("BENCH_SEND_SECONDS", "0")), tell=os.environ.get("BENCH_TELL", "")
    )
    return accepting(bootstrap(settings, app, engine=app.engine), channel)


@cache
def _app() -> WorkerApp:
    settings = WorkerSettings.load()
    return build(settings, lambda app: accepting_services(settings, app))


def __getattr__(name: str) -> Any:
    if name in ("app", "celery"):
        return _app()
    raise AttributeError(name)
