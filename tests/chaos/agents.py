"""The agents: threads that post what people do at the desk, with the desk's own code, while everything is killed."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from loguru import logger
from pydantic import SecretStr

from session.agent_actions import AgentAction, AgentActionType
from session.clock import SystemClock
from session.connection import connect
from session.errors import StoreError
from session.policy import Policy
from session.store import IntakeStore, Scripts
from tests.chaos.assistant import asks_for_a_person, is_slow
from tests.chaos.clock import now
from tests.chaos.ledger import Act, Customer, Ledger
from tests.chaos.system import System
from tests.chaos.visits import Step, visit
from tests.stores import at_once
from webhook.broker import wake_broker
from webhook.desk.services import ActionSender
from webhook.wake import Wake

_QUIET = 4  #: how much slower agents work while the system catches up
_PATIENCE = 2.0  #: seconds that the desk waits for Redis
#: Shares of the actions: submitted twice at once, and an old one once more.
_TWICE, _AGAIN = 0.2, 0.1
_LOOKS_AT = 15  #: conversations, of which an agent chooses one
_FRESH = 0.6  #: seconds within which a message may still be in its turn


class Agents:
    """Act on conversations until they are stopped; what they hold by then stays with them."""

    def __init__(self, system: System, ledger: Ledger, quiet: threading.Event) -> None:
        options = system.options
        self._options = options
        self._ledger = ledger
        self._quiet = quiet
        self._seems_held: dict[str, str] = {}
        # Its own way to Redis is the one that is cut, as the desk's would be.
        client = connect(SecretStr(system.env["REDIS_URL"]), timeout=_PATIENCE, cluster=options.cluster)
        policy = Policy(wake_after=timedelta(seconds=options.wake_after))
        store = at_once(client, IntakeStore(Scripts.load(), system.keys, policy))
        self._wake = Wake(wake_broker(SecretStr(system.broker_url)), SystemClock())
        self._desk = ActionSender(store=store, wake=self._wake)
        self._stop = threading.Event()
        self._give_up = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n,), name=f"agent-{n}", daemon=True)
            for n in range(1, options.agents + 1)
        ]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them work; then wait until what they began is posted, or given up."""
        logger.disable("webhook")
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(self._options.bound)
            self._give_up.set()
            for thread in self._threads:
                thread.join(2 * _PATIENCE)
            self._wake.close()
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
        self._post(act)
        if step.type in (AgentActionType.HAND_BACK, AgentActionType.CLOSE) or (
            step.type is AgentActionType.ANSWER and not step.keeps
        ):
            self._seems_held.pop(customer.name, None)
        else:
            self._seems_held[customer.name] = step.agent
        if dice.random() < _TWICE:
            self._post(act)
        if dice.random() < _AGAIN:
            self._post(dice.choice(list(self._ledger.acts.copy().values())[-200:]))

    def _post(self, act: Act) -> None:
        """Post an action until the desk knows that it is kept; whoever was not told so tries again."""
        while not self._give_up.is_set():
            act.tries += 1
            try:
                self._desk.send(act.action)
            except StoreError:
                self._ledger.note("desk away")
                self._give_up.wait(0.3)
            else:
                act.ok_at = act.ok_at or now()
                return
