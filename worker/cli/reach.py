"""Finds the Redis that a command means: the one in the settings, else that of the stack running here."""

from session.manager import SessionManager
from session.store import Redis
from worker.cli.running.stack import settings_of_stack
from worker.composition import open_redis
from worker.settings import WorkerSettings


def reach() -> tuple[Redis, WorkerSettings]:
    """Return a client and the settings. Raises `SettingsError` if a setting is wrong."""
    settings = settings_of_stack(WorkerSettings)
    return open_redis(settings), settings


def open_manager() -> SessionManager:
    """Return the session library on the Redis that is meant."""
    client, settings = reach()
    return SessionManager(
        client, shards=settings.shards, policy=settings.policy(), country=settings.default_country
    )
