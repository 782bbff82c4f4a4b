"""The turn of an agent action that forgets the customer."""

from loguru import logger

from session.agent_actions import AgentAction
from session.forgetting import Forgetter
from session.leases import Stale, TurnTaken
from session.results import Committed, Rewrite
from session.store import AsyncRunner


async def forget(
    run: AsyncRunner, forgetter: Forgetter, taken: TurnTaken, action: AgentAction
) -> Committed | None:
    """Forget the customer under the lease of a turn; None if the turn is another worker's by now."""
    gone = await run(forgetter.forget_in_turn(action, taken.lease))
    if isinstance(gone, Stale):
        logger.warning(
            "the turn took longer than its lease; another worker has taken it, and forgets the customer"
        )
        return None
    file = await run(forgetter.rewrite())
    logger.info("forgotten", action=action.id, append_only_file=file.value)
    if file is Rewrite.REFUSED:
        logger.warning(
            "the server's append-only file may contain the customer until it is rewritten: this user has no permission"
        )
    return Committed(wake_delivery=False, left=gone.left, next_turn=None)
