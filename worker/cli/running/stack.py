"""Finds the stack that `inturn run` keeps running in another terminal, and reads settings as its processes do."""

from pathlib import Path
from typing import Any, TypeVar

from session.settings import BaseSettings
from worker.cli.running.record import RunningStack, read_record
from worker.cli.running.settings import RunSettings

__all__ = ["RunningStack", "running_stack", "settings_beside"]

S = TypeVar("S", bound=BaseSettings)


def running_stack(data_dir: Path | None = None) -> RunningStack | None:
    """Return the stack that runs on a data directory, that of the settings by default; None if none does.

    Raises `SettingsError` if a setting is wrong.
    """
    stack = read_record(data_dir or RunSettings.load().data_dir)
    return stack if stack and stack.runs else None


def settings_beside(kind: type[S]) -> S:
    """Read settings as the processes of the running stack do, and as they stand if none runs.

    Settings that name a Redis mean that one, whatever runs on this machine. Raises `SettingsError` if a setting is
    wrong.
    """
    own = RunSettings.load()
    stack = None if own.redis_is_named else running_stack(own.data_dir)
    settings = kind.load()
    if stack is None:
        return settings
    told: dict[str, Any] = {name.lower(): value for name, value in stack.environment.items()}
    return kind(**told)
