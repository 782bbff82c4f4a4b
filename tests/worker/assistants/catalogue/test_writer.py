"""The new file: who can read it, and what is left behind."""

import os
from pathlib import Path

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import (
    LoadedCatalogue,
)

TABLE = """\
Ref,Title,Type,District,Price (EGP),Beds,Area m2
A1,Garden flat,Flat,Maadi,"2,500,000",2,110
A2,Lake villa,Villa,Sheikh Zayed,12m,4,400
"""

MEMBERS = "name,profession,phone\nAsha Rao,doctor,+919840830854\n"


def test_a_new_file_obeys_the_umask_and_later_ones_keep_its_mode(put: Load, directory: Path) -> None:
    before = os.umask(0o027)
    try:
        put(TABLE)
        path = directory / "properties.db"
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o600)
        put(TABLE)
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize(("was", "becomes"), [(None, 0o600), (0o644, 0o600), (0o666, 0o600), (0o640, 0o640)])
def test_only_this_user_can_read_a_file_with_people(
    put: Load, directory: Path, catalogue: LoadedCatalogue, was: int | None, becomes: int
) -> None:
    before = os.umask(0o000)
    path = directory / "members.db"
    try:
        put(MEMBERS, kind="members")
        if was is not None:
            path.chmod(was)
            put(MEMBERS, kind="members")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == becomes
    assert directory.stat().st_mode & 0o777 == 0o700
    assert catalogue.member_by_phone("+919840830854") is not None


def test_leftovers_of_killed_loads_are_removed(put: Load, directory: Path) -> None:
    abandoned = directory / ".loading-killed"
    abandoned.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    put(TABLE)
    assert [path.name for path in directory.iterdir()] == ["properties.db"]
