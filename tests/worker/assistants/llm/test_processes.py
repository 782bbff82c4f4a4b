"""Threads and forks: one loop a process, and every answer for the one who asked."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from session.keys import Keys
from session.turn import Turn
from tests.valkey import OPTIONS
from tests.worker.assistants.llm.server import calls
from worker.assistants.llm.breaker import Breaker
from worker.assistants.llm.budget import DailyTokens
from worker.assistants.llm.engine import Engine
from worker.assistants.llm.opening import OncePerProcess
from worker.assistants.llm.replier import LlmAssistant, Means
from worker.deadline import within

NUMBERS = [f"+20100000000{n}" for n in range(8)]


def echo(request):
    """The model says what the customer wrote; slowly enough for all to be there at once."""
    said = request["messages"][-1]["content"].rpartition("the customer writes:\n")[2]
    return calls(("answer", {"text": f"You said {said}", "intent": "other"}))


def test_eight_threads_at_once_get_their_own_answers(bench, server, turn_of):
    server_barrier = Barrier(8, timeout=10)

    def together(request):
        if request["messages"][-1]["role"] == "user":
            server_barrier.wait()
            return calls(("search", {"location": "Maadi"}))
        request["messages"] = [one for one in request["messages"] if one["role"] == "user"]
        return echo(request)

    server.then = together
    here = bench()
    turns = [turn_of(f"word {n}", customer=number) for n, number in enumerate(NUMBERS)]

    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda turn: within(10, lambda: here.assistant(turn)), turns):
            pass

    for n, turn in enumerate(turns):
        assert [reply.text for reply in turn.effects.replies] == [f"You said word {n}"]
        assert len(turn.effects.searches) == 1
    assert here.asked_fallback == []


def test_a_forked_child_asks_for_itself_and_the_parent_goes_on(bench, server, turn_of, valkey_socket):
    import redis  # noqa: PLC0415

    server.then = echo
    settings = bench().settings
    engines: list[Engine] = []

    def open_means() -> Means:
        engines.append(Engine(settings))
        client = redis.Redis(unix_socket_path=valkey_socket, **OPTIONS)
        return Means(asker=engines[-1], tokens=DailyTokens(client, Keys(), a_day=10**6), breaker=Breaker())

    assistant = LlmAssistant(settings, means=OncePerProcess(open_means), fallback=lambda _: "fallback")

    def ask(turn: Turn) -> str:
        assert assistant(turn) is None
        return turn.effects.replies[0].text

    assert ask(turn_of("before")) == "You said before"
    children = []
    for n in range(2):
        child = os.fork()
        if not child:
            signal.alarm(20)
            code = 1
            try:
                code = 0 if ask(turn_of(f"child {n}")) == f"You said child {n}" and len(engines) == 2 else 2
            finally:
                os._exit(code)
        children.append(child)
    assert ask(turn_of("meanwhile")) == "You said meanwhile"
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert ask(turn_of("after")) == "You said after"
    assert len(engines) == 1
    engines[0].close()
    with redis.Redis(unix_socket_path=valkey_socket, **OPTIONS) as client:
        client.flushall()
