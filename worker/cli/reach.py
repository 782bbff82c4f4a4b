"""Finds the Redis for a command: the one in the settings, else that of the stack running here."""

from session.manager import SessionManager
from session.store import Redis
from worker.cli.running.stack import settings_of_stack
from worker.composition import open_redis
from worker.settings import WorkerSettings


def reach() -> tuple[Redis, WorkerSettings]:
    """Return a client and the settings. Raises `SettingsError` if a setting is invalid."""
    settings = settings_of_stack(WorkerSettings)
    return open_redis(settings), settings


def open_manager() -> SessionManager:
    """Return the session library for that Redis."""
    client, settings = reach()
    return SessionManager(
        client, shards=settings.shards, policy=settings.policy(), country=settings.default_country
    )
