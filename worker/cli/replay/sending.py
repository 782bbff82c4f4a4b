"""Sends requests over persistent connections. The messages of one customer are sent one after the other, as from a phone."""

import http.client
import threading
from collections.abc import Iterable
from queue import Queue
from urllib.parse import urlsplit
from zlib import crc32

from session.clock import Clock
from worker.cli.replay.requests import SignedRequest
from worker.cli.replay.run import Run, SentMessage
from worker.cli.replay.schedule import PlannedMessage
from worker.cli.replay.target import Signer

_TIMEOUT = 15.0
_AHEAD = 200  #: requests that may wait for a connection


def send_all(
    schedule: Iterable[tuple[float, PlannedMessage]],
    *,
    url: str,
    signer: Signer,
    run: Run,
    connections: int,
    stop: threading.Event,
    clock: Clock,
) -> None:
    """Send every request when it is due; return when all are answered, or soon after `stop` is set."""
    queues: list[Queue[tuple[float, PlannedMessage] | None]] = [Queue(_AHEAD) for _ in range(connections)]

    def work(queue: Queue[tuple[float, PlannedMessage] | None]) -> None:
        connection = _WebhookConnection(url)
        while (job := queue.get()) is not None:
            if not stop.is_set():
                _send(connection, *job, signer=signer, run=run, clock=clock)
        connection.close()

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


def _send(
    connection: "_WebhookConnection",
    due: float,
    planned: PlannedMessage,
    *,
    signer: Signer,
    run: Run,
    clock: Clock,
) -> None:
    began = clock.now().timestamp()
    sent = SentMessage(planned=planned, sent_at=began, due_at=due)
    run.sending(sent)
    try:
        status = connection.post(signer.request(planned, at=began))
    except (OSError, http.client.HTTPException) as error:
        run.failed(type(error).__name__)
        return
    sent.accepted_after = clock.now().timestamp() - began
    sent.status = status
    if status != http.client.OK:
        run.failed(f"HTTP {status}")


class _WebhookConnection:
    """One persistent connection, opened again when it breaks."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._path = parts.path.rstrip("/")
        self._connection = kind(parts.netloc, timeout=_TIMEOUT)

    def post(self, request: SignedRequest) -> int:
        """Return the HTTP status. If the connection breaks, the request is sent once more, as providers do; known ids are dropped."""
        try:
            return self._try(request)
        except (ConnectionError, http.client.HTTPException):
            return self._try(request)

    def _try(self, request: SignedRequest) -> int:
        try:
            self._connection.request(
                "POST", self._path + request.path, body=request.body, headers=request.headers
            )
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if answer.will_close:
            self._connection.close()
        return answer.status

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
