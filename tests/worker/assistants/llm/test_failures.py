"""Whatever goes wrong, the fallback answers in time, and nothing of what the model had begun is left."""

import socket
import time
from datetime import timedelta

import pytest

from session.errors import NoCatalogue
from tests.clocks import START
from tests.worker.assistants.llm.server import Answer, answers, answers_with_first, calls, refuses, searches
from worker.deadline import DeadlineExceeded, within

SAID = "the concierge answers"


@pytest.fixture
def falls_back(bench, turn_of):
    """Checks that the fallback gets a turn in which nothing has been asked for yet."""

    def check(here=None, turn=None):
        here = here or bench()
        turn = turn or turn_of("a villa in Maadi", left=5)
        assert here.assistant(turn) == SAID
        assert here.asked_fallback[-1] is turn
        asked = turn.effects
        assert (asked.replies, asked.searches, asked.remembered, asked.intent) == ([], [], {}, None)
        return here

    return check


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_an_error_over_http_is_not_tried_again(falls_back, server, status, log):
    server.then = refuses(status, {"error": {"message": "key sk-secret said: a villa in Maadi"}})
    falls_back()
    assert len(server.requests) == 1
    assert str(status) in "".join(log) or status == 400
    assert "sk-secret" not in "".join(log)
    assert "villa" not in "".join(log)


def test_one_retry_can_be_allowed(bench, server, turn_of):
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
def test_what_is_no_completion_is_no_answer(falls_back, server, body):
    server.then = lambda _: Answer(body)
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
def test_an_answer_in_the_wrong_form_is_asked_for_once_more(falls_back, server, arguments):
    def malformed(_):
        answer = calls(("answer", {}))
        answer.body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = arguments
        return answer

    server.then = malformed
    falls_back()
    assert len(server.requests) == 2


def test_an_answer_that_was_cut_off_is_none(falls_back, server):
    def cut(_):
        answer = calls(("answer", {}))
        answer.body["choices"][0]["finish_reason"] = "length"
        answer.body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = '{"text": "Hel'
        return answer

    server.then = cut
    falls_back()


def test_nobody_at_the_address(falls_back, bench):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        here = bench(llm_base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        falls_back(here)
    assert here.used() == 0


def test_a_slow_model_is_left_in_time_and_what_it_may_have_cost_is_counted(falls_back, bench, server):
    server.then = server.slow
    here = bench(llm_timeout_seconds=0.3)
    began = time.monotonic()
    falls_back(here)
    assert time.monotonic() - began < 2
    assert here.used() > 300


def test_a_model_that_is_slow_after_a_search_leaves_no_search_behind(falls_back, bench, server):
    server.script = [searches(location="Maadi"), server.slow]
    falls_back(bench(llm_timeout_seconds=0.5))


def test_the_deadline_of_the_house_comes_through(bench, server, turn_of):
    """In the main thread it is a signal; should it ever ring first, the turn is over for the fallback, too."""
    server.then = server.slow
    here = bench(llm_timeout_seconds=5)
    with pytest.raises(DeadlineExceeded):
        within(0.3, lambda: here.assistant(turn_of("hello")))
    assert here.asked_fallback == []
    server.then = answers("I am back.", intent="greeting")
    turn = turn_of("hello")
    assert here.assistant(turn) is None
    assert turn.effects.replies[0].text == "I am back."


def test_three_requests_are_the_most(falls_back, server):
    server.then = searches(location="Maadi")
    falls_back()
    assert len(server.requests) <= 3


def test_after_two_searches_there_is_nothing_but_to_answer(bench, server, turn_of):
    server.script = [searches(location="Maadi"), searches(location="Zamalek"), answers_with_first()]
    turn = turn_of("Maadi or Zamalek")
    bench().assistant(turn)
    offered = [[tool["function"]["name"] for tool in request["tools"]] for request in server.requests]
    assert offered == [["search", "answer"], ["search", "answer"], ["answer"]]
    assert len(turn.effects.searches) == 2


def test_many_searches_at_once_are_too_many(falls_back, server):
    server.then = lambda _: calls(*(("search", {"location": f"place {n}"}) for n in range(5)))
    falls_back()


def test_the_same_search_twice_counts_once(bench, server, turn_of):
    server.script = [searches(location="Maadi"), searches(location="Maadi"), answers_with_first()]
    turn = turn_of("Maadi")
    bench().assistant(turn)
    assert len(turn.effects.searches) == 1


def test_a_tool_that_there_is_not_does_nothing(falls_back, server):
    server.then = lambda _: calls(("escalate", {"reason": "now"}), ("read_session", {"customer": "+20"}))
    falls_back()


@pytest.mark.parametrize(
    "wanted", [{"page": 10**9}, {"budget": "all"}, {"words": "x" * 101}, {"bedrooms": -1}]
)
def test_arguments_have_bounds(bench, server, turn_of, wanted):
    server.script = [searches(**wanted), answers("Sorry?", intent="other")]
    turn = turn_of("hello")
    bench().assistant(turn)
    assert turn.effects.searches == []


def test_at_the_search_limit_the_fallback_says_when_to_try_again(falls_back, server, turn_of):
    server.then = searches(location="Maadi")
    here = falls_back(turn=turn_of("a villa in Maadi", left=0))
    falls_back(here)  # the server is not to blame
    falls_back(here)
    falls_back(here)
    assert len(server.requests) >= 4


def test_without_a_catalogue_the_fallback_answers(falls_back, turn_of, server):
    def nothing(*_, **__):
        raise NoCatalogue("nothing loaded")

    server.then = searches(location="Maadi")
    falls_back(turn=turn_of("a villa", catalogue=nothing))


def test_redis_away_is_no_answer_from_the_model(falls_back, bench, server):
    here = bench()
    here.tokens._client.connection_pool.connection_kwargs["server"].connected = False
    falls_back(here)
    here.tokens._client.connection_pool.connection_kwargs["server"].connected = True
    assert server.requests == []


def test_a_server_that_fails_is_left_alone_for_a_while(bench, server, turn_of):
    server.then = refuses(503)
    here = bench()
    for _ in range(10):
        assert here.assistant(turn_of("hello")) == SAID
    assert len(server.requests) == 3

    later = START + timedelta(seconds=31)
    server.then = answers("I am back.", intent="greeting")
    turn = turn_of("hello", now=later)
    assert here.assistant(turn) is None
    assert here.assistant(turn_of("hello", now=later)) is None


def test_a_text_that_the_server_refuses_is_nobody_elses_loss(bench, server, turn_of):
    server.script = [refuses(400)] * 5
    here = bench()
    for _ in range(5):
        assert here.assistant(turn_of("hello")) == SAID
    assert here.assistant(turn_of("hello")) is None
