from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stories.telling import Story


@pytest.fixture
def tell() -> Iterator[Callable[..., Story]]:
    """Begins a story; at its end nothing may be left to do."""
    stories: list[Story] = []

    def begin(*args: Any, **settings: Any) -> Story:
        stories.append(Story(*args, **settings))
        return stories[-1]

    yield begin
    for story in stories:
        assert not story.wakeups.waiting
        story.redis.close()
