"""The simulator of the chaos runs: it has files of its own, which are slow, away, gone, or not what they are said to be.

`python -m tests.chaos.simulated PORT`.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from json import dumps
from typing import Any

from tests.chaos.media import BEGINNING, FAILS, behaviour, picture
from tests.chaos.said import OFFER, SAID
from webhook.serving import apps
from webhook.serving.front import Front
from webhook.serving.server import serve
from webhook.serving.settings import ServingSettings
from webhook.simulator import app as simulated
from webhook.simulator import templates

_PATH = "/chaos-files/"
#: Seconds that it takes when it is slow, and when it is late.
_SLOW, _LATE = 1.0, 4.0
_ENDLESS, _PART = 40, 256 * 1024  #: parts of what is endless, and bytes of each
#: Where nobody may come: an address of this machine that is not the provider's.
_FORBIDDEN = f"http://127.0.0.1:{os.environ.get('CHAOS_FORBIDDEN', '9')}/latest/meta-data"

_Start = Callable[..., Any]


class Files:
    """Answers for the files, and passes everything else on."""

    def __init__(self, inner: Callable[[dict, _Start], Iterable[bytes]]) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._asked = Counter[str]()

    def __call__(self, environ: dict, start: _Start) -> Iterable[bytes]:
        """Satisfy WSGI."""
        path = environ["PATH_INFO"]
        number = path.rpartition("/")[2]
        if environ["REQUEST_METHOD"] != "GET" or not (number.startswith(BEGINNING) and number.isdigit()):
            return self._inner(environ, start)
        how = behaviour(number)
        if path.startswith(_PATH):
            return self._bytes(number, how, start)
        return self._place(number, how, start, f"http://{environ['HTTP_HOST']}{_PATH}{number}")

    def _place(self, number: str, how: str, start: _Start, url: str) -> Iterable[bytes]:
        if how == "away" and self._fails(number):
            return _answer(start, "503 Service Unavailable", b"{}")
        if how == "gone":
            error = {"message": "does not exist", "code": 100, "error_subcode": 33}
            return _answer(start, "400 Bad Request", dumps({"error": error}).encode())
        place = {
            "url": _FORBIDDEN if how == "private" else url,
            "mime_type": "image/png",
            "sha256": sha256(picture(number)).hexdigest() if how not in ("type", "size") else "",
            "file_size": len(picture(number)),
            "id": number,
            "messaging_product": "whatsapp",
        }
        return _answer(start, "200 OK", dumps(place).encode())

    def _bytes(self, number: str, how: str, start: _Start) -> Iterable[bytes]:
        content = picture(number)
        if how == "redirect":
            start("302 Found", [("Location", _FORBIDDEN), ("Content-Length", "0")])
            return [b""]
        if how == "type":
            content = b"<!doctype html><script>alert(1)</script>" + bytes(500)
        if how == "hash":
            content = picture(f"{number}1")
        if how == "size":
            start("200 OK", [("Content-Type", "image/png")])
            return _endless(content)
        time.sleep({"slow": _SLOW, "late": _LATE}.get(how, 0))
        length = len(content)
        if how == "broken" and self._fails(number):
            content = content[: length // 2]
        start("200 OK", [("Content-Type", "image/png"), ("Content-Length", str(length))])
        return [content]

    def _fails(self, number: str) -> bool:
        with self._lock:
            self._asked[number] += 1
            return self._asked[number] <= FAILS


def _endless(beginning: bytes) -> Iterator[bytes]:
    yield beginning
    for _ in range(_ENDLESS):
        yield bytes(_PART)


def _answer(start: _Start, status: str, content: bytes) -> list[bytes]:
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


def simulator() -> Front:
    """Return the simulator with these files."""
    templates.SAMPLES = (*templates.SAMPLES, SAID, OFFER)
    made = simulated.create_app

    def create_app() -> Any:
        app = made()
        app.wsgi_app = Files(app.wsgi_app)
        return app

    simulated.create_app = create_app
    return apps.simulator()


if __name__ == "__main__":
    port = int(sys.argv[1])
    serve(
        "tests.chaos.simulated:simulator",
        host="127.0.0.1",
        port=port,
        workers=1,
        settings=ServingSettings.load(),
    )
