"""Events for a hook while processes die, receivers refuse and streams are trimmed: each is sent, in order, or told to be lost.

Hypothesis plays processes that die after a post and before it is noted, processes that lose their lease in the middle, receivers
that accept, refuse or are away, trimming, replays and retried dead letters, against the real scripts and the real sender. The
first time that the events of a conversation are accepted is in their order, unless one was given up. At the end the receiver
accepts everything, and all that was neither trimmed nor forgotten has arrived.
"""

import asyncio
import json
from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from yarl import URL

from session.policy import Policy
from session.records import from_ms
from session.store import AwaitedRunner, DeadStore, HookStore
from tests.clocks import ManualClock
from tests.fakes import CountingIds
from tests.stores import AtOnce, Stores, immortal, scripts_by
from worker import engine
from worker.hooks.configuration import Hook
from worker.hooks.posting import Refused
from worker.hooks.sending import HookSender

pytestmark = pytest.mark.slow

POLICY = Policy(hook_attempts=2, hook_patience=timedelta(hours=1))
CONVERSATIONS = st.sampled_from(["whatsapp:+201", "whatsapp:+202", "whatsapp:+203"])
#: What becomes of the next posts, one after the other; those behind the last one are accepted.
ANSWERS = st.lists(st.sampled_from(["accepts", "refuses", "refuses", "dies", "takes too long"]), max_size=4)


class DiedError(Exception):
    """The process dies."""


class Machine(RuleBasedStateMachine):
    """One hook, several processes."""

    def __init__(self, client):
        super().__init__()
        self.client = client

    @initialize()
    def begins(self):
        self.clock, self.ids = ManualClock(), CountingIds("h")
        self.client.flushall()
        self.stores = Stores.on(self.client, policy=POLICY, clock=self.clock)
        self.dead = AtOnce(self.stores.run, DeadStore(self.stores.scripts, self.stores.keys))
        self.answers: list[str] = []
        self.written = defaultdict(list)  # conversation -> its events, in order
        self.first = defaultdict(
            list
        )  # conversation -> those that were accepted, in the order of their first time
        self.gone, self.given_up = set(), set()
        self.away = False
        self.deep = False
        self.stores.hooks.look(0, ["crm"])

    # -- the receiver

    async def post(self, hook, event, body, *, at):
        """Satisfy `Posting`."""
        answer = "refuses" if self.away else self.answers.pop(0) if self.answers else "accepts"
        if answer == "refuses":
            return Refused(why="it answers 500")
        found = json.loads(body)
        self._accept(found["data"]["conversation"], event.removeprefix("evt_0_"))
        if answer == "dies":
            raise DiedError
        if answer == "takes too long" and not self.deep:
            self.deep = True
            self.clock.move(POLICY.send_lease_for)
            await self._sender().send("0|crm")
            self.deep = False
        return None

    async def close(self):
        """Satisfy `Posting`."""

    def _accept(self, conversation, id_):
        if id_ not in self.first[conversation]:
            self.first[conversation].append(id_)

    def _sender(self):
        return HookSender(
            run=AwaitedRunner(self.stores.run),
            store=HookStore(scripts_by(self.clock), self.stores.keys, POLICY),
            hooks={"crm": Hook(name="crm", url=URL("https://crm.example/"), keys=(b"k" * 24,))},
            posting=self,
            clock=self.clock,
            new_id=self.ids,
            policy=POLICY,
            works=engine.AtOnce(),
            chance=lambda: 0.0,
        )

    def _sweep(self):
        self.stores.hooks.look(0, ["crm"])
        due = self.stores.due.claim(0, limit=10).members
        if "hook|crm" in due:
            try:
                asyncio.run(self._sender().send("0|crm"))
            except DiedError:
                self.deep = False
        self._note_letters()

    def _note_letters(self):
        self.given_up |= {letter["event"].removeprefix("evt_0_") for letter in self.stores.dead()}

    # -- what happens

    @rule(conversation=CONVERSATIONS, count=st.integers(1, 4))
    def something_happens(self, conversation, count):
        for _ in range(count):
            fields = {"conversation": conversation, "at": "1", "delivery": "t.0", "sent": "p"}
            self.written[conversation].append(self.client.xadd("events", fields))

    @rule(answers=ANSWERS, seconds=st.sampled_from([0, 1, 5]))
    def it_is_swept(self, answers, seconds):
        self.answers = list(answers)
        self.clock.move(seconds=seconds)
        self._sweep()
        self.answers = []

    @rule(answers=ANSWERS)
    def it_is_swept_a_moment_later(self, answers):
        self.it_is_swept(answers, 2)

    @rule()
    def a_wake_up_comes_without_need(self):
        asyncio.run(self._sender().send("0|crm"))
        self._note_letters()

    @rule(hours=st.sampled_from([0, 2]))
    def the_receiver_is_away_for_a_while(self, hours):
        self.away = True
        self._sweep()
        self.clock.move(hours=hours, seconds=1)
        self._sweep()
        self.away = False

    @rule(
        what=st.sampled_from(["trim", "remove", "replay", "retry"]),
        keep=st.integers(2, 6),
        conversation=CONVERSATIONS,
    )
    def an_operator_or_the_cap_steps_in(self, what, keep, conversation):
        match what:
            case "trim":
                self.client.xtrim("events", maxlen=keep, approximate=False)
                left = {id_ for id_, _ in self.client.xrange("events")}
                self.gone |= {id_ for ids in self.written.values() for id_ in ids if id_ not in left}
            case "remove":
                for id_ in self.written[conversation]:
                    self.client.xdel("events", id_)
                    self.gone.add(id_)
            case "replay":
                self.stores.hooks.rewind(0, "crm", from_ms(0))
            case "retry":
                self._retry()

    def _retry(self):
        for record in self.dead.all():
            assert self.dead.revive(record)

    # -- what must hold

    @invariant()
    def first_times_are_in_order(self):
        for conversation, ids in getattr(self, "first", {}).items():
            place = {id_: n for n, id_ in enumerate(self.written[conversation])}
            places = [place[id_] for id_ in ids if id_ not in self.given_up]
            assert places == sorted(places)

    @invariant()
    def the_state_is_small(self):
        if hasattr(self, "stores"):
            events = self.client.xlen("events")
            assert len(self.stores.hooks.state(0, "crm")) <= 6 + events + len(self.stores.dead()) + len(
                self.gone
            )
            assert immortal(self.client) == []

    def teardown(self):
        if not hasattr(self, "stores"):
            return
        self.answers, self.away = [], False
        self.clock.move(hours=1)
        self._retry()
        for _ in range(100):
            self._sweep()
            self.clock.move(seconds=10)
            if not self.stores.dead() and self.client.zscore("due", "hook|crm") is None:
                break
        arrived = {id_ for ids in self.first.values() for id_ in ids}
        expected = {id_ for ids in self.written.values() for id_ in ids}
        assert expected - self.gone <= arrived
        self.first_times_are_in_order()
        assert self.stores.dead() == []
        assert self.client.zscore("due", "hook|crm") is None


def test_no_order_loses_or_reorders_an_event(valkey):
    run_state_machine_as_test(
        lambda: Machine(valkey), settings=settings(max_examples=80, stateful_step_count=25, deadline=None)
    )
