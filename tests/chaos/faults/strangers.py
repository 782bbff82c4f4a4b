"""Faults from outside: connections of people who want nothing answered."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

from tests.chaos.faults.field import Field, Maker
from tests.chaos.strikes import Strike

_MANY = 300
_HALF = b"POST /webhook/meta HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"


def silent_connections(field: Field) -> Strike:
    """Hundreds of bodies that stop after a byte, while customers write."""
    where = urlsplit(field.system.webhook_url)
    opened: list[socket.socket] = []

    def begin() -> None:
        for _ in range(_MANY):
            # The webhook may be away just now, by another fault.
            with suppress(OSError):
                opened.append(socket.create_connection((where.hostname, where.port), timeout=1))
                opened[-1].sendall(_HALF)

    def end() -> None:
        for one in opened:
            one.close()

    return Strike("silent-connections", "webhook", field.dice.uniform(3, 8), begin, end)


MAKERS: dict[str, Maker] = {"silent-connections": silent_connections}
