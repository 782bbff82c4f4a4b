"""The deciders: threads that look for what assistants ask, and decide it at the desk, sometimes both at the same moment."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from loguru import logger
from pydantic import SecretStr

from session.agent_actions import AgentAction, AgentActionType
from session.connection import connect
from session.conversations import customer_of
from session.errors import StoreError
from session.policy import Policy
from session.store import Scripts, WatchStore
from tests.chaos.clock import now
from tests.chaos.crew import Crew, Desk
from tests.chaos.ledger import Ledger
from tests.chaos.system import System
from tests.stores import at_once

#: Seconds between two looks, and until a call of a decider is given up.
_PAUSE, _PATIENCE = (0.1, 0.7), 2.0
#: Shares of what is found: not decided this time; decided once more by the other one; decided later, as by somebody with an old page.
_LEFT, _RIVALS, _LATE = 0.5, 0.3, 0.2


class Deciders(Crew):
    """Decide until they are stopped; what is open then ends by itself."""

    def __init__(self, system: System, ledger: Ledger) -> None:
        super().__init__("decider", range(1, 3 if system.options.asking else 1), patience=_PATIENCE)
        self._options, self._ledger = system.options, ledger
        self._shards = system.keys.shards
        self._client = connect(
            SecretStr(system.env["REDIS_URL"]), timeout=_PATIENCE, cluster=system.options.cluster
        )
        self._watches = at_once(self._client, WatchStore(Scripts.load(), system.keys, Policy()))
        self._desk = Desk(system, ledger)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them work; then wait until what they began is posted, or given up."""
        logger.disable("webhook")
        self.start()
        try:
            yield
        finally:
            self.stop(within=self._options.bound)
            self._desk.close()
            self._client.close()
            logger.enable("webhook")

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._options.seed} decider {number}")
        late: list[AgentAction] = []
        while not self._stop.wait(dice.uniform(*_PAUSE)):
            if late and dice.random() < _LATE:
                self._post(late.pop(0))
            try:
                found = [self._watches.timers(shard, dice.choice("xy"), 0) for shard in range(self._shards)]
            except StoreError:
                continue  # a page that does not come is asked for again
            for page in found:
                for conversation, record in page.timers.items():
                    if dice.random() < _LEFT:
                        continue
                    action = AgentAction(
                        type=AgentActionType.DECIDE,
                        id="",
                        customer=customer_of(conversation),
                        agent=f"decider{number}",
                        received_at=int(1000 * now()),
                        timer=record.message.id,
                        approved=dice.random() < 0.7,
                        # The note says what it is about, so that the audit needs no id.
                        text=record.content.payload,
                    )
                    self._post(action)
                    if dice.random() < _RIVALS:
                        other = {"agent": f"rival{number}", "approved": not action.approved}
                        self._post(action.model_copy(update=other))
                    if dice.random() < _LATE:
                        late.append(action)

    def _post(self, action: AgentAction) -> None:
        self._desk.post(self._ledger.next_act(action, now()), self._give_up)
