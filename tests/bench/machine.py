"""On what the figures were taken: versions, processors, and how busy the machine was with other things."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.ground import ROOT
from worker.cli.running.embedded import find_server

_PACKAGES = ("celery", "kombu", "redis", "hiredis", "pydantic", "flask", "granian", "gunicorn", "loguru")


def machine() -> dict[str, Any]:
    """Return what somebody needs to know to compare the figures with others."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
        "processors": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "server": _said(find_server(), "--version"),
        "versions": {name: _version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "not installed"


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
