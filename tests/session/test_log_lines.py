"""A log record as a line."""

import io
import json

import pytest
from loguru import logger

from session.log_lines import LogLines


@pytest.fixture
def out():
    stream = io.StringIO()
    sink = logger.add(LogLines(stream, as_json=True), level="TRACE", format="{message}", catch=False)
    yield stream
    logger.remove(sink)


def deep(levels):
    if levels:
        # Two functions by turns, since Python itself shortens the trace of one that calls itself.
        return deeper(levels - 1)
    raise ValueError("the cause")


def deeper(levels):
    return deep(levels)


@pytest.mark.parametrize(("levels", "lines"), [(2, None), (60, 41)])
def test_a_long_trace_keeps_its_beginning_and_its_end(out, levels, lines):
    try:
        deep(levels)
    except ValueError:
        logger.exception("failed")

    trace = json.loads(out.getvalue())["exception.stacktrace"].split("\n")
    assert trace[0].startswith("Traceback")
    assert "ValueError: the cause" in trace[-2:]
    shortened = [line for line in trace if line.endswith("lines ...")]
    assert (len(trace) if shortened else None) == lines
