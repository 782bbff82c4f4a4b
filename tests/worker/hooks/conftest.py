"""A receiver of events that does what a test wants, and a deployment with one hook."""

import asyncio
import json

import pytest
from yarl import URL

from session.policy import Policy
from session.store import AwaitedRunner, HookStore
from tests.clocks import ManualClock
from tests.fakes import CountingIds
from tests.stores import Stores, scripts_by
from worker.engine import AtOnce
from worker.hooks.configuration import Hook
from worker.hooks.posting import Refused
from worker.hooks.sending import HookSender


class Receiver:
    """Accepts everything, unless a test says otherwise; satisfies `Posting`."""

    def __init__(self):
        self.refuses = lambda body: None  # why it does not accept a body
        self.asked, self.got = [], []
        self.meanwhile = lambda: None

    async def post(self, hook, event, body, *, at):
        found = json.loads(body)
        assert found["id"] == event
        self.asked.append(found)
        self.meanwhile()
        why = self.refuses(found)
        if why:
            return Refused(why=why)
        self.got.append(found)
        return None

    async def close(self):
        pass


class Bench:
    """A deployment with the hook "crm"."""

    def __init__(self, client, **hook):
        self.client, self.clock, self.receiver = client, ManualClock(), Receiver()
        self.policy = Policy(hook_attempts=3)
        self.stores = Stores.on(client, policy=self.policy, clock=self.clock)
        self.hook = Hook(name="crm", url=URL("https://crm.example/"), keys=(b"k" * 24,), **hook)
        self.sender = self.another()
        self.look()

    def another(self):
        """Another process that sends."""
        return HookSender(
            run=AwaitedRunner(self.stores.run),
            store=HookStore(scripts_by(self.clock), self.stores.keys, self.policy),
            hooks={"crm": self.hook},
            posting=self.receiver,
            clock=self.clock,
            new_id=CountingIds("h"),
            policy=self.policy,
            works=AtOnce(),
            chance=lambda: 0.0,
        )

    def happens(self, conversation="whatsapp:+201", delivery="t1.0", **fields):
        """Something happens in a conversation; returns the id of the event."""
        fields = {"conversation": conversation, "at": "1", "delivery": delivery, "sent": "p"} | fields
        return "evt_0_" + self.client.xadd("events", {name: value for name, value in fields.items() if value})

    def look(self):
        self.stores.hooks.look(0, ["crm"])

    def send(self):
        asyncio.run(self.sender.send("0|crm"))

    def sweep(self):
        """Send if the hook is due; returns whether it was."""
        self.look()
        due = "hook|crm" in self.stores.due.claim(0, limit=100).members
        if due:
            self.send()
        return due

    def goes_on(self, seconds, step=1):
        """Sweep every `step` seconds for so long."""
        for _ in range(0, seconds, step):
            self.sweep()
            self.clock.move(seconds=step)

    @property
    def ids(self):
        return [body["id"] for body in self.receiver.got]

    def state(self):
        return self.stores.hooks.state(0, "crm")


@pytest.fixture
def bench(redis):
    return Bench(redis)
