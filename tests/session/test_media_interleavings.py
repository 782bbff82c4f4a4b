"""Whatever happens in whatever order: each medium has one outcome, no turn waits for ever, and messages keep their order.

Hypothesis plays workers that fetch, workers that take turns, agents, crashes and a clock against the real scripts. Nobody who
took a lease forgets it: whoever "died" may come back and write. At the end everything is finished by the due index alone.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from session.content_parts import Kind, Media
from session.leases import Held, Lease, MailboxEmpty, MediaEmpty, MediaTaken, Stale, TurnTaken
from session.media_work import MediumRecord, MediumState, still_waited_for
from session.policy import Policy
from session.records import to_ms
from session.results import Committed, MediumGone, MediumSettled
from tests.clocks import ManualClock
from tests.stores import Stores, immortal
from tests.values import CONVERSATION, action, message, turn_result

pytestmark = pytest.mark.slow

POLICY = Policy(media_wait=timedelta(seconds=10), turn_messages=3, gather_at_most=timedelta(seconds=20))
#: For how long messages gather.
WAITS = st.sampled_from([timedelta(), timedelta(seconds=3), timedelta(seconds=12)])
WHICH = st.sampled_from([0, 0, 0, 1, 2, 4])
LATER = timedelta(seconds=7)


@dataclass(frozen=True)
class Fetch:
    """Somebody who has taken media, and may settle them at any time."""

    lease: Lease
    name: str
    record: MediumRecord


class MediaSystem(RuleBasedStateMachine):
    """One conversation, any number of workers."""

    def __init__(self, client) -> None:
        super().__init__()
        client.flushall()
        self.clock = ManualClock()
        self.stores = Stores.on(client, policy=POLICY, clock=self.clock)
        self.count = 0
        self.waiting: list[str] = []  #: messages and actions of the mailbox, oldest first
        self.media: dict[str, MediumState] = {}
        self.came: dict[str, int] = {}  #: message -> when, in ms
        self.fetches: list[Fetch] = []
        self.turns: list[TurnTaken] = []
        self.fetcher = Lease(fence=0, holder="")
        self.taker = Lease(fence=0, holder="")

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"{self.count:04}{what}"

    # -- what comes in

    @rule(photos=st.integers(0, 2), again=st.booleans(), wait=WAITS)
    def a_message_comes(self, photos, again, wait):
        id_, now = self.fresh("m"), to_ms(self.clock.now())
        media = tuple(Media(id=f"{id_}.{n}") for n in range(photos))
        kind = Kind.IMAGE if photos else Kind.TEXT
        one = message(id_, "" if photos else "text", kind=kind, media=media, received_at=now)
        for _ in range(1 + again):
            self.stores.mailboxes.receive([one], gather_for=lambda _: wait)
        self.waiting.append(id_)
        self.came[id_] = now
        self.media |= {f"{id_}/{n}": MediumState.WAITING for n in range(photos)}

    @rule()
    def an_agent_acts(self):
        id_ = self.fresh("a")
        self.stores.mailboxes.receive([action(id=id_, received_at=to_ms(self.clock.now()))])
        self.waiting.append(id_)

    @rule()
    def the_customer_is_forgotten(self):
        self.stores.forgetting.forget(CONVERSATION)
        self.waiting, self.media = [], {}
        self.fetcher = self.taker = Lease(fence=0, holder="")

    # -- fetching

    @rule(limit=st.integers(1, 3), again=st.booleans())
    def somebody_fetches(self, limit, again):
        holder = self.fetcher.holder if again and self.fetcher.holder else self.fresh("f")
        answer = self.stores.media.take(CONVERSATION, holder=holder, limit=limit)
        if isinstance(answer, Held):
            assert holder != self.fetcher.holder
        elif isinstance(answer, MediaTaken):
            assert all(self.media[name] is MediumState.WAITING for name in answer.media)
            assert answer.lease.fence > self.fetcher.fence
            self.fetcher = answer.lease
            self.fetches += [Fetch(answer.lease, name, record) for name, record in answer.media.items()]
        else:
            assert isinstance(answer, MediaEmpty)
            self.fetcher = Lease(fence=self.fetcher.fence, holder="")

    @precondition(lambda self: self.fetches)
    @rule(which=WHICH, becomes=st.sampled_from(list(MediumState)), answer_lost=st.booleans())
    def somebody_settles(self, which, becomes, answer_lost):
        self.settle(self.fetches[-1 - min(which, len(self.fetches) - 1)], becomes, answer_lost=answer_lost)

    def settle(self, fetch: Fetch, becomes: MediumState, *, answer_lost: bool = False) -> None:
        later = to_ms(self.clock.now() + LATER) if becomes is MediumState.WAITING else 0
        record = fetch.record.model_copy(update={"state": becomes, "not_before": later})
        for _ in range(1 + answer_lost):
            answer = self.stores.media.settle(CONVERSATION, fetch.lease, fetch.name, record)
        if fetch.name not in self.media:
            assert isinstance(answer, MediumGone)
        elif fetch.lease == self.fetcher:
            assert isinstance(answer, MediumSettled)
            self.media[fetch.name] = becomes
        else:
            assert isinstance(answer, Stale)

    # -- turns

    @rule()
    def somebody_takes_the_turn(self):
        answer = self.stores.turns.take(CONVERSATION, holder=self.fresh("w"))
        if isinstance(answer, Held):
            return
        if isinstance(answer, MailboxEmpty):
            assert self.waiting == []
            return
        # Messages up to the first action, in the order in which they came, with what is known of their media.
        ids = [one.id for one in answer.messages]
        assert ids == self.waiting[: len(ids)]
        mine = {name: state for name, state in self.media.items() if name.rpartition("/")[0] in ids}
        assert {name: one.state for name, one in answer.media.items() if name in mine} == mine
        assert answer.followed is (len(ids) < len(self.waiting[:3]) and bool(ids))
        self.taker = answer.lease
        self.turns.append(answer)

    @precondition(lambda self: self.turns)
    @rule(which=WHICH)
    def the_turn_waits_or_is_committed(self, which):
        self.finish_turn(self.turns[-1 - min(which, len(self.turns) - 1)])

    def finish_turn(self, taken: TurnTaken) -> None:
        now, at_most = self.clock.now(), POLICY.media_wait
        fields, wait = still_waited_for(taken.messages, taken.media, now=now, at_most=at_most)
        if fields and not taken.followed:
            self.stores.media.let_turn_wait(CONVERSATION, taken.lease, fields=fields, wait=wait)
            return
        consumed = len(taken.messages) or 1
        answer = self.stores.turns.commit(CONVERSATION, taken.lease, turn_result(consumed), go_on=False)
        if isinstance(answer, Committed):
            assert taken.lease == self.taker
            del self.waiting[:consumed]
        else:
            assert isinstance(answer, Stale)

    @rule(seconds=st.sampled_from([0.01, 1, 5, 10, 16, 70]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)

    @rule()
    def the_sweep_looks_and_its_wake_ups_are_lost(self):
        self.stores.due.claim(0, limit=100)

    # -- what is always true

    @invariant()
    def redis_holds_what_is_expected(self):
        own, due, client = self.stores.keys.of(CONVERSATION), self.stores.waiting_since(), self.stores.client
        assert [json.loads(one)["id"] for one in client.lrange(own.mailbox, 0, -1)] == self.waiting
        held = {name: MediumRecord.read(text).state for name, text in client.hgetall(own.media).items()}
        assert held == self.media
        # Nothing waits without somebody coming.
        if self.waiting:
            assert own.turn_due in due
        if MediumState.WAITING in self.media.values():
            assert own.media_due in due
        # A turn waits at most so long after its messages came, or for what a lease or a lost wake-up takes.
        waits, gathers, holder, until = client.hmget(own.turn_lease, "waits", "gathers", "holder", "until")
        assert not (waits and gathers)
        if gathers and not holder and int(until) > to_ms(self.clock.now()):
            # Nobody is kept waiting by a photo that came later, and no agent at all.
            assert due[own.turn_due] == int(until) <= self.came[self.waiting[0]] + 20_000
            assert not [id_ for id_ in self.waiting if id_.endswith("a")]
        if waits:
            names = [name for name in waits.split("\n") if name in self.media]
            assert MediumState.WAITING in {self.media[name] for name in names}
            latest = max(self.came[name.rpartition("/")[0]] for name in names) + 10_000
            assert int(until) <= max(latest, to_ms(self.clock.now()) + 10_000)

    def teardown(self):
        """Everything comes to its end by the due index alone, and nothing is left."""
        for _ in range(100):
            if not self.waiting and MediumState.WAITING not in self.media.values():
                break
            self.clock.move(seconds=71)
            for member in self.stores.due.claim(0, limit=100).members:
                if member.startswith("media|"):
                    known = len(self.fetches)
                    self.somebody_fetches(limit=3, again=False)
                    for fetch in self.fetches[known:]:
                        self.settle(fetch, MediumState.KEPT)
                elif member.startswith("turn|"):
                    known = len(self.turns)
                    self.somebody_takes_the_turn()
                    for taken in self.turns[known:]:
                        self.finish_turn(taken)
        assert self.waiting == []
        assert MediumState.WAITING not in self.media.values()
        # Whoever fetched the last has not said that nothing is left.
        self.clock.move(seconds=71)
        self.somebody_fetches(limit=1, again=False)
        assert f"media|{CONVERSATION}" not in self.stores.waiting_since()
        assert immortal(self.stores.client) == []


@pytest.mark.timeout(600)  # to find the shortest failing run takes a while
def test_no_interleaving_loses_a_medium_or_holds_a_turn_up(valkey):
    run_state_machine_as_test(
        lambda: MediaSystem(valkey), settings=settings(max_examples=60, stateful_step_count=40)
    )


def test_nor_on_the_quick_store(fake):
    run_state_machine_as_test(
        lambda: MediaSystem(fake), settings=settings(max_examples=20, stateful_step_count=25)
    )
