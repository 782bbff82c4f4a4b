"""The turn of an agent action that forgets the customer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loguru import logger

from session.agent_actions import AgentAction
from session.errors import MediaStoreError
from session.forgetting import Forgetter
from session.leases import Stale, TurnTaken
from session.results import Committed, Rewrite
from session.store import AsyncRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOfForgetting:
    """Forgets customers in turns of agent actions."""

    run: AsyncRunner
    forgetter: Forgetter
    remove_media: Callable[[str], int]  #: removes those of a conversation; it blocks

    async def take(self, taken: TurnTaken, action: AgentAction) -> Committed | None:
        """Forget the customer under the lease of a turn; None if the turn is another worker's by now.

        Raises `MediaStoreError` if the media cannot be removed; then nothing else is, and the action is tried again.
        """
        names = await self.run(self.forgetter.whole(action.conversation))
        await self._remove_media(names)
        gone = await self.run(self.forgetter.forget_in_turn(action, taken.lease))
        if isinstance(gone, Stale):
            logger.warning(
                "the turn took longer than its lease; another worker has taken it, and forgets the customer"
            )
            return None
        try:
            # A fetch may have kept another one meanwhile; from here on, none can.
            await self._remove_media(names)
        except MediaStoreError as error:
            logger.error(
                "a medium of a customer who was forgotten may be left until it is too old: {}", error
            )
        file = await self.run(self.forgetter.rewrite())
        logger.info("forgotten", action=action.id, append_only_file=file.value)
        if file is Rewrite.REFUSED:
            logger.warning(
                "the server's append-only file may contain the customer until it is rewritten: this user has no permission"
            )
        return Committed(wake_delivery=False, left=gone.left, next_turn=None)

    async def _remove_media(self, conversations: Sequence[str]) -> None:
        for conversation in conversations:
            await asyncio.to_thread(self.remove_media, conversation)
