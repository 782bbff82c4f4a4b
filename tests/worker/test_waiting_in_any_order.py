"""Customers who come back, an assistant that answers meanwhile or later, agents who take over in between, in any order, with crashes.

Nobody is talked over, nothing is lost, nothing is answered twice. The oracle knows the texts and reads the turns that were
committed, one after the other: who has the conversation then, and which messages nobody has answered, follows from them alone.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import fakeredis
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from session import Turn, testing
from session.agent_actions import AgentActionType
from session.errors import InturnError
from session.events import ActionTaken, MessagesTaken
from session.policy import Policy
from session.records import to_ms
from session.results import Committed
from session.store.calls import Program
from session.turn_result import TurnResult
from session.waiting import BACK
from tests.stores import Stores
from tests.values import CONVERSATION, action, message
from worker.assistants.understanding.handoff import wants_back
from worker.senders import Sender, Senders

POLICY = Policy(message_history=1000, limits={"messages": 10**6, "searches": 10**6, "replies": 0})
STEPS = st.sampled_from(
    [
        "question",
        "question",
        "clear question",
        "later",
        "person",
        "person",
        "back",
        "tap",
        "take over",
        "answer",
        "answer and keep",
        "hand back",
        "close",
        "stop",
        "start",
        "turns",
        "turns",
        "turns",
        "turns, and an agent comes in the middle",
        "turns, and the assistant fails once",
        "a turn, and its worker dies",
        "a little time passes",
        "nobody comes",
    ]
)
ACKNOWLEDGED, SORRY, HERE = "Your message is with our team", "Sorry, none of us is free", "I am here again"


class Committing:
    """The store of turns, which remembers what was committed, in order."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.committed: list[TurnResult] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def commit(self, conversation: str, lease: Any, result: TurnResult, **how: Any) -> Program[Any]:
        done = yield from self.store.commit(conversation, lease, result, **how)
        if isinstance(done, Committed):
            self.committed.append(result)
        return done


@dataclass
class Oracle:
    """What must be true of the conversation, by what was committed so far."""

    assists: bool
    texts: dict[str, str]
    who: str = "assistant"  #: or "nobody", while a person is awaited, or "agent"
    out: bool = False
    told: bool = False
    open: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)  #: by the assistant
    settled: set[str] = field(default_factory=set)  #: by a person, a close, or a STOP
    planned: set[str] = field(default_factory=set)  #: what the customer is to be told later

    def is_back(self, id_: str) -> bool:
        return self.texts[id_] in ("back", "tap")

    def look_at(self, result: TurnResult) -> None:
        said = [one.reply.text for one in result.deliveries if not one.by_agent]
        replies = [text.removeprefix("re: ").split() for text in said if text.startswith("re: ")]
        self.planned |= {*result.timers.added}
        self.planned -= {*result.timers.gone}
        if not isinstance(result.event, ActionTaken) and result.event.kinds == ("timer",):
            self._ring(result.event, said)
        elif isinstance(result.event, ActionTaken):
            self._act(result.event, said, replies)
        else:
            self._hear(list(result.event.received), said, replies)
        session = result.session
        if session is None:
            return
        state = {"assistant": {"ACTIVE", "IDLE"}, "closed": {"CLOSED"}}.get(self.who, {"WAITING_AGENT"})
        assert session.state in state
        assert (session.held_by is not None) == (self.who == "agent")
        if self.who in ("nobody", "agent"):
            assert list(session.wait.open if session.wait else ()) == self.open

    def _answers(self, ids: list[str], replies: list[list[str]]) -> None:
        """The assistant was asked these messages, and what it said is about them and no others."""
        if self.out:
            assert replies == []
            self.settled.update(ids)
        else:
            # One question after the other, in their order.
            assert [id_ for about in replies for id_ in about] == ids
            self.answered.update(ids)
        if any(self.texts[id_] == "person" for id_ in ids):
            self.who, self.told, self.open = "nobody", False, []

    def _hear(self, ids: list[str], said: list[str], replies: list[list[str]]) -> None:
        asked, kept, was_out = list[str](), list[str](), self.out
        alone = self.who == "nobody" and not was_out
        if self.who == "closed":
            self.who = "assistant"
        stops = any(self.texts[id_] == "stop" for id_ in ids)
        comes_back = alone and not stops and any(map(self.is_back, ids))
        if comes_back:
            # The wish for a person is settled by coming back.
            self.settled.update(one for one in self.open if self.texts[one] == "person")
            asked = [one for one in self.open if self.texts[one] != "person"]
            self.open, self.who = [], "assistant"
        waits = self.who in ("nobody", "agent")
        for id_ in ids:
            text = self.texts[id_]
            if text == "stop":
                self.out = True
            elif text == "start" and self.out:
                self.out = False
            elif self.out:
                self.settled.add(id_)
            elif waits:
                if text != "tap":
                    kept.append(id_)
            elif not (text == "tap" or (comes_back and self.is_back(id_))):
                asked.append(id_)
        if not waits:
            self._answers(asked, replies)
            here = not self.out and not asked and (comes_back or any(self.texts[i] == "tap" for i in ids))
            if here != any(text.startswith(HERE) for text in said):
                # A tap while the customer wanted nothing is not heard.
                assert was_out or stops
            return
        self.open += kept
        told = [text for text in said if text.startswith(ACKNOWLEDGED)]
        assert len(told) == (alone and bool(kept) and not self.out and not self.told)
        self.told = self.told or bool(told)
        if self.who == "agent":
            assert replies == []
        elif replies:
            # Whoever waits is answered what was written in this turn, and still waits.
            assert self.assists
            (about,) = replies
            assert about == kept
            self.answered.update(about)
            self.open = [one for one in self.open if one not in about]

    def _ring(self, event: MessagesTaken, said: list[str]) -> None:
        """What was planned is said once, and never while an agent has the conversation."""
        if event.timers_void or event.interrupted or self.who == "agent" or self.out:
            assert said == []
            return
        (due,) = said
        self.planned.remove(due.removeprefix("due: "))
        if self.who == "closed":
            self.who = "assistant"

    def _act(self, event: ActionTaken, said: list[str], replies: list[list[str]]) -> None:
        if event.declined:
            assert said == []
            return
        if event.action == AgentActionType.TIME_OUT:
            assert any(text.startswith(SORRY) for text in said) is not self.out
            asked, self.open, self.who = self.open, [], "assistant"
            if self.out:
                # Who wants nothing is not answered, and asks for nobody.
                assert replies == []
                self.settled.update(asked)
            else:
                self._answers(asked, replies)
            return
        assert said == []
        if event.action == AgentActionType.TAKE_OVER:
            self.who = "agent"
            return
        self.settled.update(self.open)
        self.open = []
        if event.action == "keep":
            self.who, self.told = "agent", False
        else:
            self.who = "closed" if event.action == AgentActionType.CLOSE else "assistant"


class Play:
    """One conversation, its customer, its agent, and its workers."""

    def __init__(self, bench: Any, *, assists: bool) -> None:
        self.bench, self.count = bench, 0
        self.texts: dict[str, str] = {}
        self.keeps: set[str] = set()
        self.comes = self.fails = False
        self.turns = Committing(bench.turns.store)
        bench.turns.store = self.turns
        asked = self.asked
        asked_meanwhile = _Meanwhile(self.asked)
        usual = Sender(
            assistant=asked_meanwhile if assists else asked,
            while_waiting="assist" if assists else "silent",
            join_replies=False,
        )
        bench.turns.answerer.senders = Senders(usual=usual, named={})
        bench.turns.answerer.wants_back = wants_back
        self.oracle, self.looked_at = Oracle(assists, self.texts), 0

    def asked(self, turn: Turn) -> str | None:
        if self.fails:
            self.fails = False
            raise InturnError("it fails once")
        if self.comes:
            self.comes = False
            self.does(AgentActionType.TAKE_OVER)
        if turn.timer:
            return f"due: {turn.timer.name}"
        texts = [self.texts[one.id] for one in turn.messages]
        if turn.waiting and "clear question" not in texts:
            return None
        if not turn.waiting and "person" in texts:
            turn.escalate("asked")
        for one in turn.messages:
            if self.texts[one.id] == "later":
                turn.later(one.id, in_=timedelta(seconds=50))
        return f"re: {' '.join(one.id for one in turn.messages)}"

    def fresh(self, text: str) -> str:
        self.count += 1
        id_ = f"m{self.count:04}"
        self.texts[id_] = text
        return id_

    def does(self, what: AgentActionType, **fields: Any) -> None:
        self.count += 1
        id_ = f"a{self.count:04}"
        if fields.get("keeps"):
            self.keeps.add(id_)
        holder = "mona" if what is AgentActionType.TAKE_OVER else ""
        at = to_ms(self.bench.clock.now())
        self.bench.does(action(what, id=id_, holder=holder, received_at=at, **fields))

    def take(self, step: str) -> None:
        bench = self.bench
        match step:
            case "question" | "clear question" | "later" | "person" | "back" | "stop" | "start" | "tap":
                id_, at = self.fresh(step), to_ms(bench.clock.now())
                about = {"id": id_, "sent_at": at, "received_at": at}
                said = (
                    testing.tap(BACK, "Back to assistant").model_copy(update=about)
                    if step == "tap"
                    else message(text=step, **about)
                )
                bench.stores.mailboxes.receive([said], now=bench.clock.now())
            case "take over":
                self.does(AgentActionType.TAKE_OVER)
            case "answer" | "answer and keep":
                self.does(AgentActionType.ANSWER, text="Here I am.", keeps=step != "answer")
            case "hand back":
                self.does(AgentActionType.HAND_BACK)
            case "close":
                self.does(AgentActionType.CLOSE)
            case "a turn, and its worker dies":
                bench.stores.turns.take(CONVERSATION, holder="dying", now=bench.clock.now())
            case "a little time passes":
                bench.clock.move(seconds=40)
                bench.sweep()
            case "nobody comes":
                bench.clock.move(minutes=16)
                bench.sweep()
            case _:
                self.comes, self.fails = "agent" in step, "fails" in step
                bench.turns.take([CONVERSATION])
                self.comes = self.fails = False
        self.look()

    def look(self) -> None:
        for result in self.turns.committed[self.looked_at :]:
            event = result.event
            if isinstance(event, ActionTaken) and event.action_id in self.keeps:
                result = _kept(result, event)  # noqa: PLW2901
            self.oracle.look_at(result)
        self.looked_at = len(self.turns.committed)
        listed = self.bench.stores.client.zscore("waiting", CONVERSATION) is not None
        if self.turns.committed:
            assert listed == (self.oracle.who in ("nobody", "agent"))
        assert max(self.oracle.answered.values(), default=0) <= 1

    def finish(self) -> None:
        """Everything is taken, agents have gone home, and nobody comes any more."""
        for step in ["a little time passes", "start", "turns", *["nobody comes", "turns"] * 4]:
            self.take(step)
        assert (self.bench.mailbox(), self.oracle.open) == (0, [])
        asking = ("question", "clear question", "later", "person")
        wanted = {id_ for id_, text in self.texts.items() if text in asking}
        assert wanted - self.oracle.answered.keys() - self.oracle.settled == set()
        # Only an agent who keeps the conversation keeps it from being said.
        assert self.oracle.planned == set() or self.oracle.who == "agent"


def _kept(result: TurnResult, event: ActionTaken) -> TurnResult:
    return result if event.declined else replace(result, event=event.model_copy(update={"action": "keep"}))


class _Meanwhile:
    """An assistant that can answer while a person is awaited."""

    while_waiting = True

    def __init__(self, asked: Any) -> None:
        self._asked = asked

    def __call__(self, turn: Turn) -> str | None:
        answer: str | None = self._asked(turn)
        return answer


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=200, deadline=timedelta(seconds=30))
@example(assists=True, script=["clear question", "stop", "take over"])
@example(assists=False, script=["person", "back", "turns, and the assistant fails once"])
@example(assists=False, script=["person", "stop", "nobody comes"])
@example(assists=False, script=["back", "later", "turns", "take over", "nobody comes", "turns", "hand back"])
@given(st.booleans(), st.lists(STEPS, max_size=30))
def test_nobody_is_talked_over_and_nothing_is_lost_or_answered_twice(make_bench, clock, assists, script):
    with fakeredis.FakeRedis(
        server=fakeredis.FakeServer(), decode_responses=True, encoding_errors="surrogateescape"
    ) as client:
        play = Play(make_bench(stores=Stores.on(client, clock=clock, policy=POLICY)), assists=assists)
        for step in ["person", "turns", *script]:
            play.take(step)
        play.finish()
