"""A model that fails during a conversation."""

import fakeredis
import pytest

from session.keys import Keys
from session.models import State
from session.store import AwaitedRunner, Runner
from tests.stories.telling import Story
from tests.worker.assistants.llm.model_server import answers, answers_with_first, refuses, searches
from worker.assistants.concierge import assistant as concierge
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.llm.circuit_breaker import CircuitBreaker
from worker.assistants.llm.engine import Engine
from worker.assistants.llm.llm_assistant import LlmAssistant, ModelAccess
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.token_budget import DailyTokens


class OfEachLoop(Engine):
    """A story has a loop for each task, so no connection is kept."""

    async def ask(self, *args, **options):
        try:
            return await super().ask(*args, **options)
        finally:
            await self.close()


@pytest.fixture
def begin(server, records):
    """Begins a story with a model, and with somebody who answers when it does not."""
    redis = fakeredis.FakeRedis(decode_responses=True, encoding_errors="surrogateescape")
    settings = LlmSettings(llm_base_url=server.url, llm_model="stand-in", llm_timeout_seconds=1)
    tokens = DailyTokens(AwaitedRunner(Runner(redis)), Keys(), a_day=10**6)
    access = ModelAccess(client=OfEachLoop(settings), tokens=tokens, breaker=CircuitBreaker())

    def begin(fallback):
        assistant = LlmAssistant(settings, access=lambda: access, fallback=fallback)
        return Story(assistant=assistant, catalogue=records, client=redis)

    yield begin
    redis.close()


def test_a_model_fails_during_a_conversation_and_recovers(server, records, begin):
    def stand_in(turn):
        shown = Dialogue.of(turn.known, "properties")
        turn.reply(f"I go on in {turn.known.location}, after {len(shown.ids)} of {shown.total}.")

    story = begin(stand_in)
    server.script = [answers("Hello! What are you looking for?", intent="greeting")]
    story.says("hello")
    assert story.hears() == ["Hello! What are you looking for?"]

    server.script = [
        searches(location="New Cairo"),
        answers_with_first("A few in New Cairo:", count=5, learned={"location": "New Cairo"}),
    ]
    story.says("something in New Cairo")
    [reply] = story.hears()
    assert reply.startswith("A few in New Cairo:\n\n1-5 of ")
    total = records.find("properties", "", {"location": "New Cairo"}).total

    server.then = refuses(503)
    story.says("more")
    assert story.hears() == [f"I go on in New Cairo, after 5 of {total}."]
    server.then = server.slow
    story.says("even more")
    assert story.hears() == [f"I go on in New Cairo, after 5 of {total}."]
    assert story.session().search_count == 1
    assert story.dead_letters() == []

    server.then = answers("I am back.", intent="other")
    story.waits(seconds=60)
    story.says("are you there?")
    assert story.hears() == ["I am back."]


def test_the_concierge_continues_after_the_model(server, records, begin):
    story = begin(concierge)
    server.script = [
        searches(location="New Cairo", propertyType="apartment"),
        answers_with_first("A few:", count=5, learned={"location": "New Cairo", "propertyType": "apartment"}),
    ]
    story.says("apartment in New Cairo")
    [first] = story.hears()
    found = records.find("properties", "", {"location": "New Cairo", "propertyType": "apartment"}, limit=10)
    assert f"1-5 of {found.total}" in first

    server.then = refuses(503)
    story.says("more")
    assert f"6-10 of {found.total}" in "".join(story.hears())
    story.says("the second one")
    assert found[6].id in "".join(story.hears())
    assert story.session().search_count == 1


def test_a_model_hands_over_and_is_silent_until_the_customer_is_handed_back(server, begin):
    story = begin(concierge)
    server.script = [answers("That is for a colleague to say.", intent="other", handOver="plumbing?")]
    story.says("will the plumbing be redone before I sign?")
    assert story.hears() == [
        "That is for a colleague to say.\n\nA colleague will answer you here shortly.",
    ]
    assert story.session().state is State.WAITING_AGENT
    assert story.session().escalation == "the language model: plumbing?"

    asked = len(server.requests)
    story.says("it leaks in the kitchen")
    assert "shortly" not in "".join(story.hears())
    assert len(server.requests) == asked
