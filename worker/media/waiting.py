"""A turn waits a while for the media of its messages, so that the assistant sees them. Text behind them keeps its order."""

from dataclasses import dataclass, replace
from datetime import timedelta

from loguru import logger

from session.hearing import consent_of
from session.leases import TurnTaken
from session.media_work import still_waited_for, with_late_media, with_media
from session.policy import Policy
from session.store import AsyncRunner, MediaWorkStore
from worker.wakeups import Waker


def with_media_of(taken: TurnTaken) -> TurnTaken:
    """Return a turn whose messages have what is known of their media, and its history that of those that came late."""
    messages, session = tuple(with_media(one, taken.media) for one in taken.messages), taken.session
    if session:
        history = with_late_media(session.context.message_history, taken.media)
        session = session.change_context(message_history=history)
    return replace(taken, messages=messages, session=session)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaWait:
    """Gives turns back that have to wait for media."""

    run: AsyncRunner
    work: MediaWorkStore
    waker: Waker
    policy: Policy

    async def given_back(self, conversation: str, taken: TurnTaken) -> bool:
        """Give a turn back if it has to wait; return whether it does. The attempt does not count."""
        fields, wait = _waited_for(taken, self.policy)
        if not fields:
            return False
        if await self.run(self.work.let_turn_wait(conversation, taken.lease, fields=fields, wait=wait)):
            self.waker.turns([conversation])
        logger.debug("the turn waits for media")
        return True


def _waited_for(taken: TurnTaken, policy: Policy) -> tuple[list[str], timedelta]:
    """Return the media that a turn waits for, and how long. Nothing if nothing is said, or a person or a STOP is next."""
    nothing: tuple[list[str], timedelta] = ([], timedelta())
    if not policy.media_wait or taken.opted_out or taken.followed:
        return nothing
    if any(consent_of(message, policy) for message in taken.messages):
        return nothing
    return still_waited_for(taken.messages, taken.media, now=taken.now, at_most=policy.media_wait)
