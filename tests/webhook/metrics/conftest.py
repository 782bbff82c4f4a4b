from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stories.telling import Story


@pytest.fixture
def tell() -> Iterator[Callable[..., Story]]:
    """Begins a story."""
    stories: list[Story] = []

    def begin(*args: Any, **settings: Any) -> Story:
        stories.append(Story(*args, **settings))
        return stories[-1]

    yield begin
    for story in stories:
        story.redis.close()
