"""The supervisor, with small real programs in place of the stack's."""

import io
import threading

import pytest

from tests.valkey import until
from tests.worker.cli.running.stand_ins import (
    DOOMED,
    MORTAL,
    PARENT,
    PATIENT,
    POLITE,
    STUBBORN,
    program,
    supervising,
)
from worker.cli.running.console import Console
from worker.cli.running.process import Program
from worker.cli.running.process_groups import start_time_of

pytestmark = pytest.mark.processes


def test_a_stack_starts_and_ends_when_it_is_asked_to(tmp_path):
    with supervising([program("first", PATIENT, tmp_path)], [program("second", PATIENT, tmp_path)]) as stack:
        stack.says("\nready\n")
        stack.stop.make()
        assert stack.ends() == 0
        assert all(process.gone() for process in stack.processes)


def test_every_line_has_the_name_of_its_program(tmp_path):
    with supervising([program("a", PATIENT, tmp_path), program("longest", PATIENT, tmp_path)]) as stack:
        stack.says("\nready\n")
        stack.says("a       | a is up\n")
        stack.says("longest | longest is up\n")


def test_a_stage_waits_for_the_previous_one(tmp_path):
    second = program("second", f"assert (folder / 'first').exists()\n{PATIENT}", tmp_path)
    slow = program("first", f"import time; time.sleep(0.3)\n{PATIENT}", tmp_path)
    with supervising([slow], [second]) as stack:
        stack.says("\nready\n")


def test_the_first_stage_ends_last(tmp_path):
    stages = [[program(name, POLITE, tmp_path)] for name in ("valkey", "worker")]
    with supervising(*stages) as stack:
        stack.says("\nready\n")
        stack.stop.make()
        stack.ends()
    assert (tmp_path / "ended").read_text().split() == ["worker", "valkey"]


def test_a_failed_start_is_reported_with_its_cause_and_ends_the_other_programs(tmp_path):
    with supervising([program("good", PATIENT, tmp_path)], [program("bad", DOOMED, tmp_path)]) as stack:
        assert stack.ends() == 1
        assert all(process.gone() for process in stack.processes)
        assert "bad did not start: it ended with status 3" in stack.said
        assert "inturn |     no such luck" in stack.said
        assert "ready" not in stack.said


def test_a_missing_program_is_reported(tmp_path):
    nowhere = Program(name="ghost", argv=(str(tmp_path / "nothing"),), env={}, ready=lambda: True)
    with supervising([nowhere]) as stack:
        assert stack.ends() == 1
        assert "ghost cannot be started" in stack.said
        assert "No such file" in stack.said


def test_a_start_that_takes_too_long_fails(tmp_path):
    silent = program("silent", PATIENT.replace("up();", "print('thinking', flush=True);"), tmp_path)
    with supervising([silent], start=1) as stack:
        assert stack.ends() == 1
        assert "silent did not start: it was not ready after 1 seconds" in stack.said
        assert "    thinking" in stack.said


def test_the_stack_can_be_stopped_before_it_is_ready(tmp_path):
    never = Program(**{**_fields(program("never", PATIENT, tmp_path)), "ready": lambda: False})
    with supervising([never]) as stack:
        stack.says("never is up")
        stack.stop.make()
        assert stack.ends() == 0
        assert all(process.gone() for process in stack.processes)


def test_a_process_that_ignores_sigterm_is_killed_with_its_children(tmp_path):
    with supervising(
        [program("parent", PARENT, tmp_path), program("deaf", STUBBORN, tmp_path)], end=2
    ) as stack:
        stack.says("\nready\n")
        grandchild = int((tmp_path / "grandchild").read_text())
        assert start_time_of(grandchild)
        stack.stop.make()
        assert stack.ends() == 0
        assert start_time_of(grandchild) is None
        assert all(process.gone() for process in stack.processes)


def test_a_failed_process_is_restarted_and_reported(tmp_path):
    with supervising([program("mortal", MORTAL, tmp_path)], [program("other", PATIENT, tmp_path)]) as stack:
        stack.says("\nready\n")
        (tmp_path / "go").touch()
        stack.says("mortal ended with status 3; restarting it in 0.01 s")
        (tmp_path / "go").unlink()
        stack.says("mortal works again")
        assert "other ended" not in stack.said


def test_the_children_of_a_killed_process_are_ended(tmp_path):
    with supervising([program("parent", PARENT, tmp_path)]) as stack:
        stack.says("\nready\n")
        grandchild = int((tmp_path / "grandchild").read_text())
        stack.processes[0]._popen.kill()
        stack.says("parent was ended by signal 9")
        until(lambda: start_time_of(grandchild) is None, "the grandchild is gone")


def test_a_process_that_fails_too_often_ends_the_stack(tmp_path):
    with supervising([program("good", PATIENT, tmp_path)], [program("mortal", MORTAL, tmp_path)]) as stack:
        stack.says("\nready\n")
        (tmp_path / "go").touch()
        assert stack.ends() == 1
        assert "5 failures within 60 seconds; it is not restarted" in stack.said
        assert all(process.gone() for process in stack.processes)


def test_a_closed_terminal_ends_the_stack(tmp_path):
    def write(line: str) -> None:
        if line == "ready\n":
            raise BrokenPipeError

    with supervising([program("only", PATIENT, tmp_path)], write=write) as stack:
        assert stack.ends() == 0
        assert all(process.gone() for process in stack.processes)


def test_a_stopped_terminal_blocks_nothing(tmp_path):
    moves = threading.Event()
    chatty = program("chatty", "up()\nwhile True: print('x' * 1000, flush=True)", tmp_path)
    with supervising([chatty], write=lambda _: moves.wait()) as stack:
        until(lambda: stack.processes and stack.console._lines.full(), "more lines wait than can")
        stack.stop.make()
        until(lambda: stack.status is not None, "the stack has ended")
        assert stack.status == 0
        assert all(process.gone() for process in stack.processes)
        moves.set()


def test_a_hidden_line_is_not_shown(tmp_path):
    chatty = program("chatty", f"print('an old story', flush=True)\n{PATIENT}", tmp_path)
    chatty = Program(**{**_fields(chatty), "hidden": ("old story",)})
    with supervising([chatty]) as stack:
        stack.says("chatty is up")
        assert "old story" not in stack.said


def test_colours_are_for_the_names_only():
    out = io.StringIO()
    console = Console(out.write, ["web"], colours=True)
    console.line("web", "a line")
    console.close()
    assert out.getvalue() == "\x1b[36mweb    |\x1b[0m a line\n"


def _fields(program: Program) -> dict:
    return {name: getattr(program, name) for name in Program.__dataclass_fields__}
