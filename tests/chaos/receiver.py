"""The receiver of a hook that is slow, fails, or goes away, and remembers in which order it has accepted what."""

import json
import random
import threading
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.chaos.clock import now

SECRET = "whsec_" + b64encode(b"k" * 32).decode()
#: The kinds of events that it gets.
WANTED = frozenset({"messages.taken", "action.taken", "customer.moved", "customer.merged", "reply.failed"})
#: What it does for a while, each as often as it stands here.
_MOODS = ("accepts", "accepts", "accepts", "slow", "fails", "hangs up")
#: Seconds for which it is in a mood, at most.
_FOR = 1.5


class _Server(ThreadingHTTPServer):
    """Says nothing of workers that are killed in the middle of a request."""

    def handle_error(self, *_: object) -> None:
        """Go on."""


class Receiver:
    """Listens on a port of its own."""

    def __init__(self, seed: int) -> None:
        self.accepted: list[
            tuple[str, str]
        ] = []  #: conversation, "" if there is none, and id; in their order
        self.forged = 0
        self.refused = 0
        self.calm = False  #: True: it accepts everything
        self._dice = random.Random(f"{seed} receiver")
        self._mood, self._until = "accepts", 0.0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = receiver._answer(body, dict(self.headers.items()))
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, body: bytes, headers: dict[str, str]) -> int:
        """Return the status with which it answers, 0 for none at all."""
        try:
            found = Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
        except (WebhookVerificationError, json.JSONDecodeError):
            self.forged += 1
            return 400
        mood = self._in_mood()
        if mood == "slow":
            time.sleep(0.3)
        if mood in ("fails", "hangs up"):
            self.refused += 1
            return 500 if mood == "fails" else 0
        with self._lock:
            self.accepted.append((found["data"].get("conversation", ""), found["id"]))
        return 204

    def _in_mood(self) -> str:
        with self._lock:
            if self.calm:
                return "accepts"
            if now() > self._until:
                self._mood = self._dice.choice(_MOODS)
                self._until = now() + self._dice.uniform(0.3, _FOR)
            return self._mood
