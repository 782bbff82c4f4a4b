"""Posts what an agent does into the intake, as the receiver posts what a provider says. It must not know Flask."""

from loguru import logger

from session.agent_actions import AgentAction
from session.clock import Clock
from session.masking import mask
from webhook.receiver import Bodies, Waking

#: What the drainer knows the bodies of the desk by.
SOURCE = "desk"


class Posting:
    """Writes what agents do; the door alone writes anything beside it."""

    def __init__(self, *, store: Bodies, wake: Waking, clock: Clock) -> None:
        self._store = store
        self._wake = wake
        self._clock = clock

    def post(self, action: AgentAction) -> None:
        """Keep an action; it takes effect in the turn of its conversation. The same id again changes nothing.

        Raises `StoreError` if it may not have been kept.
        """
        body = action.to_json().encode()
        now = self._clock.now()
        shard = self._store.store(
            body, source=SOURCE, now=now, ordering_key=action.conversation, by_agent=True
        )
        logger.info(
            "an agent acts",
            deed=action.type.value,
            by=action.agent,
            action=action.id,
            conversation=mask(action.conversation),
        )
        if shard is not None:
            self._wake.publish(shard)
