"""What those who write and act during a run have in common: their threads, and the desk's way of posting an action."""

import threading
from collections.abc import Iterable
from datetime import timedelta

from pydantic import SecretStr

from session.clock import SystemClock
from session.connection import connect
from session.errors import StoreError
from session.policy import Policy
from session.store import IntakeStore, Scripts
from tests.chaos.clock import now
from tests.chaos.ledger import Act, Ledger
from tests.chaos.system import System
from tests.stores import at_once
from webhook.broker import wake_broker
from webhook.desk.services import ActionSender
from webhook.wake import Wake

_PATIENCE = 2.0  #: seconds that the desk waits for Redis


class Crew:
    """Threads that work until they are stopped; then they finish what they have begun."""

    def __init__(self, name: str, numbers: Iterable[int], *, patience: float = _PATIENCE) -> None:
        """Take the numbers of the threads, and the seconds that one of them waits for an answer."""
        self._patience = patience
        self._stop, self._give_up = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n,), name=f"{name}-{n}", daemon=True) for n in numbers
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, *, within: float) -> None:
        """Begin nothing new, and wait for what was begun; what is not answered by then is given up."""
        self._stop.set()
        for thread in self._threads:
            thread.join(within)
        self._give_up.set()
        for thread in self._threads:
            thread.join(2 * self._patience)

    def _run(self, number: int) -> None:
        raise NotImplementedError


class Desk:
    """Posts actions with the desk's own code."""

    def __init__(self, system: System, ledger: Ledger) -> None:
        options = system.options
        # Its own way to Redis is the one that is cut, as the desk's would be.
        client = connect(SecretStr(system.env["REDIS_URL"]), timeout=_PATIENCE, cluster=options.cluster)
        policy = Policy(wake_after=timedelta(seconds=options.wake_after))
        store = at_once(client, IntakeStore(Scripts.load(), system.keys, policy))
        self._wake = Wake(wake_broker(SecretStr(system.broker_url)), SystemClock())
        self._actions = ActionSender(store=store, wake=self._wake)
        self._ledger = ledger

    def post(self, act: Act, give_up: threading.Event) -> None:
        """Post an action until the desk knows that it is kept; whoever was not told so tries again."""
        while not give_up.is_set():
            act.tries += 1
            try:
                self._actions.send(act.action)
            except StoreError:
                self._ledger.note("desk away")
                give_up.wait(0.3)
            else:
                act.ok_at = act.ok_at or now()
                return

    def close(self) -> None:
        self._wake.close()
