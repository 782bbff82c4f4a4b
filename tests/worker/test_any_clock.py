"""Whatever a worker's own clock shows: what it stores, sends and waits for is the same, to the millisecond."""

from datetime import timedelta
from itertools import count

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.agent_actions import AgentActionType
from tests.clocks import START, ManualClock
from tests.stores import Stores, everything
from tests.values import CONVERSATION, action
from worker.channels.outcomes import InDoubt, Throttled

#: What happens.
STEPS = """
body, message, take over, hand back, drain, turn, failing turn, abandoned turn, send, throttled send, doubtful send, sweep,
a second, forty seconds, an hour
"""
#: Each with by how much the worker's clock is ahead meanwhile.
SCRIPTS = st.lists(
    st.tuples(
        st.sampled_from([step.strip() for step in STEPS.split(",")]),
        st.sampled_from([300, -30, 86_400, -3_000_000_000]),
    ),
    max_size=30,
)


class OwnClock:
    """The clock of a worker, beside that of the server."""

    def __init__(self, server: ManualClock) -> None:
        self._server = server
        self.ahead = timedelta()

    def now(self):
        return self._server.now() + self.ahead


class Play:
    """One worker at a server of its own."""

    def __init__(self, make_bench, client, clock) -> None:
        self.clock = clock
        self.bench = bench = make_bench(stores=Stores.on(client, clock=clock))
        self.own = OwnClock(clock)
        for service in (bench.drainer, bench.turns, bench.courier):
            service.clock = self.own
        bench.sweeper.clock = OwnClock(clock)
        bench.sweeper.clock.ahead = timedelta(seconds=300)
        self.number = count(1)

    def take(self, step: str) -> None:
        bench, clock = self.bench, self.clock
        match step:
            case "body":
                bench.store(bench.channel.holds(b"%d" % next(self.number)))
            case "message":
                bench.receive(f"m{next(self.number)}")
            case "take over":
                bench.does(action(AgentActionType.TAKE_OVER, id=f"a{next(self.number)}"))
            case "hand back":
                bench.does(action(AgentActionType.HAND_BACK, id=f"a{next(self.number)}"))
            case "drain":
                bench.drainer.drain(0)
            case "turn" | "failing turn":
                bench.assistant.next = [RuntimeError("no")] if "failing" in step else []
                bench.turns.take([CONVERSATION])
            case "abandoned turn":
                bench.stores.turns.take(CONVERSATION, holder="dying")
            case "send" | "throttled send" | "doubtful send":
                outcomes = {
                    "throttled send": [Throttled(code="1", words="")],
                    "doubtful send": [InDoubt(words="")],
                }
                bench.channel.outcomes = outcomes.get(step, [])
                bench.courier.deliver([CONVERSATION])
            case "sweep":
                bench.sweep()
            case "a second":
                clock.move(seconds=1)
            case "forty seconds":
                clock.move(seconds=40)
            case "an hour":
                clock.move(hours=1)

    def looks_like(self) -> object:
        """Return everything that is stored, but for the ids that a server gives, and what was sent."""
        held = {
            key: (
                [fields for _, fields in value] if key in ("events", "dead", "intake") else value,
                # The server itself counts down to the end of this one.
                None if key.startswith("doubts:") else expires,
            )
            for key, (value, expires) in everything(self.bench.stores.client).items()
        }
        return held, self.bench.channel.texts


@pytest.mark.slow
@settings(max_examples=150)
@given(SCRIPTS)
def test_what_is_stored_and_sent_does_not_depend_on_it(make_bench, new_id, clock, steps):
    seen = []
    for wrong in (False, True):
        clock.at, new_id._numbers = START, count(1)
        server = fakeredis.FakeServer()
        with fakeredis.FakeRedis(server=server, decode_responses=True) as client:
            play = Play(make_bench, client, clock)
            looks = []
            for step, ahead in steps:
                play.own.ahead = timedelta(seconds=ahead if wrong else 0)
                play.take(step)
                looks.append((step, play.looks_like()))
            seen.append(looks)

    assert seen[0] == seen[1]
