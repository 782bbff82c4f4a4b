"""The tokens of a customer on one day."""

import asyncio

import pytest

from session.conversations import conversation_of
from session.keys import Keys
from session.store import AwaitedRunner, Runner
from tests.clocks import START
from tests.values import CONVERSATION, CUSTOMER, OTHER
from tests.worker.assistants.llm.model_server import HttpAnswer, answers, calls, searches
from worker.assistants.llm.token_budget import DailyTokens

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
    tokens = tokens_on(redis, a_day=1000)
    assert tokens.reserve(CONVERSATION, 700, START)
    assert tokens.used(CONVERSATION) == 700
    assert tokens.reserve(CONVERSATION, 700, START)
    assert not tokens.reserve(CONVERSATION, 700, START)
    assert tokens.used(CONVERSATION) == 1400
    assert tokens.reserve(OTHER, 1, START)


def test_the_counter_ends_with_the_day(tokens_on, redis):
    tokens = tokens_on(redis, a_day=1000)
    tokens.reserve(CONVERSATION, 1, START)
    tokens.settle(CONVERSATION, reserved=1, used=5, now=START)
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
    tokens_on(fake, shards=shards).reserve(conversation_of(CUSTOMER, scope), 1, START)
    [name] = fake.keys()
    assert name.endswith(key)
    assert name.startswith("{s") is (shards > 1)


@pytest.fixture
def tokens_on():
    """Makes counters whose methods are carried out at once."""

    class AtOnce:
        def __init__(self, client, shards=1, a_day=10):
            self._bare = DailyTokens(AwaitedRunner(Runner(client)), Keys(shards), a_day=a_day)

        def __getattr__(self, name):
            return lambda *args, **options: asyncio.run(getattr(self._bare, name)(*args, **options))

    return AtOnce
