"""The agents: threads that post what people do at the desk, with the desk's own code, while everything is killed."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loguru import logger

from session.agent_actions import AgentAction, AgentActionType
from tests.chaos.assistant import asks_for_a_person, is_slow
from tests.chaos.clock import now
from tests.chaos.crew import Crew, Desk
from tests.chaos.ledger import Customer, Ledger
from tests.chaos.system import System
from tests.chaos.visits import Step, visit

_QUIET = 4  #: how much slower agents work while the system catches up
#: Shares of the actions: submitted twice at once, and an old one once more.
_TWICE, _AGAIN = 0.2, 0.1
_LOOKS_AT = 15  #: conversations, of which an agent chooses one
_FRESH = 0.6  #: seconds within which a message may still be in its turn


class Agents(Crew):
    """Act on conversations until they are stopped; what they hold by then stays with them."""

    def __init__(self, system: System, ledger: Ledger, quiet: threading.Event) -> None:
        super().__init__("agent", range(1, system.options.agents + 1))
        self._options = system.options
        self._ledger = ledger
        self._quiet = quiet
        self._seems_held: dict[str, str] = {}
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
            logger.enable("webhook")

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._options.seed} agent {number}")
        agent, rival = f"agent{number}", f"rival{number}"
        while not self._stop.wait(self._pause(dice)):
            customer = self._whom(dice)
            if customer is None:
                continue
            holder = self._seems_held.get(customer.name, "")
            for step in visit(dice, agent=agent, rival=rival, holder=holder):
                # Who is called away leaves everything as it is.
                if self._stop.wait(step.pause):
                    return
                self._do(customer, step, dice)

    def _pause(self, dice: random.Random) -> float:
        slower = _QUIET if self._quiet.is_set() else 1
        return slower * dice.uniform(0.3, 1.7) / self._options.visits

    def _whom(self, dice: random.Random) -> Customer | None:
        """Return a conversation of a few: at best one whose slow turn is under way, or that asks for a person."""
        with self._ledger.lock:
            everybody = list(self._ledger.customers.values())
        newest = everybody[-2 * self._options.customers :]
        some = dice.sample(newest, min(_LOOKS_AT, len(newest)))
        if dice.random() < 0.3:
            some = some[:1]
        return max(some, key=self._urgency, default=None)

    def _urgency(self, customer: Customer) -> int:
        options, posts = self._options, customer.posts[-4:]
        if not posts:
            return 0
        if is_slow(posts[-1].text, options.slow_of_100) and now() - posts[-1].began_at < _FRESH:
            return 3
        asks = any(asks_for_a_person(post.text, options.person_of_100) for post in posts)
        return 2 if asks else int(customer.name in self._seems_held)

    def _do(self, customer: Customer, step: Step, dice: random.Random) -> None:
        at = now()
        action = AgentAction(
            type=step.type,
            id="",
            customer=customer.name,
            agent=step.agent,
            received_at=int(1000 * at),
            keeps=step.keeps,
            holder=step.holder,
        )
        act = self._ledger.next_act(action, at)
        self._desk.post(act, self._give_up)
        if step.type in (AgentActionType.HAND_BACK, AgentActionType.CLOSE) or (
            step.type is AgentActionType.ANSWER and not step.keeps
        ):
            self._seems_held.pop(customer.name, None)
        else:
            self._seems_held[customer.name] = step.agent
        if dice.random() < _TWICE:
            self._desk.post(act, self._give_up)
        if dice.random() < _AGAIN:
            self._desk.post(dice.choice(list(self._ledger.acts.copy().values())[-200:]), self._give_up)
