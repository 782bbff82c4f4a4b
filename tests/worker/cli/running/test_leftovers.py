"""What a killed supervisor leaves: it is ended at once, or at the next start."""

import signal
import subprocess
import sys

import pytest

from tests.valkey import until
from tests.worker.cli.running.stand_ins import stack_of
from worker.cli.running.leftovers import Leftover, end_leftovers
from worker.cli.running.process_groups import start_time_of

SLEEPER = (sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()")

#: A minimal supervisor: it starts a child, records it, and waits to be killed.
SUPERVISOR = """
import os, signal, subprocess, sys
from pathlib import Path
from worker.cli.running.leftovers import guarded
from worker.cli.running.process_groups import start_time_of
from worker.cli.running.stack import ProcessRecord, RunningStack, write_record
folder, pid = Path(sys.argv[1]), os.getpid()
with guarded(folder, pid=pid, env=os.environ):
    child = subprocess.Popen(eval(sys.argv[2]), start_new_session=True, stdout=subprocess.PIPE)
    child.stdout.readline()
    process = ProcessRecord(name="child", pid=child.pid, start_time=start_time_of(child.pid), stage=0)
    write_record(folder, RunningStack(pid=pid, start_time=start_time_of(pid), redis_url="", webhook_url="",
                                      simulator_url=None, environment={}, processes=(process,)))
    print(child.pid, flush=True)
    signal.pause()
"""


@pytest.fixture
def sleeper():
    with subprocess.Popen(SLEEPER, start_new_session=True, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_leftovers_are_ended(tmp_path, sleeper):
    stack = stack_of(1, (sleeper.pid, start_time_of(sleeper.pid)))
    assert end_leftovers(stack, within=5) == ["process 0"]
    assert sleeper.wait(timeout=5) == -signal.SIGTERM


def test_another_process_with_the_pid_of_a_leftover_is_not_ended(sleeper):
    assert end_leftovers(stack_of(1, (sleeper.pid, "another start_time")), within=1) == []
    Leftover(pid=sleeper.pid, start_time="another start_time").signal(signal.SIGKILL)
    assert sleeper.poll() is None


def test_the_processes_of_a_killed_supervisor_are_ended(tmp_path):
    argv = (sys.executable, "-c", SUPERVISOR, str(tmp_path), repr(SLEEPER))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as supervisor:
        child = int(supervisor.stdout.readline())
        assert start_time_of(child)
        supervisor.kill()
    until(lambda: start_time_of(child) is None, "the child is gone")
