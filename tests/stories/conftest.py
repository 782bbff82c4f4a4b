from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.stories.telling import Story
from worker.assistants.catalogue import load_samples


@pytest.fixture
def tell() -> Iterator[Callable[..., Story]]:
    """Begin a story; at its end no work may be left."""
    stories: list[Story] = []

    def begin(*args: Any, **settings: Any) -> Story:
        stories.append(Story(*args, **settings))
        return stories[-1]

    yield begin
    for story in stories:
        assert not story.wakeups.waiting
        story.redis.close()


@pytest.fixture(scope="session")
def samples(tmp_path_factory) -> Path:
    """The directory of a catalogue with the sample records."""
    directory = tmp_path_factory.mktemp("catalogue")
    load_samples(directory, now=datetime(2026, 1, 1, tzinfo=UTC))
    return directory
