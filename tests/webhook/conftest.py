import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loguru import logger

from session.logs import mask_record
from tests.webhook.edge import Edge


@pytest.fixture
def webhook() -> Callable[..., Edge]:
    """Sets up a webhook."""
    edges: list[Edge] = []

    def begin(**settings: Any) -> Edge:
        edges.append(Edge(**settings))
        return edges[-1]

    yield begin
    for edge in edges:
        edge.redis.close()


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What is logged, whole: the message and everything that goes with it."""
    lines: list[str] = []
    logger.configure(patcher=mask_record)
    sink = logger.add(lambda line: lines.append(str(line)), level="TRACE", format="{level} {message} {extra}")
    yield lines
    logger.remove(sink)


@pytest.fixture
def hung_port() -> Iterator[int]:
    """A port on which somebody accepts and never says a word."""
    with contextlib.closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody listens, and nobody will while the test runs."""
    with contextlib.closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
