"""Assistants of the benchmark that wait; the quick one is the system's own echo."""

import asyncio
import os
import time

from session import Turn
from session.errors import SettingsError
from worker.loading import load_assistant

#: The beginning of a text that `dreaming_of_some` thinks about.
SLOW = "slow "


def sleeping(turn: Turn) -> None:
    """Echo, after as long as a language model would take; its thread waits."""
    time.sleep(_seconds())
    _echo(turn)


async def dreaming(turn: Turn) -> None:
    """Echo, after as long as a language model would take; nothing but itself waits."""
    await asyncio.sleep(_seconds())
    _echo(turn)


async def dreaming_of_some(turn: Turn) -> None:
    """Echo; only a text that begins with the mark takes its time."""
    if turn.text.startswith(SLOW):
        await asyncio.sleep(_seconds())
    _echo(turn)


def waiting() -> str:
    """Return which of them costs least: `dreaming`, unless these workers cannot run it."""
    return "dreaming" if runs_coroutines() else "sleeping"


def runs_coroutines() -> bool:
    """Whether an assistant may be an `async def`."""
    try:
        load_assistant("tests.bench.assistants:dreaming", "ASSISTANT")
    except SettingsError:
        return False
    return True


def _seconds() -> float:
    return float(os.environ.get("BENCH_ANSWER_SECONDS", "0.2"))


def _echo(turn: Turn) -> None:
    for message in turn.messages:
        turn.reply(message.text)
