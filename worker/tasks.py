"""The Celery tasks: each hands its work to the loop of its process, and ends when there is room for more."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from celery import Celery
from loguru import logger

from session.errors import StoreUnavailable
from worker.composition import Services
from worker.wakeups import DELIVER, DRAIN_INTAKE, FETCH_MEDIA, SEND_CAMPAIGN, SEND_EVENTS, SWEEP, TAKE_TURN


def register(app: Celery, services: Callable[[], Services]) -> None:
    """Register the tasks on an app; `services` returns the services of the process that runs them."""

    # Not shared: a process may have several apps, each with its own services.
    @app.task(name=DRAIN_INTAKE, shared=False)
    def drain_intake(shard: int) -> None:
        """Empty the intake of a shard into the mailboxes."""
        here = services()
        if here.works.stopping:
            here.waker.intake(shard)
        else:
            here.works.hand_over([partial(here.intake.drain, shard)])

    @app.task(name=TAKE_TURN, shared=False)
    def take_turn(pseudonyms: list[str]) -> None:
        """Take the turns of conversations."""
        here = services()
        _hand_over(here, here.turns.take, here.waker.turns, pseudonyms)

    @app.task(name=DELIVER, shared=False)
    def deliver(pseudonyms: list[str]) -> None:
        """Send the replies of conversations."""
        here = services()
        _hand_over(here, here.courier.deliver, here.waker.deliveries, pseudonyms)

    @app.task(name=FETCH_MEDIA, shared=False)
    def fetch_media(pseudonyms: list[str]) -> None:
        """Fetch the media of conversations."""
        here = services()
        _hand_over(here, here.fetcher.fetch, here.waker.fetches, pseudonyms)

    @app.task(name=SEND_EVENTS, shared=False)
    def send_events(works: list[str]) -> None:
        """Send events to the receivers of hooks."""
        _hand_over_named(services(), services().hooks.send, services().waker.hooks, works)

    @app.task(name=SEND_CAMPAIGN, shared=False)
    def send_campaign(names: list[str]) -> None:
        """Hand the rows of campaigns over."""
        _hand_over_named(services(), services().campaigns.send, services().waker.campaigns, names)

    @app.task(name=SWEEP, shared=False)
    def sweep() -> None:
        """Wake everything that is due."""
        try:
            services().sweeper.sweep()
        except StoreUnavailable as error:
            logger.error("Redis is unavailable ({}); the next sweep will do the work", error)


def _hand_over(
    here: Services,
    work: Callable[[str], Coroutine[Any, Any, None]],
    wake: Callable[[Sequence[str]], None],
    pseudonyms: list[str],
) -> None:
    """Begin work on conversations."""
    _hand_over_named(here, work, wake, _shown(here, pseudonyms))


def _hand_over_named(
    here: Services,
    work: Callable[[str], Coroutine[Any, Any, None]],
    wake: Callable[[Sequence[str]], None],
    names: list[str],
) -> None:
    """Begin work on whatever has these names; a process that stops leaves it to another one."""
    if here.works.stopping:
        wake(names)
    else:
        here.works.hand_over([partial(work, name) for name in names])


def _shown(services: Services, pseudonyms: list[str]) -> list[str]:
    shown = [services.pseudonyms.decode(alias) for alias in pseudonyms]
    if None in shown:
        logger.warning("a wake-up has a pseudonym that this worker cannot decode; the sweep replaces it")
    return [conversation for conversation in shown if conversation]
