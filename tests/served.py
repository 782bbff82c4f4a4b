"""Serves an application of the system as its users do, in a process of its own."""

import hashlib
import hmac
import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.ports import free_ports
from tests.valkey import until
from worker.cli.running.probes import http_answers

SECRET = "app secret"
#: One that is well signed and holds nothing.
EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'
_STARTS_WITHIN = 60


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def asks(
        self, method: str, path: str, body: bytes | None = None, seconds: float = 20, **headers: str
    ) -> tuple[int, bytes]:
        """Return status and body of an answer, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            spelled = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, spelled)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def posts(self, body: bytes = EMPTY, **headers: str) -> int:
        """Post as Meta does; return the status."""
        headers = {"Content_Type": "application/json", "X_Hub_Signature_256": signature(body), **headers}
        return self.asks("POST", "/webhook/meta", body, **headers)[0]


def signature(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


@contextmanager
def serving(app: str = "webhook", **settings: str) -> Iterator[Served]:
    """Run `python -m webhook.serving` on a port of its own until the block ends."""
    (port,) = free_ports(1)
    environment = {**os.environ, "META_APP_SECRET": SECRET, "LOG_LEVEL": "CRITICAL", **settings}
    command = [sys.executable, "-m", "webhook.serving", app, "--port", str(port)]
    with subprocess.Popen(command, env=environment) as process:
        try:
            path = "/simulator" if app == "simulator" else "/healthz"
            answers = http_answers(f"http://127.0.0.1:{port}{path}")
            until(lambda: process.poll() is not None or answers(), "it answers", seconds=_STARTS_WITHIN)
            assert process.poll() is None, "it did not start"
            yield Served(port, process)
        finally:
            process.terminate()
