"""Tells whether a port can be listened on."""

import errno
import socket

from session.errors import InturnError

_KNOCK = 0.2  #: seconds


class PortTaken(InturnError):
    """Raised when another program listens where a part of the stack should."""

    def __init__(self, setting: str, port: int, host: str) -> None:
        super().__init__(
            f"another program listens on {host} port {port}: end it, or set {setting} to a free port"
        )


class NoSuchAddress(InturnError):
    """Raised when the stack should listen on an address that this machine does not have."""


def claim(setting: str, host: str, port: int) -> None:
    """Raise `PortTaken` if a port cannot be listened on; the setting's name goes into the message."""
    if not is_free(host, port):
        raise PortTaken(setting, port, host)


def is_free(host: str, port: int) -> bool:
    """Return whether nobody listens on a port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as own:
        # As servers do: connections of the last run that are still closing are no obstacle.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((host, port))
        except PermissionError:
            return False
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise NoSuchAddress(f"HOST={host} is no address of this machine") from None
            return False
    return not _answers(host, port)


def next_free(host: str, first: int, *, tries: int = 100) -> int | None:
    """Return the first free port of a range, if there is one."""
    return next((port for port in range(first, first + tries) if is_free(host, port)), None)


def _answers(host: str, port: int) -> bool:
    # macOS lets two programs have a port if only one of them listens on every address.
    try:
        socket.create_connection((reachable(host), port), timeout=_KNOCK).close()
    except OSError:
        return False
    return True


def reachable(host: str) -> str:
    """Return the address by which this machine reaches a program that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (read, not listened on)


def url_of(host: str, port: int) -> str:
    """Return the URL by which this machine reaches a program that listens on `host`."""
    address = reachable(host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
