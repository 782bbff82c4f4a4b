"""An address of this machine that is not the provider's: whoever visits it was led there, and must not have followed."""

import socket
import threading
from contextlib import suppress


class Forbidden:
    """Listens, counts the visits, and answers nothing."""

    def __init__(self) -> None:
        self.visits = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._run, name="forbidden", daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._server.accept()
                self.visits += 1
                visitor.close()

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
