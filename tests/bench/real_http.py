"""The whole way over real HTTP: the real channel of Meta, a stub of its API, statuses, old sessions; beside an older tree."""

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import redis

from session.clock import SystemClock
from session.keys import Keys
from session.records import to_ms
from tests.bench import people
from tests.bench.costs import Cost, Meter, cpu_seconds, parts
from tests.bench.graph import STATES, Send
from tests.bench.ground import ROOT, Ground, Program, clear, free_port, standing_ground, until
from tests.bench.releases import tree_of
from tests.bench.rows import Goal, Row, in_turn, promise
from tests.bench.whole_way import LOOK_EVERY, WITHIN, store_bodies, wake_intake, waker_of
from tests.bench.workers import STARTED, working
from worker.cli.running.embedded import HOST

#: The customer whose session is copied, and how many messages made it.
_TEMPLATE, _SAID = 999_999, 10
_EACH = 10
_GOAL_RATE, _GOAL_CPU = 4.0, 1300.0


@dataclass(kw_only=True)
class Side:
    """A tree with its server, its two workers and its stub."""

    ground: Ground
    client: redis.Redis
    workers: list[Program]
    environment: dict[str, str]  #: what the workers are told
    stub: Program
    port: int  #: of the stub
    states: int  #: statuses of a reply
    template: tuple[str, str] = ("", "")  #: key and record of a session of 20 messages
    stub_cpu: list[float] = field(default_factory=list)  #: µs a message, each run

    def learn(self) -> None:
        """Let the workers make a session of 20 messages, which the customers of all runs then have."""
        self.work_off(customers=1, each=_SAID, first=_TEMPLATE)
        (key,) = [key for key in self.client.scan_iter(match="session:*") if _digits(_TEMPLATE) in key]
        record = self.client.get(key)
        said = json.loads(record)["context"]["messageHistory"]
        promise(len(said) == 2 * _SAID, "the session does not have 20 messages")
        self.template = (key, record)
        # Each worker opens its services at its first task.
        for _ in range(3):
            self.work_off(customers=40, each=1)
        # Their messages are known by now: the same ones would be dropped.
        clear(self.client)
        self.stub_cpu.clear()

    def work_off(self, *, customers: int, each: int, first: int = 0) -> Cost:
        """Store bodies, wake the intake, wait until everything is settled, check it; return what a message cost."""
        expected = store_bodies(self.client, customers=customers, each=each, first=first)
        if self.template[0]:
            self.prefill(customers)
        self.sends()
        count, waker = customers * each, waker_of(self.ground)
        spent, meter = cpu_seconds([self.stub]), Meter(self.workers, self.client)
        wake_intake(self.client, waker)
        until(partial(self.at_rest, count), "everything is settled", within=WITHIN, every=LOOK_EVERY)
        cost = meter.cost(count)
        self.stub_cpu.append((cpu_seconds([self.stub]) - spent) / count * 1e6)
        self.check(expected, self.sends())
        return cost

    def prefill(self, customers: int) -> None:
        """Give each customer the old session."""
        key, record = self.template
        with self.client.pipeline(transaction=False) as pipe:
            for number in range(customers):
                mine = (_digits(_TEMPLATE), _digits(number))
                pipe.set(key.replace(*mine), record.replace(*mine), ex=86_400)
            pipe.execute()

    def at_rest(self, count: int) -> bool:
        """Whether nothing waits. An idle timer is due in half an hour, what waits for a worker within seconds."""
        keys = Keys().shard(0)
        soon = to_ms(SystemClock().now()) + 600_000
        if self.client.zcount(keys.due, "-inf", soon) or self.client.xlen(keys.intake):
            return False
        if not self.states:
            return True
        # Each reply is an event, and each status that says more. The last ones are counted, the others are in front of them.
        return int(self.client.xlen(keys.events)) >= count * self.states and self._read() == count

    def _read(self) -> int:
        events = self.client.xrange(Keys().shard(0).events)
        return sum(fields.get("status") == STATES[-1] for _, fields in events)

    def sends(self) -> list[Send]:
        """Return the customer's digits and the text of everything that was sent since the last time, and when."""
        line = http.client.HTTPConnection(HOST, self.port, timeout=30)
        line.request("GET", "/sends")
        found = json.loads(line.getresponse().read())
        line.close()
        return [(address, text, at) for address, text, at in found]

    def check(self, wrote: dict[str, list[str]], sends: Sequence[Send]) -> None:
        """What the stub was asked to send is the answer of each message, once and in order; nothing is left."""
        said: dict[str, list[str]] = {}
        for address, text, _ in sends:
            said.setdefault(f"+{address}", []).append(text)
        promise(said == wrote, "the provider did not get every reply once and in order")
        promise(not self.client.xlen(Keys().shard(0).dead), "there are dead letters")
        left = [key for kind in ("mailbox", "outbox") for key in self.client.scan_iter(match=f"{kind}:*")]
        promise(not left, f"something is left waiting: {left[:3]}")


def real_http_rows(ground: Ground) -> Iterator[Row]:
    """With the statuses of each reply, and without; of one and of ten messages a customer."""
    count = 100 if ground.quick else 600
    with ExitStack() as stack:
        old = None
        if ground.against:
            tree = stack.enter_context(tree_of(ground.against))
            old = stack.enter_context(standing_ground(quick=ground.quick, rounds=ground.rounds, tree=tree))
        for states in (len(STATES), 0):
            with ExitStack() as sides:
                grounds = [ground, old] if old else [ground]
                open_sides = [sides.enter_context(opened(one, states)) for one in grounds]
                found = in_turn(
                    ground.rounds,
                    *(
                        partial(side.work_off, customers=count // each, each=each)
                        for side in open_sides
                        for each in (1, _EACH)
                    ),
                )
            for place, each in enumerate((1, _EACH)):
                theirs = found[2 + place] if old else []
                yield from _rows(
                    open_sides[0], each, ours=found[place], theirs=theirs, against=ground.against
                )


def _rows(
    side: Side, each: int, *, ours: list[Cost], theirs: list[Cost], against: str | None
) -> Iterator[Row]:
    name = f"whole way over HTTP, {STARTED}, {side.states} statuses a reply: {_messages(each)} a customer"
    yield Row(
        name=name,
        unit="/s",
        ours=[cost.rate for cost in ours],
        against=f"the tree of {against}, same run" if theirs else "nothing: no tag, and no --against",
        baseline=[cost.rate for cost in theirs],
        goal=Goal(at_least=_GOAL_RATE) if theirs and side.states else None,
        note="Meta's channel, a stub of its API; sessions of 20 messages; bodies and statuses are stored, not posted",
    )
    yield Row(
        name=f"{name}, CPU a message",
        unit="µs",
        ours=[cost.cpu for cost in ours],
        goal=Goal(at_most=_GOAL_CPU) if not side.states and each == 1 else None,
        note=f"{parts(ours)}; beside them the stub, {median(side.stub_cpu):.0f}"
        + (f"; {against}: {parts(theirs)}" if theirs else ""),
    )


@contextmanager
def opened(ground: Ground, states: int, *, delay: float = 0.0, **environment: str) -> Iterator[Side]:
    """Start a stub that answers after `delay` seconds, and two workers of the ground's tree, and warm them up."""
    port = free_port()
    argv = ["tests.bench.graph", "--port", str(port), "--delay", str(delay)]
    if states:
        argv += ["--statuses", ground.redis_url]
    told = {"META_GRAPH_URL": f"http://{HOST}:{port}", **environment}
    with ExitStack() as stack:
        stub = stack.enter_context(ground.running(*argv, PYTHONPATH=str(ROOT)))
        stub.wait_for_port(port)
        workers = stack.enter_context(working(ground, None, STARTED, **told))
        client = stack.enter_context(ground.client())
        side = Side(
            ground=ground,
            client=client,
            workers=workers,
            environment=told,
            stub=stub,
            port=port,
            states=states,
        )
        side.learn()
        yield side


def _digits(number: int) -> str:
    return people.customer(number).removeprefix("+")


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
