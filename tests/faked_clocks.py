"""Programs on a machine whose clock is wrong, by libfaketime; the clock can be set while they run.

Only what a person or a time server can set is faked: the monotonic clock goes on as it does.
"""

import os
from collections.abc import Mapping
from pathlib import Path

_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
#: Why a program cannot run so here; "" if it can.
MISSING = "" if _LIBRARIES else "libfaketime is missing: apt-get install libfaketime"
#: Python sleeps until a moment of the monotonic clock, and libfaketime calculates a wrong one from that.
_SLEEP = """
import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


class FakedClock:
    """The clock of one machine."""

    def __init__(self, folder: Path, seconds: int = 0) -> None:
        """Take a folder of its own, and by how much it is ahead; negative: behind."""
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(_SLEEP)
        self._folder = folder
        self.set(seconds)

    def set(self, seconds: int) -> None:
        """Let it be ahead by so many seconds; programs notice within a second."""
        (self._folder / "new").write_text(f"{seconds:+d}\n")
        (self._folder / "new").replace(self._folder / "clock")

    def on(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a program of this machine."""
        paths = [str(self._folder), env.get("PYTHONPATH", "")]
        return {
            **env,
            "PYTHONPATH": os.pathsep.join(paths),
            "LD_PRELOAD": str(_LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / "clock"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }
