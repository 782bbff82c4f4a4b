"""Opens what the desk and the API have in common: Redis, the intake, the broker, and the clock of the server."""

from dataclasses import dataclass
from typing import Final

from session.clock import Clock, SteadyClock
from session.connection import ServersClock, connect
from session.keys import Keys
from session.policy import Policy
from session.settings import BaseSettings
from session.store import IntakeStore, Redis, Runner, Scripts
from webhook.broker import wake_broker
from webhook.storing import Bodies, Intake, Waking
from webhook.wake import Wake

#: Seconds that they wait for Redis: people and programs wait longer than providers do, and more is read.
_REDIS_TIMEOUT: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What stores are made of, and how bodies are stored and workers woken."""

    run: Runner
    scripts: Scripts
    keys: Keys
    policy: Policy
    store: Bodies
    wake: Waking
    clock: Clock  #: that of the server


def opened(
    settings: BaseSettings,
    *,
    client: Redis | None = None,
    store: Bodies | None = None,
    wake: Waking | None = None,
    clock: Clock | None = None,
) -> Opened:
    """Return all of it, with a connection of its own unless a client is given. Nothing connects before the first request."""
    client = client or connect(
        settings.session_redis_url, timeout=_REDIS_TIMEOUT, cluster=settings.redis_cluster
    )
    run, scripts, keys, policy = Runner(client), Scripts.load(clock), Keys(settings.shards), settings.policy()
    return Opened(
        run=run,
        scripts=scripts,
        keys=keys,
        policy=policy,
        store=store or Intake(run=run, intake=IntakeStore(scripts, keys, policy)),
        wake=wake or Wake(wake_broker(settings.wake_broker_url), clock or SteadyClock()),
        clock=clock or ServersClock(client),
    )
