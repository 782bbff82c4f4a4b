"""Bodies without end, at every route of every application of ours: nothing is read that nobody asked for."""

import io
import re
from collections.abc import Iterator
from itertools import chain, repeat

import fakeredis
import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.conftest import ROOT
from tests.webhook.edge import PUBLIC, SECRET, TOKEN
from webhook.app import create_app
from webhook.body_limits import LARGEST_FORM
from webhook.desk import create_app as create_desk
from webhook.desk.settings import DeskSettings
from webhook.settings import WebhookSettings
from webhook.simulator.app import LARGEST_BODY, LARGEST_FILES
from webhook.simulator.app import create_app as create_simulator
from webhook.simulator.settings import Settings as SimulatorSettings

MEGABYTE = 1024 * 1024
#: What a stranger would like to send.
ENDLESS = 200 * MEGABYTE
#: What a library may read ahead of itself.
AHEAD = 128 * 1024
PASSWORD = "a desk password"
BEGINNINGS = {
    "application/x-www-form-urlencoded": b"name=mona&password=",
    "multipart/form-data; boundary=b": b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n',
    "multipart/form-data; boundary=c": b'--c\r\nContent-Disposition: form-data; name="password"\r\n\r\n',
    "application/json": b'{"text": "',
    "application/octet-stream": b"",
}
ANNOUNCEMENTS = ("announced", "chunked", "announced too small")


def apps() -> dict[str, Flask]:
    redis = fakeredis.FakeRedis(decode_responses=True, encoding_errors="surrogateescape")
    desk = DeskSettings(_env_file=None, desk_password=PASSWORD)
    webhook = WebhookSettings(
        _env_file=None,
        meta_app_secret=SECRET,
        twilio_auth_token=TOKEN,
        public_url=PUBLIC,
        metrics_token="m" * 16,
    )
    return {
        "webhook": create_app(webhook, client=redis, desk_settings=desk),
        "desk": create_desk(desk, client=redis),
        "simulator": create_simulator(SimulatorSettings(_env_file=None)),
    }


APPS = apps()
ROUTES = [
    pytest.param(name, rule, method, id=f"{name} {method} {rule.rule}")
    for name, app in APPS.items()
    for rule in app.url_map.iter_rules()
    for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
]


class Endless(io.RawIOBase):
    """A body that goes on and on, and knows how much of it was taken."""

    def __init__(self, beginning: bytes) -> None:
        self.taken = 0
        self._pieces: Iterator[bytes] = chain([beginning], repeat(b"x" * 65536))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = next(self._pieces) if self.taken < ENDLESS else b""
        if 0 <= size < len(piece):
            self._pieces = chain([piece[size:]], self._pieces)
            piece = piece[:size]
        self.taken += len(piece)
        return piece

    def readinto(self, buffer) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def path_of(rule: Rule) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "x", rule.rule)


def limit_of(name: str, rule: Rule) -> int:
    if name == "simulator":
        return LARGEST_FILES.get(rule.endpoint, LARGEST_BODY)
    if rule.endpoint.startswith("meta."):
        return 3 * MEGABYTE
    return 2 * LARGEST_FORM if rule.endpoint.startswith("twilio.") else LARGEST_FORM


@pytest.mark.parametrize(("name", "rule", "method"), ROUTES)
def test_no_route_reads_a_body_without_end(name, rule, method):
    for content_type, beginning in BEGINNINGS.items():
        for announcement in ANNOUNCEMENTS:
            body = Endless(beginning)
            length = {"announced": str(ENDLESS), "announced too small": "10"}.get(announcement)
            answer = (
                APPS[name]
                .test_client()
                .open(
                    path_of(rule),
                    method=method,
                    content_type=content_type,
                    headers={} if length else {"Transfer-Encoding": "chunked"},
                    environ_overrides={
                        "wsgi.input": body,
                        "wsgi.input_terminated": True,
                        **({"CONTENT_LENGTH": length} if length else {}),
                    },
                )
            )

            what = (content_type, announcement)
            assert answer.status_code != 500, what
            assert body.taken <= limit_of(name, rule) + AHEAD, what
            if announcement == "announced":
                assert (answer.status_code in (403, 413), body.taken) == (True, 0), what


@pytest.mark.parametrize("name", APPS)
def test_a_form_of_very_many_fields_is_refused(name):
    path = "/desk/login" if name != "simulator" else "/simulator/faults"
    form = b"&".join([b"a=b"] * 5000)

    answer = APPS[name].test_client().post(path, data=form, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 413


def test_a_form_of_very_many_parts_is_refused():
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'

    answer = (
        APPS["desk"]
        .test_client()
        .post("/desk/login", data=part * 1200 + b"--b--", content_type="multipart/form-data; boundary=b")
    )

    assert answer.status_code == 413


def test_an_application_cannot_be_made_without_limits():
    makers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "webhook").rglob("*.py")
        if re.search(r"(?<!\w)Flask\(", path.read_text(encoding="utf-8"))
    ]

    assert makers == ["webhook/body_limits.py"]
