"""The tree of an older release, taken from the history, whose programs run beside the present ones."""

import io
import subprocess
import tarfile
from pathlib import Path

#: The release before the present one, unless a tag says otherwise.
_BEFORE = "9c7741d"
_WHAT = ("session", "worker", "webhook", "tests")


def unpack_release(root: Path, ref: str, folder: Path) -> Path:
    """Unpack the programs of a commit into a folder and return it; "last" is the last tag, or the release before this one.

    Raises `ValueError` if the history does not have it.
    """
    if ref == "last":
        found = _git(root, "describe", "--tags", "--abbrev=0")
        ref = found.stdout.decode().strip() if found.returncode == 0 else _BEFORE
    packed = _git(root, "archive", ref, *_WHAT)
    if packed.returncode:
        raise ValueError(f"the release {ref} is not in the history: {packed.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, check=False)
