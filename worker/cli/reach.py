"""Finds the Redis that a command means: the one in the settings, else that of the stack running here."""

from pydantic import SecretStr

from session.manager import SessionManager
from session.store import Redis
from worker.cli.running.stack import running_stack
from worker.composition import open_redis
from worker.settings import WorkerSettings


def reach(settings: WorkerSettings | None = None) -> tuple[Redis, WorkerSettings]:
    """Return a client and the settings. Raises `SettingsError` if a setting is wrong."""
    settings = settings or WorkerSettings.load()
    if settings.redis_url is None and "redis_host" not in settings.model_fields_set:
        stack = running_stack()
        if stack is not None:
            settings = settings.model_copy(update={"redis_url": SecretStr(stack.redis_url)})
    return open_redis(settings), settings


def open_manager() -> SessionManager:
    """Return the session library on the Redis that is meant."""
    client, settings = reach()
    return SessionManager(client, shards=settings.shards, policy=settings.policy())
