"""Sends requests over kept connections. One customer's messages go out one after the other, as a phone's do."""

import http.client
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from queue import Queue
from urllib.parse import urlsplit
from zlib import crc32

from session.clock import Clock
from worker.cli.replaying.crowd import Planned
from worker.cli.replaying.record import Run, Told
from worker.cli.replaying.requests import Post, Written, meta_post, twilio_post

_TIMEOUT = 15.0
_AHEAD = 200  #: requests that wait for a connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whom the requests pretend to come from."""

    meta_secret: str = ""
    meta_sender: str = ""
    twilio_token: str = ""
    twilio_account: str = ""
    twilio_sender: str = ""
    public_url: str = ""

    def lacks(self, channel: str) -> str | None:
        """Return the settings that a channel needs and that are not there."""
        needs = {
            "meta": {"META_APP_SECRET": self.meta_secret, "META_PHONE_NUMBER_ID": self.meta_sender},
            "twilio": {
                "TWILIO_AUTH_TOKEN": self.twilio_token,
                "TWILIO_ACCOUNT_SID": self.twilio_account,
                "TWILIO_FROM": self.twilio_sender,
                "PUBLIC_URL": self.public_url,
            },
        }[channel]
        return ", ".join(name for name, value in needs.items() if not value) or None

    def post(self, planned: Planned, *, at: float) -> Post:
        """Return the signed request of a message."""
        written = Written(
            id=planned.id, customer=planned.customer, text=planned.text, at=int(at), picture=planned.picture
        )
        if planned.channel == "meta":
            return meta_post(written, secret=self.meta_secret, sender=self.meta_sender)
        return twilio_post(
            written,
            token=self.twilio_token,
            account=self.twilio_account,
            sender=self.twilio_sender,
            public_url=self.public_url,
        )


def send_all(
    schedule: Iterable[tuple[float, Planned]],
    *,
    url: str,
    signer: Signer,
    run: Run,
    connections: int,
    stop: threading.Event,
    clock: Clock,
) -> None:
    """Make every request when it is due; returns when all have been answered, or soon after `stop` is set."""
    queues: list[Queue[tuple[float, Planned] | None]] = [Queue(_AHEAD) for _ in range(connections)]

    def work(queue: Queue[tuple[float, Planned] | None]) -> None:
        line = _Line(url)
        while (job := queue.get()) is not None:
            if not stop.is_set():
                _send(line, *job, signer=signer, run=run, clock=clock)
        line.close()

    threads = [threading.Thread(target=work, args=(queue,), daemon=True) for queue in queues]
    for thread in threads:
        thread.start()
    for due, planned in schedule:
        if stop.wait(max(0.0, run.began + due - clock.now().timestamp())):
            break
        queues[crc32(planned.customer.encode()) % connections].put((run.began + due, planned))
    for queue in queues:
        queue.put(None)
    for thread in threads:
        thread.join()


def _send(line: "_Line", due: float, planned: Planned, *, signer: Signer, run: Run, clock: Clock) -> None:
    began = clock.now().timestamp()
    told = Told(planned=planned, sent_at=began, due_at=due)
    run.going_out(told)
    try:
        status = line.post(signer.post(planned, at=began))
    except (OSError, http.client.HTTPException) as error:
        run.failed(type(error).__name__)
        return
    told.accepted_after = clock.now().timestamp() - began
    told.status = status
    if status != http.client.OK:
        run.failed(f"HTTP {status}")


class _Line:
    """One kept connection, opened again when it breaks."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._path = parts.path.rstrip("/")
        self._connection = kind(parts.netloc, timeout=_TIMEOUT)

    def post(self, post: Post) -> int:
        """Return the HTTP status. Made again once where the connection broke: providers do, and known ids are dropped."""
        try:
            return self._try(post)
        except (ConnectionError, http.client.HTTPException):
            return self._try(post)

    def _try(self, post: Post) -> int:
        try:
            self._connection.request("POST", self._path + post.path, body=post.body, headers=post.headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if answer.will_close:
            self._connection.close()
        return answer.status

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
