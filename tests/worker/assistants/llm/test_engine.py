"""Asking a model: failures of its server and of its answers, and many turns at once."""

import asyncio
import socket
import threading
import time
from threading import Barrier

import pytest

from tests.clocks import START
from tests.worker.assistants.llm.conftest import answer
from tests.worker.assistants.llm.model_server import HttpAnswer, calls, refuses, searches


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_an_http_error_is_not_retried(falls_back, server, status, log):
    server.then = refuses(status, {"error": {"message": "key sk-secret said: a villa in Maadi"}})
    falls_back()
    assert len(server.requests) == 1
    assert str(status) in "".join(log) or status == 400
    assert "sk-secret" not in "".join(log)
    assert "villa" not in "".join(log)


def test_one_retry_can_be_configured(bench, server, turn_of):
    server.script = [refuses(500)]
    turn = turn_of("hello")
    bench(llm_max_retries=1).assistant(turn)
    assert turn.effects.replies[0].text == "I am here."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b'{"choices": [',
        {},
        {"choices": []},
        {"choices": None, "usage": "x"},
        {"id": 1, "choices": [{"message": None}]},
        [],
    ],
)
def test_an_invalid_response_is_a_failure(falls_back, server, body):
    server.then = lambda _: HttpAnswer(body)
    falls_back()


@pytest.mark.parametrize(
    "arguments",
    [
        "{not json",
        "[]",
        '{"text": 1}',
        '{"intent": "find_property"}',
        '{"text": "x", "intent": "handoff"}',
        '{"text": "x", "intent": "other", "learned": {"budget": -1}}',
        '{"text": "x", "intent": "other", "learned": {"propertyType": "castle"}}',
    ],
)
def test_an_invalid_answer_is_requested_once_more(falls_back, server, arguments):
    def malformed(_):
        answer = calls(("answer", {}))
        answer.body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = arguments
        return answer

    server.then = malformed
    falls_back()
    assert len(server.requests) == 2


def test_a_truncated_answer_is_a_failure(falls_back, server):
    def cut(_):
        answer = calls(("answer", {}))
        answer.body["choices"][0]["finish_reason"] = "length"
        answer.body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = '{"text": "Hel'
        return answer

    server.then = cut
    falls_back()


def test_an_unreachable_server_is_a_failure_without_cost(falls_back, bench):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        here = bench(llm_base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        falls_back(here)
    assert here.used() == 0


def test_a_slow_model_times_out_and_its_estimated_tokens_are_counted(falls_back, bench, server):
    server.then = server.slow
    here = bench(llm_timeout_seconds=0.3)
    began = time.monotonic()
    falls_back(here)
    assert time.monotonic() - began < 2
    assert here.used() > 300


def test_a_time_out_after_a_search_discards_the_search(falls_back, bench, server):
    server.script = [searches(location="Maadi"), server.slow]
    falls_back(bench(llm_timeout_seconds=0.5))


def test_requests_of_a_turn_are_limited(falls_back, server):
    server.then = searches(location="Maadi")
    falls_back()
    assert len(server.requests) <= 3


def test_an_unknown_tool_does_nothing(falls_back, server):
    server.then = lambda _: calls(("escalate", {"reason": "now"}), ("read_session", {"customer": "+20"}))
    falls_back()


def test_without_redis_the_model_is_not_asked(falls_back, bench, server, fake):
    here = bench()
    fake.connection_pool.connection_kwargs["server"].connected = False
    falls_back(here)
    fake.connection_pool.connection_kwargs["server"].connected = True
    assert server.requests == []


def test_a_turn_that_is_cancelled_waits_for_nothing_and_its_tokens_are_counted(bench, server, turn_of):
    asked, here, turn = threading.Event(), bench(), turn_of("a villa in Maadi")

    def slow(request):
        asked.set()
        return server.slow(request)

    async def cancelled():
        thinking = asyncio.create_task(answer(here.called, turn))
        await asyncio.to_thread(asked.wait, 10)
        thinking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await thinking
        await here.engine.close()

    server.then = slow
    asyncio.run(cancelled())

    assert here.used() > 300
    assert here.asked_fallback == []


def test_a_server_that_counts_wrongly_is_not_believed(bench, server, turn_of):
    for nonsense in (-5, 10**30, "many", {"x": 1}):
        here, counted = bench(), calls(("answer", {"text": "Hi", "intent": "greeting"}))
        counted.body["usage"] = {"total_tokens": nonsense}
        server.script = [lambda _, counted=counted: counted]
        here.assistant(turn_of("hello", customer="+201222222222"))
        used = here.used("+201222222222")
        assert 300 < used < 100_000
        asyncio.run(here.tokens.add("whatsapp:+201222222222", -used, START))


NUMBERS = [f"+2010000000{n:02}" for n in range(40)]


def echo(request):
    """The model says what the customer wrote."""
    said = request["messages"][-1]["content"].rpartition("the customer writes:\n")[2]
    return calls(("answer", {"text": f"You said {said}", "intent": "other"}))


def test_many_at_once_on_one_loop_get_their_own_answers(bench, server, turn_of):
    server_barrier = Barrier(len(NUMBERS), timeout=10)

    def together(request):
        if request["messages"][-1]["role"] == "user":
            server_barrier.wait()
            return calls(("search", {"location": "Maadi"}))
        request["messages"] = [one for one in request["messages"] if one["role"] == "user"]
        return echo(request)

    server.then = together
    here = bench()
    turns = [turn_of(f"word {n}", customer=number) for n, number in enumerate(NUMBERS)]

    here.assistant(*turns)

    for n, turn in enumerate(turns):
        assert [reply.text for reply in turn.effects.replies] == [f"You said word {n}"]
        assert len(turn.effects.searches) == 1
    assert here.asked_fallback == []
