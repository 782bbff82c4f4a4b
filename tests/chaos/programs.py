"""Other programs: threads that send messages through the API, each with a key, and ask again until they are told 202."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from session.agent_actions import CLIENT, AgentAction, AgentActionType
from session.replies import Reply
from session.store import Runner
from tests.chaos.clock import now
from tests.chaos.ledger import Act, Customer, Ledger
from tests.chaos.load import Line, Load
from tests.chaos.options import PROGRAM, SECRET
from tests.chaos.system import System
from webhook.api.messages import id_of
from webhook.desk.agent_sessions import DeskSecrets

_PATH = "/api/v1/messages"
_QUIET = 4  #: how much slower they are while the system catches up
#: Shares: asked twice at once, something old asked for once more, and not while a person has the conversation.
_TWICE, _AGAIN, _MINDS = 0.3, 0.15, 0.3
_LOOKS_AT = 40  #: customers, of whom one is written to


@dataclass(slots=True)
class Sending:
    """One message of a program."""

    key: str
    customer: str
    text: str
    minds: bool  #: it is not sent while a person has the conversation
    began_at: float
    ok_at: float | None = None  #: when it was answered with 202
    tries: int = 0


class Programs:
    """Send until they are stopped."""

    def __init__(self, system: System, ledger: Ledger, load: Load) -> None:
        self._options = system.options
        self._ledger = ledger
        self._load = load
        self._stop = threading.Event()
        self._give_up = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n,), name=f"program-{n}", daemon=True)
            for n in range(1, system.options.sending + 1)
        ]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them send; then wait until what they began is answered, or given up."""
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
                thread.join(5)

    def _run(self, number: int) -> None:
        dice, line = random.Random(f"{self._options.seed} program {number}"), self._load.line()
        sent: list[Sending] = []
        while not self._stop.wait(self._pause(dice)):
            customer = self._whom(dice)
            if customer is None:
                continue
            sent.append(self._next(f"{number}-{len(sent) + 1}", customer, dice))
            self._post(line, sent[-1])
            if dice.random() < _TWICE:
                self._post(line, sent[-1])
            if dice.random() < _AGAIN:
                self._post(line, dice.choice(sent[-50:]))
        line.hang_up()

    def _pause(self, dice: random.Random) -> float:
        slower = _QUIET if self._load.quiet.is_set() else 1
        return slower * dice.uniform(0.3, 1.7) / self._options.sends

    def _whom(self, dice: random.Random) -> Customer | None:
        with self._ledger.lock:
            everybody = list(self._ledger.customers.values())
        return dice.choice(everybody[-_LOOKS_AT:]) if everybody else None

    def _next(self, key: str, customer: Customer, dice: random.Random) -> Sending:
        text = f"{PROGRAM} says {key}"
        sending = Sending(
            key=key, customer=customer.name, text=text, minds=dice.random() < _MINDS, began_at=now()
        )
        with self._ledger.lock:
            self._ledger.sendings.append(sending)
        return sending

    def _post(self, line: Line, sending: Sending) -> None:
        """Ask for a message until it is answered with 202, or known that nothing is stored."""
        body = {"to": sending.customer, "text": sending.text, "unless_agent": sending.minds}
        headers = {
            "Authorization": f"Bearer {SECRET}",
            "Content-Type": "application/json",
            "Idempotency-Key": sending.key,
        }
        while not self._give_up.is_set():
            sending.tries += 1
            status = line.post(_PATH, json.dumps(body).encode(), headers)
            if status == 202:
                sending.ok_at = sending.ok_at or now()
                return
            if status == 422 and sending.ok_at is None:
                # The customer has opted out.
                return
            self._ledger.note(f"API {status or 'no answer'}")
            if status is not None and status not in (429, 503):
                self._ledger.strange.append(f"{sending} was answered with {status}")
                return
            self._give_up.wait(0.3)


def note_sendings(system: System, ledger: Ledger) -> None:
    """Add to the ledger what programs have sent, as the actions that the workers took."""
    with system.client() as client:
        secrets = DeskSecrets(Runner(client), system.keys, lambda: "never made here")
        # Also what was refused: an earlier try may have stored it, and so may a later one, when its customer was back.
        for sending in ledger.sendings:
            action = AgentAction(
                type=AgentActionType.SEND,
                id=id_of(secrets, PROGRAM, sending.key),
                customer=sending.customer,
                agent=f"{CLIENT}{PROGRAM}",
                received_at=int(1000 * sending.began_at),
                reply=Reply(text=sending.text),
                unless_agent=sending.minds,
            )
            act = Act(action=action, began_at=sending.began_at, ok_at=sending.ok_at, tries=sending.tries)
            ledger.acts[act.id] = ledger.answers[sending.text] = act
