from collections.abc import Callable, Iterator
from typing import Any

import pytest

from session.consulting import AsyncAssistant
from tests.stories.telling import Story
from tests.worker.assistants.adapters.agents import FRAMEWORKS, Calendar
from tests.worker.assistants.llm.model_server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        # A story has a loop for each task.
        server.keeps_connections = False
        yield server


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture(params=FRAMEWORKS)
def agent(
    request: pytest.FixtureRequest, server: Server, calendar: Calendar
) -> Callable[..., AsyncAssistant]:
    """Makes an assistant of an agent, in each of the frameworks."""

    def make(**limits: Any) -> AsyncAssistant:
        return FRAMEWORKS[request.param](server.url, calendar, **limits)

    return make


@pytest.fixture
def story(agent: Callable[..., AsyncAssistant]) -> Iterator[Story]:
    """A deployment with the agent as its assistant."""
    story = Story(agent(), max_turn_attempts=3)
    yield story
    assert not story.wakeups.waiting
    story.redis.close()
