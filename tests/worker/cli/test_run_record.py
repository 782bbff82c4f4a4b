"""What a running stack leaves for other terminals, and what a killed one leaves for the next start."""

import os
import signal
import subprocess
import sys

import pytest

from tests.valkey import until
from worker.cli.running.ending import Leftover
from worker.cli.running.identity import birth_of
from worker.cli.running.record import (
    AlreadyRunning,
    Member,
    RunningStack,
    UnusableFolder,
    end_leftovers,
    forget_record,
    held,
    read_record,
    write_record,
)
from worker.cli.running.stack import running_stack

SLEEPER = (sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()")

#: A supervisor in a nutshell: it starts a child, notes it, and waits to be killed.
NUTSHELL = """
import os, signal, subprocess, sys
from pathlib import Path
from worker.cli.running.guardian import guarded
from worker.cli.running.identity import birth_of
from worker.cli.running.record import Member, RunningStack, write_record
folder, pid = Path(sys.argv[1]), os.getpid()
with guarded(folder, pid=pid, env=os.environ):
    child = subprocess.Popen(eval(sys.argv[2]), start_new_session=True, stdout=subprocess.PIPE)
    child.stdout.readline()
    member = Member(name="child", pid=child.pid, birth=birth_of(child.pid), stage=0)
    write_record(folder, RunningStack(pid=pid, birth=birth_of(pid), redis_url="", webhook_url="",
                                      simulator_url=None, environment={}, members=(member,)))
    print(child.pid, flush=True)
    signal.pause()
"""


@pytest.fixture
def sleeper():
    with subprocess.Popen(SLEEPER, start_new_session=True, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def stack_of(pid, *members, birth=None):
    return RunningStack(
        pid=pid,
        birth=birth or birth_of(pid) or "",
        redis_url="redis://127.0.0.1:6390/0",
        webhook_url="http://127.0.0.1:8000",
        simulator_url=None,
        environment={"REDIS_URL": "redis://127.0.0.1:6390/0"},
        members=tuple(
            Member(name=f"member {number}", pid=pid, birth=birth, stage=number)
            for number, (pid, birth) in enumerate(members)
        ),
    )


def test_a_running_stack_is_found_by_others(tmp_path):
    stack = stack_of(os.getpid())
    write_record(tmp_path, stack)
    assert running_stack(tmp_path) == stack


def test_a_stack_that_has_ended_is_not_found(tmp_path):
    write_record(tmp_path, stack_of(os.getpid()))
    forget_record(tmp_path)
    assert running_stack(tmp_path) is None


def test_a_stack_whose_number_is_another_process_now_is_not_found(tmp_path):
    write_record(tmp_path, stack_of(os.getpid(), birth="long ago"))
    assert running_stack(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff"])
def test_a_note_that_cannot_be_read_is_none(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    assert read_record(tmp_path) is None


def test_the_note_is_for_the_owner_only_and_its_secrets_are_not_shown(tmp_path):
    write_record(tmp_path, stack_of(os.getpid()))
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    assert "6390" not in repr(read_record(tmp_path))


def test_a_second_stack_is_refused_with_the_way_to_end_the_first(tmp_path):
    with held(tmp_path):
        write_record(tmp_path, stack_of(os.getpid()))
        with (
            pytest.raises(AlreadyRunning, match=rf"http://127.0.0.1:8000.*kill {os.getpid()}"),
            held(tmp_path),
        ):
            pytest.fail("both have it")
    with held(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "a file").touch()
    with pytest.raises(UnusableFolder, match=r"DATA_DIR=.*a file"), held(tmp_path / "a file"):
        pytest.fail("it was written")


def test_leftovers_are_ended(tmp_path, sleeper):
    stack = stack_of(1, (sleeper.pid, birth_of(sleeper.pid)))
    assert end_leftovers(stack, within=5) == ["member 0"]
    assert sleeper.wait(timeout=5) == -signal.SIGTERM


def test_another_process_with_the_number_of_a_leftover_is_left_alone(sleeper):
    assert end_leftovers(stack_of(1, (sleeper.pid, "another birth")), within=1) == []
    Leftover(pid=sleeper.pid, birth="another birth").signal(signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_killed_supervisor_takes_its_children_with_it(tmp_path):
    argv = (sys.executable, "-c", NUTSHELL, str(tmp_path), repr(SLEEPER))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as supervisor:
        child = int(supervisor.stdout.readline())
        assert birth_of(child)
        supervisor.kill()
    until(lambda: birth_of(child) is None, "the child is gone")
