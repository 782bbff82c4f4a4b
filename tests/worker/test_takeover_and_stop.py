"""Whatever happens in whatever order: once a takeover is in the mailbox, nothing older of the assistant leaves,
and once a STOP is, nothing older of anybody.

The oracle knows nothing of fences. Messages and takeovers are numbered as they come; the assistant says back the numbers
of the messages that it answers; and nothing that it says may leave with a number below that of the latest takeover.
"""

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.agent_actions import AgentActionType
from tests.stores import Stores
from tests.values import CONVERSATION, action, message
from worker.channels.outcomes import InDoubt

STEPS = st.sampled_from(
    [
        "message",
        "message",
        "message that asks for a person",
        "message during which somebody takes over",
        "take over",
        "answer",
        "hand back",
        "turns",
        "turns",
        "one turn, and its worker dies",
        "send",
        "send, and somebody takes over in the middle",
        "send, and nobody knows what became of it",
        "send, and the customer writes STOP in the middle",
        "stop",
        "start",
        "time passes",
    ]
)


class Play:
    """One conversation, its agent and its workers."""

    def __init__(self, bench) -> None:
        self.bench = bench
        self.count = 0
        self.latest_takeover = 0
        self.latest_stop = 0
        self.said_by_assistant = 0
        self.during_send = None
        bench.channel.parts = lambda reply: (reply, reply)
        bench.channel.before_send = self.sends
        bench.assistant.next = _Always(self.answer)

    def number(self) -> int:
        self.count += 1
        return self.count

    def answer(self, turn) -> str:
        if "person" in turn.text:
            turn.escalate("asked")
        if "during" in turn.text:
            self.takes_over()
        return turn.text

    def does(self, action_type: AgentActionType, **fields) -> None:
        self.bench.does(action(action_type, id=f"a{self.number()}", **fields))

    def takes_over(self) -> None:
        self.does(AgentActionType.TAKE_OVER)
        self.latest_takeover = self.count

    def stops(self) -> None:
        self.writes("Stop!")
        self.latest_stop = self.count

    def writes(self, text: str) -> None:
        said = message(f"m{self.number()}", text)
        self.bench.stores.mailboxes.receive([said], now=self.bench.clock.now())

    def sends(self, delivery) -> None:
        numbers = [int(word) for word in delivery.reply.text.split() if word.isdecimal()]
        # Only the welcome to who is back answers no message with a number.
        assert min(numbers, default=self.count) > self.latest_stop
        if not delivery.by_agent and numbers:
            self.said_by_assistant += 1
            assert min(numbers) > self.latest_takeover
        if self.during_send:
            self.during_send, act = None, self.during_send
            act()

    def take(self, step: str) -> None:
        match step:
            case "message" | "message that asks for a person" | "message during which somebody takes over":
                self.bench.receive(f"{self.number()} {step}")
            case "take over":
                self.takes_over()
            case "answer":
                self.does(AgentActionType.ANSWER, text=f"here {self.count + 1}", keeps=True)
            case "hand back":
                self.does(AgentActionType.HAND_BACK)
            case "turns":
                self.bench.turns.take([CONVERSATION])
            case "one turn, and its worker dies":
                self.bench.stores.turns.take(CONVERSATION, holder="dying", now=self.bench.clock.now())
            case "stop":
                self.stops()
            case "start":
                self.writes("start")
            case (
                "send"
                | "send, and somebody takes over in the middle"
                | "send, and the customer writes STOP in the middle"
            ):
                acts = {"middle": self.stops if "STOP" in step else self.takes_over}
                self.during_send = acts.get(step.rpartition(" ")[2])
                self.bench.courier.deliver([CONVERSATION])
                self.during_send = None
            case "send, and nobody knows what became of it":
                self.bench.channel.outcomes = [InDoubt(words="reset")]
                self.bench.courier.deliver([CONVERSATION])
                self.bench.channel.outcomes = []
            case "time passes":
                self.bench.clock.move(seconds=40)


class _Always(list):
    """What an assistant does next, for ever."""

    def __init__(self, answer) -> None:
        super().__init__([answer])

    def pop(self, _index=0):
        return self[0]


@pytest.mark.slow
@settings(max_examples=200)
@given(st.lists(STEPS, max_size=40))
def test_no_reply_older_than_a_takeover_and_no_text_older_than_a_stop_is_sent(make_bench, clock, script):
    with fakeredis.FakeRedis(
        server=fakeredis.FakeServer(), decode_responses=True, encoding_errors="surrogateescape"
    ) as client:
        play = Play(make_bench(stores=Stores.on(client, clock=clock)))
        for step in script:
            play.take(step)
        # In the end everything is settled, and the assistant is heard again if it is handed back.
        before = play.said_by_assistant
        for step in [
            "time passes",
            "turns",
            "start",
            "turns",
            "take over",
            "hand back",
            "message",
            "turns",
        ] + [
            "time passes",
            "send",
        ] * 3:
            play.take(step)
        assert play.said_by_assistant >= before + 2
        assert (play.bench.mailbox(), play.bench.outbox()) == (0, 0)
