"""An older tree beside this one: unpacked from the history, run by the same Python."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.ground import ROOT


def last_tag() -> str | None:
    """Return the last tag before this tree, None without any."""
    found = _git("describe", "--tags", "--abbrev=0")
    return found.stdout.decode().strip() if found.returncode == 0 else None


@contextmanager
def tree_of(ref: str) -> Iterator[Path]:
    """Unpack the tree of a commit or tag into a folder that goes with the block. Raises `LookupError` if there is none."""
    packed = _git("archive", ref, "session", "worker", "webhook")
    if packed.returncode:
        raise LookupError(f"{ref} is not in the history of this clone: {packed.stderr.decode().strip()}")
    with TemporaryDirectory(prefix="inturn-bench-tree-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
            files.extractall(folder, filter="data")
        where = subprocess.run(
            [sys.executable, "-c", "import worker; print(worker.__file__)"],
            env={**os.environ, "PYTHONPATH": folder},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        if not where.startswith(folder):
            raise LookupError(f"Python would run {where.strip()} instead of the tree of {ref}")
        yield Path(folder)


def _git(*argv: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(ROOT), *argv], capture_output=True, check=False)
