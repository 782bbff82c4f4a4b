"""Gathered lines: fewer writes, the same lines in the same order, and none twice after a fork."""

import io
import os
import subprocess
import sys

import pytest
from loguru import logger

from session.gathered_lines import GatheredLines
from session.logs import LogLines
from tests.valkey import until


class Writes(io.StringIO):
    """Keeps each write apart."""

    def __init__(self):
        super().__init__()
        self.all = []

    def write(self, text):
        self.all.append(text)
        return len(text)


def test_lines_are_written_together_when_they_are_flushed():
    writes = Writes()
    lines = GatheredLines(writes, within=3600)
    for number in range(3):
        lines.write(f"{number}\n")
    assert writes.all == []

    lines.flush()
    lines.flush()

    assert writes.all == ["0\n1\n2\n"]


def test_lines_are_written_soon_without_a_flush_and_again_after_that():
    writes = Writes()
    lines = GatheredLines(writes, within=0.001)

    for word in ("once\n", "again\n"):
        lines.write(word)
        until(lambda word=word: writes.all and writes.all[-1] == word, "the line is written")


def test_only_so_many_lines_wait():
    writes = Writes()
    lines = GatheredLines(writes, within=3600)

    for number in range(2500):
        lines.write(f"{number}\n")
    lines.flush()

    assert len(writes.all) == 3
    assert "".join(writes.all).split() == [str(number) for number in range(2500)]


def test_a_stream_that_fails_keeps_nobody_from_writing_later():
    class Broken(Writes):
        def write(self, text):
            if not self.all:
                self.all.append("broken")
                raise BrokenPipeError
            return super().write(text)

    writes = Broken()
    lines = GatheredLines(writes, within=0.001)
    lines.write("lost\n")
    until(lambda: writes.all, "the stream has failed")

    lines.write("later\n")

    until(lambda: "later\n" in writes.all[-1], "the next line is written")


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_a_warning_is_written_at_once_after_what_came_before_it(level):
    writes = Writes()
    sink = logger.add(LogLines(GatheredLines(writes, within=3600), as_json=False), format="", catch=False)
    try:
        logger.info("before")
        assert writes.all == []
        logger.log(level, "trouble")
        (written,) = writes.all
    finally:
        logger.remove(sink)

    assert [line.split()[-1] for line in written.splitlines()] == ["before", "trouble"]


_FORKS = """
import os
from loguru import logger
from session.logs import start_logging

start_logging(level="INFO", as_json=False, gather=True)
logger.info("of the parent")
if os.fork() == 0:
    logger.info("of the child")
    raise SystemExit
os.wait()
logger.info("at the end")
"""


def test_a_process_that_exits_writes_everything_and_a_fork_writes_nothing_twice():
    ended = subprocess.run(
        [sys.executable, "-c", _FORKS],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )

    said = [line.partition(" INFO    ")[2] for line in ended.stderr.splitlines()]
    assert sorted(said) == ["at the end", "of the child", "of the parent"]
