"""The Celery tasks: each says what it is woken for and calls the service that does it."""

from collections.abc import Callable

from celery import Celery
from loguru import logger

from session.errors import StoreUnavailable
from worker.composition import House
from worker.wakeups import DELIVER, DRAIN_INTAKE, SWEEP, TAKE_TURN


def register(app: Celery, house: Callable[[], House]) -> None:
    """Register the tasks on an app; `house` returns the services of the process that runs them."""

    # Not shared: a process may hold several apps, each with a house of its own.
    @app.task(name=DRAIN_INTAKE, shared=False)
    def drain_intake(shard: int) -> None:
        """Empty the intake of a shard into the mailboxes."""
        _attempt(house, lambda here: here.intake.drain(shard))

    @app.task(name=TAKE_TURN, shared=False)
    def take_turn(aliases: list[str]) -> None:
        """Take the turns of conversations."""
        _attempt(house, lambda here: here.turns.take(_shown(here, aliases)))

    @app.task(name=DELIVER, shared=False)
    def deliver(aliases: list[str]) -> None:
        """Send the replies of conversations."""
        _attempt(house, lambda here: here.courier.deliver(_shown(here, aliases)))

    @app.task(name=SWEEP, shared=False)
    def sweep() -> None:
        """Wake whatever is due."""
        _attempt(house, lambda here: here.sweeper.sweep())


def _attempt(house: Callable[[], House], work: Callable[[House], None]) -> None:
    """Do the work. Where Redis is away there is nothing to undo: what was begun is due again."""
    try:
        work(house())
    except StoreUnavailable as error:
        logger.error("Redis is not available ({}); the sweep comes back to it", error)


def _shown(house: House, aliases: list[str]) -> list[str]:
    shown = [house.aliases.show(alias) for alias in aliases]
    if None in shown:
        logger.warning("a wake-up names conversations that this worker cannot read; the sweep replaces it")
    return [conversation for conversation in shown if conversation]
