"""Runs py-spy from the environment of this Python: `python -m tests.bench.pyspy record ...`."""

import os
import shutil
import sys
from pathlib import Path

if __name__ == "__main__":
    beside = Path(sys.executable).with_name("py-spy")
    program = str(beside) if beside.exists() else shutil.which("py-spy")
    if program is None:
        sys.exit("py-spy is not installed: pip install py-spy")
    os.execv(program, [program, *sys.argv[1:]])
