"""The record of a running stack, by which other terminals find it."""

import os

import pytest

from tests.worker.cli.running.stand_ins import stack_of
from worker.cli.running.stack import (
    AlreadyRunning,
    UnusableFolder,
    locked,
    read_record,
    remove_record,
    running_stack,
    write_record,
)


def test_a_running_stack_is_found_by_others(tmp_path):
    stack = stack_of(os.getpid())
    write_record(tmp_path, stack)
    assert running_stack(tmp_path) == stack


def test_a_stack_that_has_ended_is_not_found(tmp_path):
    write_record(tmp_path, stack_of(os.getpid()))
    remove_record(tmp_path)
    assert running_stack(tmp_path) is None


def test_a_stack_whose_pid_belongs_to_another_process_is_not_found(tmp_path):
    write_record(tmp_path, stack_of(os.getpid(), start_time="long ago"))
    assert running_stack(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff"])
def test_an_unreadable_record_is_none(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    assert read_record(tmp_path) is None


def test_only_the_owner_can_read_the_record_and_its_repr_has_no_secrets(tmp_path):
    write_record(tmp_path, stack_of(os.getpid()))
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    assert "6390" not in repr(read_record(tmp_path))


def test_a_second_stack_is_refused_with_the_way_to_end_the_first(tmp_path):
    with locked(tmp_path):
        write_record(tmp_path, stack_of(os.getpid()))
        with (
            pytest.raises(AlreadyRunning, match=rf"http://127.0.0.1:8000.*kill {os.getpid()}"),
            locked(tmp_path),
        ):
            pytest.fail("both have it")
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "a file").touch()
    with pytest.raises(UnusableFolder, match=r"DATA_DIR=.*a file"), locked(tmp_path / "a file"):
        pytest.fail("it was written")
