"""Assistants that ask, agents who decide, take over and close, customers who write STOP, in any order, with crashes anywhere.

What was approved is done once, and nothing else is; no decision is lost, and only the first about what is open counts; nobody is
talked over. The oracle knows the texts and reads the turns that were committed, one after the other.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import fakeredis
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from session import Turn
from session.agent_actions import AgentActionType
from session.approvals import OPEN_FOR
from session.errors import InturnError
from session.events import ActionTaken
from session.policy import Policy
from session.records import to_ms
from session.turn_result import TurnResult
from tests.stores import Stores
from tests.values import CONVERSATION, action, message
from tests.worker.test_waiting_in_any_order import Committing

POLICY = Policy(
    message_history=1000,
    limits={"messages": 10**6, "searches": 10**6, "replies": 0},
    agent_timeout=timedelta(0),
    keep_for=timedelta(
        days=365
    ),  # no worker for so long that the session goes, and with it who has it, is another story
)
STEPS = st.sampled_from(
    [
        "ask a",
        "ask a",
        "ask b",
        "withdraw a",
        "hello",
        "person",
        "close",
        "stop",
        "start",
        "yes a",
        "yes a",
        "no a",
        "yes b",
        "yes, once more",
        "yes to what was replaced",
        "take over",
        "hand back",
        "an agent closes",
        "turns",
        "turns",
        "turns",
        "turns, and an agent comes in the middle",
        "turns, and the customer stops in the middle",
        "turns, and the assistant fails before it does anything",
        "turns, and the assistant fails when it has done it",
        "a turn, and its worker dies",
        "a little time passes",
        "nobody decides",
    ]
)
#: What the assistant says begins with one of these.
SAID = ("re ", "paid ", "refused ")


@dataclass(frozen=True)
class Asked:
    """An approval, by the id that a page has of it, and the message that made the assistant ask."""

    id: str
    about: str


@dataclass
class Oracle:
    """What must be true of the conversation, by what was committed so far."""

    texts: dict[str, str]
    decisions: dict[str, tuple[str, bool]]  #: action -> the approval, and whether it is a yes
    who: str = "assistant"  #: or "agent", who has it or is awaited
    out: bool = False
    open: dict[str, Asked] = field(default_factory=dict)
    all: list[Asked] = field(default_factory=list)
    became: dict[str, str] = field(
        default_factory=dict
    )  #: what was asked about -> "yes", "no", "nobody" or "ended"
    events: Counter[str] = field(default_factory=Counter)  #: of each decision

    def look_at(self, result: TurnResult) -> None:
        said = [one.reply.text for one in result.deliveries if one.reply.text.startswith(SAID)]
        starts = any(self.texts.get(id_) == "start" for id_ in result.event.received)
        if self.who == "agent" or (self.out and not starts):
            assert said == [], "somebody was talked over"
        if isinstance(result.event, ActionTaken):
            self._act(result.event)
        else:
            self._hear(result)
        for name, raw in result.timers.written.items():
            if raw:
                record = json.loads(raw)
                self.open[name] = Asked(
                    record["message"]["id"], json.loads(record["message"]["content"]["data"])
                )
                self.all.append(self.open[name])
        until = result.session.decide_by if result.session else None
        assert (until is not None) == bool(self.open)

    def _end(self, *names: str, how: str = "ended") -> None:
        for name in names:
            self.became[self.open.pop(name).about] = how

    def _act(self, event: ActionTaken) -> None:
        if event.action == AgentActionType.DECIDE:
            self.events[event.action_id] += 1
            which, approved = self.decisions[event.action_id]
            name = next((name for name, one in self.open.items() if one.id == which), None)
            assert event.declined == (None if name else "gone")
            if name:
                assert (event.approval, event.approved) == (name, "yes" if approved else "no")
                self._end(name, how="yes" if approved else "no")
        elif not event.declined:
            if event.action == AgentActionType.CLOSE:
                self._end(*self.open)
            self.who = "agent" if event.action == AgentActionType.TAKE_OVER else "assistant"

    def _hear(self, result: TurnResult) -> None:
        ids = result.event.received
        if result.event.kinds == ("approval",):
            names = [name for name, one in self.open.items() if one.id == ids[0]]
            self._end(*names, how="nobody")
            return
        for id_ in ids:
            match self.texts[id_]:
                case "stop":
                    self.out = True
                    self._end(*self.open)
                case "start":
                    self.out = False
        if self.who == "agent" or self.out or result.event.interrupted:
            return
        if result.event.closed is not None:
            self._end(*self.open)
            return
        for text in (self.texts[id_] for id_ in ids):
            if text == "withdraw a" and "a" in self.open:
                self._end("a")
        replaced = [name for name in result.timers.written if name in self.open]
        self._end(*replaced, how="replaced")
        if result.event.escalated is not None:
            self.who = "agent"


class Play:
    """One conversation, its customer, its agents, and its workers."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.count = bench, 0
        self.texts: dict[str, str] = {}
        self.decisions: dict[str, tuple[str, bool]] = {}
        self.paid: list[tuple[str, str]] = []  #: what for, and the idempotency key
        self.hushed: set[str] = set()  #: texts of turns in which an agent, or a STOP, has come
        self.step = ""
        self.turns = Committing(bench.turns.store)
        bench.turns.store = self.turns
        bench.assistant.answer = self.asked
        self.oracle, self.looked_at = Oracle(self.texts, self.decisions), 0
        usual = bench.turns.answerer.senders.usual
        bench.turns.answerer.senders = type(bench.turns.answerer.senders)(
            usual=type(usual)(assistant=self.asked, join_replies=False), named={}
        )

    def asked(self, turn: Turn) -> str | None:
        step, self.step = self.step, ""
        said: str | None = f"re {turn.messages[-1].id}"
        if decided := turn.decision:
            said = self.carry_out(turn, step)
        elif "fails" in step:
            raise InturnError("it fails once")
        else:
            self.answer(turn)
        if "comes in the middle" in step:
            self.does(AgentActionType.TAKE_OVER)
        if "stops in the middle" in step:
            self.says("stop")
        if said and "in the middle" in step:
            self.hushed.add(said)
        assert decided is None or said
        return said

    def carry_out(self, turn: Turn, step: str) -> str:
        decided = turn.decision
        assert decided is not None
        assert decided.name not in turn.approvals
        if "before it does anything" in step:
            raise InturnError("it fails once")
        if decided.approved:
            turn.step("pay", lambda key: self.paid.append((decided.data, key)))
        if "when it has done it" in step:
            raise InturnError("it fails once")
        return f"{'paid' if decided.approved else 'refused'} {decided.data}"

    def answer(self, turn: Turn) -> None:
        for one in turn.messages:
            match self.texts[one.id].split():
                case ["ask", name]:
                    turn.ask_approval(name, text=f"May I? {one.id}", data=one.id)
                case ["withdraw", name]:
                    turn.cancel_later(name)
                case ["person"]:
                    turn.escalate("asked")
                case ["close"]:
                    turn.close("done")

    def says(self, text: str) -> None:
        self.count += 1
        id_, at = f"m{self.count:04}", to_ms(self.bench.clock.now())
        self.texts[id_] = text
        said = message(id_, text, sent_at=at, received_at=at)
        self.bench.stores.mailboxes.receive([said], now=self.bench.clock.now())

    def does(self, what: AgentActionType, **fields: Any) -> str:
        self.count += 1
        id_, at = f"a{self.count:04}", to_ms(self.bench.clock.now())
        holder = "mona" if what is AgentActionType.TAKE_OVER else ""
        self.bench.does(action(what, id=id_, holder=holder, received_at=at, **fields))
        return id_

    def decides(self, which: str, *, approved: bool) -> None:
        id_ = self.does(AgentActionType.DECIDE, timer=which, approved=approved)
        self.decisions[id_] = (which, approved)

    def take(self, step: str) -> None:
        bench, known = self.bench, self.oracle
        match step.split():
            case ["yes" | "no", ("a" | "b") as name]:
                if name in known.open:
                    self.decides(known.open[name].id, approved=step.startswith("yes"))
            case ["yes,", "once", "more"]:
                if self.decisions:
                    self.decides([*self.decisions.values()][-1][0], approved=True)
            case ["yes", "to", *_]:
                if known.all:
                    self.decides(known.all[0].id, approved=True)
            case ["take", "over"]:
                self.does(AgentActionType.TAKE_OVER)
            case ["hand", "back"]:
                self.does(AgentActionType.HAND_BACK)
            case ["an", "agent", "closes"]:
                self.does(AgentActionType.CLOSE)
            case ["a", "turn,", *_]:
                bench.stores.turns.take(CONVERSATION, holder="dying", now=bench.clock.now())
            case ["a", "little", *_]:
                bench.clock.move(seconds=40)
            case ["nobody", "decides"]:
                bench.clock.move(OPEN_FOR)
                bench.sweep()
            case ["turns" | "turns,", *_]:
                self.step = step
                bench.turns.take([CONVERSATION])
                self.step = ""
                bench.courier.deliver([CONVERSATION])
            case _:
                self.says(step)
        if "stop" in step:  # one that is taken back before its turn ends nothing, and is another story
            bench.turns.take([CONVERSATION])
        self.look()

    def look(self) -> None:
        for result in self.turns.committed[self.looked_at :]:
            self.oracle.look_at(result)
        self.looked_at = len(self.turns.committed)
        stored = self.bench.stores.client.hgetall(self.bench.stores.keys.of(CONVERSATION).timers)
        assert {name: json.loads(raw)["message"]["id"] for name, raw in stored.items()} == {
            name: one.id for name, one in self.oracle.open.items()
        }
        paid = Counter(about for about, _ in self.paid)
        assert set(paid.values()) <= {1}, "it was done twice"
        for about in paid:
            # One whose turn has failed is decided, and carried out to the end later.
            assert self.oracle.became.get(about) in ("yes", None)
        assert not self.hushed & {*self.bench.channel.texts}, "somebody was talked over"

    def finish(self) -> None:
        """Everything is taken, agents have gone home, and nobody decides any more."""
        for step in ["hand back", *["a little time passes", "turns"] * 6, *["nobody decides", "turns"] * 2]:
            self.take(step)
        assert (self.bench.mailbox(), self.oracle.open) == (0, {})
        assert dict.fromkeys(self.decisions, 1) == self.oracle.events, "a decision was lost"
        paid = {about for about, _ in self.paid}
        assert paid == {about for about, how in self.oracle.became.items() if how == "yes"}


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=200, deadline=timedelta(seconds=30))
@example(script=["yes a", "turns, and an agent comes in the middle", "hand back"])
@example(script=["yes a", "turns, and the customer stops in the middle"])
@example(script=["yes a", "turns, and the assistant fails when it has done it"])
@example(script=["yes a", "a turn, and its worker dies", "no a", "a little time passes"])
@example(script=["take over", "yes a"])
@example(script=["take over", "nobody decides", "nobody decides"])
@example(script=["ask a", "turns, and an agent comes in the middle", "nobody decides", "nobody decides"])
@given(st.lists(STEPS, max_size=30))
def test_what_was_approved_is_done_once_and_nothing_else_is(make_bench, clock, script):
    with fakeredis.FakeRedis(
        server=fakeredis.FakeServer(), decode_responses=True, encoding_errors="surrogateescape"
    ) as client:
        play = Play(make_bench(stores=Stores.on(client, clock=clock, policy=POLICY)))
        for step in ["ask a", "turns", *script]:
            play.take(step)
        play.finish()
