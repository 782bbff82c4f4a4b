"""The tokens of a customer on one day."""

import asyncio

import pytest

from session.conversations import conversation_of
from session.keys import Keys
from session.store import AwaitedRunner, Runner
from tests.clocks import START
from tests.values import CONVERSATION, CUSTOMER, OTHER
from tests.worker.assistants.llm.model_server import (
    HttpAnswer,
    answers,
    answers_with_first,
    calls,
    refuses,
    searches,
)
from worker.assistants.llm.model_client import TokensUsedUp
from worker.assistants.llm.token_budget import DailyTokens, TurnTokens

SAID = "the concierge answers"


def test_the_tokens_of_an_answer_are_counted(bench, server, turn_of):
    server.script = [searches(location="Maadi"), answers("Yes?", intent="other")]
    here = bench()
    here.assistant(turn_of("hello"))
    assert here.used() == 1000


def test_above_the_budget_the_model_is_not_asked_for_this_customer_only(bench, server, turn_of):
    here = bench(llm_daily_tokens=900)
    assert here.assistant(turn_of("one")) is None
    assert here.assistant(turn_of("two")) is None
    assert here.assistant(turn_of("three")) == SAID
    assert here.used() == 1000
    assert len(server.requests) == 2
    assert here.assistant(turn_of("one", customer="+201222222222")) is None


def test_tokens_are_estimated_if_the_server_reports_none(bench, server, turn_of):
    server.then = lambda _: calls(("answer", {"text": "Hi", "intent": "greeting"}), tokens=None)
    here = bench()
    here.assistant(turn_of("hello"))
    assert here.used() > 300


def test_an_invalid_answer_is_counted(bench, server, turn_of):
    server.then = lambda _: calls(("answer", {"text": 5}))
    here = bench()
    assert here.assistant(turn_of("hello")) == SAID
    assert here.used() == 1000


def test_an_error_without_usage_is_not_counted(bench, server, turn_of):
    server.then = lambda _: HttpAnswer({"error": {}}, 500)
    here = bench()
    assert here.assistant(turn_of("hello")) == SAID
    assert here.used() == 0


def test_a_repeated_turn_counts_again(bench, turn_of, fake):
    here = bench()
    here.assistant(turn_of("hello"))
    here.assistant(turn_of("hello"))
    assert here.used() == 1000
    assert fake.keys() == [f"rate:llm:{CUSTOMER}"]


def test_reserved_tokens_stay_counted_if_the_worker_dies(tokens_on, redis):
    day = tokens_on(redis, a_day=1000)
    assert day.turn().reserve(700)
    assert day.used(CONVERSATION) == 700
    assert not day.turn().reserve(700), "no further request fits"
    with pytest.raises(TokensUsedUp):
        day.turn().reserve(700)
    assert day.used(CONVERSATION) == 1400
    assert day.turn(OTHER).reserve(1)


def test_what_a_turn_has_used_counts_before_its_next_request(tokens_on, redis):
    day = tokens_on(redis, a_day=1000)
    turn = day.turn()
    assert turn.reserve(400)
    turn.tokens += 300
    assert turn.reserve(700)
    turn.tokens += 700
    with pytest.raises(TokensUsedUp):
        turn.reserve(1)
    assert day.used(CONVERSATION) == 1000


def test_the_counter_ends_with_the_day(tokens_on, redis):
    turn = tokens_on(redis, a_day=1000).turn()
    turn.reserve(1)
    turn.tokens = 5
    turn.settle()
    key = f"rate:llm:{CUSTOMER}"
    assert redis.get(key) == "5"
    assert redis.pexpiretime(key) == 4102531200000  # 2100-01-02T00:00Z


@pytest.mark.parametrize(
    ("shards", "scope", "key"),
    [
        (1, "", f"rate:llm:{CUSTOMER}"),
        (1, "estate", f"rate:llm:estate:{CUSTOMER}"),
        (4, "", f":rate:llm:{CUSTOMER}"),
    ],
)
def test_the_key_is_in_the_shard_of_the_conversation(tokens_on, fake, shards, scope, key):
    tokens_on(fake, shards=shards).turn(conversation_of(CUSTOMER, scope)).reserve(1)
    [name] = fake.keys()
    assert name.endswith(key)
    assert name.startswith("{s") is (shards > 1)


@pytest.fixture
def tokens_on():
    """Makes counters whose methods are carried out at once."""

    class AtOnce:
        def __init__(self, bare):
            self.__dict__["_bare"] = bare

        def turn(self, conversation=CONVERSATION):
            return AtOnce(TurnTokens(self._bare, conversation, START))

        def __getattr__(self, name):
            found = getattr(self._bare, name)
            return (lambda *args: asyncio.run(found(*args))) if callable(found) else found

        def __setattr__(self, name, value):
            setattr(self._bare, name, value)

    def make(client, shards=1, a_day=10):
        return AtOnce(DailyTokens(AwaitedRunner(Runner(client)), Keys(shards), a_day=a_day))

    return make


def offers_search(request):
    return "search" in {tool["function"]["name"] for tool in request["tools"]}


def test_when_the_day_ends_within_a_turn_the_model_is_asked_for_its_answer(bench, server, turn_of):
    """The first request leaves less than the next one may take: it is the last one, and can only answer."""
    server.script = [
        lambda _: calls(("search", {"location": "Maadi"}), tokens=5900),
        answers_with_first("Here:"),
    ]
    here = bench(llm_daily_tokens=6000)
    turn = turn_of("Maadi")

    assert here.assistant(turn) is None

    assert turn.effects.replies[0].text.startswith("Here:")
    assert list(map(offers_search, server.requests)) == [True, False]
    assert here.used() == 6400


def test_when_the_day_has_ended_within_a_turn_the_fallback_answers(bench, server, turn_of, falls_back, log):
    server.then = lambda _: calls(("search", {"location": "Maadi"}), tokens=6000)
    here = falls_back(bench(llm_daily_tokens=6000), turn_of("Maadi"))

    assert len(server.requests) == 1
    assert here.used() == 6000
    assert "this customer has used all tokens of the day" in "".join(log)


@pytest.mark.parametrize("said", [("search", {"location": "Maadi"}), ("answer", {"text": 5})])
def test_after_the_last_request_the_model_is_not_asked_again(bench, server, turn_of, falls_back, said):
    server.then = lambda _: calls(said, tokens=100)
    here = falls_back(bench(llm_daily_tokens=100), turn_of("Maadi"))

    assert len(server.requests) == 1
    assert here.used() == 100


def test_the_estimate_of_a_request_grows_with_what_was_found(bench, server, turn_of):
    """A server that reports nothing: the second request counts with the records that it carries."""
    server.script = [lambda _: calls(("search", {"location": "Maadi"}), tokens=None)]
    server.then = lambda _: calls(("answer", {"text": "Hi", "intent": "greeting"}), tokens=None)
    here, other = bench(), "+201222222222"
    here.assistant(turn_of("Maadi"))
    here.assistant(turn_of("Maadi", customer=other))

    assert here.used() > 2 * here.used(other) + 200


def test_a_customer_without_tokens_says_nothing_of_the_server(bench, server, turn_of):
    """Else a customer who has used up the day would close the circuit breaker for everybody."""
    server.then = refuses(500)
    here = bench(llm_daily_tokens=500)
    asyncio.run(here.tokens.add(CONVERSATION, 500, START))
    for customer in ("+201222222222", "+201222222222", CUSTOMER, "+201222222222", "+201222222222"):
        here.assistant(turn_of("hello", customer=customer))

    assert len(server.requests) == 3
