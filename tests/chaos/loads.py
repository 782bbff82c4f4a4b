"""Loads of records: a thread that rings timers before their time, with the action of saved searches, while everything is killed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from pydantic import SecretStr

from session.agent_actions import AgentAction, AgentActionType
from session.bodies import SAVED_SEARCHES
from session.connection import connect
from session.conversations import customer_of, scope_of
from session.errors import StoreError
from session.policy import Policy
from session.store import IntakeStore, Scripts, WatchStore
from tests.chaos.clock import now
from tests.chaos.crew import Crew
from tests.chaos.system import System
from tests.stores import at_once

_PATIENCE = 2.0  #: seconds that it waits for Redis
_PAUSE = (0.3, 1.5)  #: seconds between two loads
#: Shares: of the conversations that wait, and what is posted twice.
_OF_ALL, _TWICE = 0.5, 0.3


class Loads(Crew):
    """Ring timers until they are stopped."""

    def __init__(self, system: System) -> None:
        super().__init__("loads", range(1, 2 if system.options.planning else 1), patience=_PATIENCE)
        self._options, self._shards = system.options, system.keys.shards
        client = connect(
            SecretStr(system.env["REDIS_URL"]), timeout=_PATIENCE, cluster=system.options.cluster
        )
        parts = (Scripts.load(), system.keys, Policy())
        self._watches, self._intake = (
            at_once(client, WatchStore(*parts)),
            at_once(client, IntakeStore(*parts)),
        )
        self._client = client

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let it work; what was begun is posted, or given up."""
        self.start()
        try:
            yield
        finally:
            self.stop(within=self._options.bound)
            self._client.close()

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._options.seed} load {number}")
        for load in count():
            if self._stop.wait(dice.uniform(*_PAUSE)):
                return
            try:
                self._ring(dice, number, load)
            except StoreError:
                continue  # nobody waits for an answer; the next load rings what is left

    def _ring(self, dice: random.Random, number: int, load: int) -> None:
        for shard in range(self._shards):
            page = self._watches.timers(shard, dice.choice("ab"), 0)
            for conversation, timer in page.timers.items():
                if dice.random() > _OF_ALL:
                    continue
                action = AgentAction(
                    type=AgentActionType.RING_TIMER,
                    id=f"load:{number}.{load}:{conversation}",
                    customer=customer_of(conversation),
                    scope=scope_of(conversation),
                    received_at=round(now() * 1000),
                    timer=timer.message.id,
                )
                for _ in range(1 + (dice.random() < _TWICE)):
                    self._intake.store(
                        action.to_json().encode(), source=SAVED_SEARCHES, ordering_key=conversation
                    )
