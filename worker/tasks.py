"""The Celery tasks: each says what it is woken for and calls the service that does it."""

from collections.abc import Callable
from typing import Any

from celery import Celery
from loguru import logger

from session.errors import StoreUnavailable
from worker.composition import House
from worker.wakeups import DELIVER, DRAIN_INTAKE, SWEEP, TAKE_TURN


def register(app: Celery, house: Callable[[], House]) -> None:
    """Register the tasks on an app; `house` returns the services of the process that runs them."""

    @app.task(name=DRAIN_INTAKE)
    def drain_intake(shard: int) -> None:
        """Empty the intake of a shard into the mailboxes."""
        _attempt(house().intake.drain, shard)

    @app.task(name=TAKE_TURN)
    def take_turn(aliases: list[str]) -> None:
        """Take the turns of conversations."""
        _attempt(house().turns.take, _shown(house(), aliases))

    @app.task(name=DELIVER)
    def deliver(aliases: list[str]) -> None:
        """Send the replies of conversations."""
        _attempt(house().courier.deliver, _shown(house(), aliases))

    @app.task(name=SWEEP)
    def sweep() -> None:
        """Wake whatever is due."""
        _attempt(house().sweeper.sweep)


def _attempt(work: Callable[..., None], *arguments: Any) -> None:
    """Do the work. Where Redis is away there is nothing to undo: what was begun is due again."""
    try:
        work(*arguments)
    except StoreUnavailable as error:
        logger.error("Redis is not available ({}); the sweep comes back to it", error)


def _shown(house: House, aliases: list[str]) -> list[str]:
    shown = [house.aliases.show(alias) for alias in aliases]
    if None in shown:
        logger.warning("a wake-up names conversations that this worker cannot read; the sweep replaces it")
    return [conversation for conversation in shown if conversation]
