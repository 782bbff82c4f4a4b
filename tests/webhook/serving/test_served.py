"""The webhook, the desk and the simulator as the processes that they are: what happens on the wire."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from urllib.parse import urlencode

import pytest
import redis as redis_py

from session.connection import ServersClock
from session.files import File
from session.keys import Keys
from session.media_places import MediaPlace
from session.media_store import MediaStore
from session.pseudonyms import Pseudonyms
from session.public_media import PublicMedia
from session.records import to_ms
from session.store import Runner, shared_secret
from tests.served import EMPTY, serving, signature
from tests.valkey import OPTIONS, running_server
from tests.webhook.desk.office import token_in
from webhook.desk.agent_sessions import DeskSecrets

PASSWORD = "a desk password"


@pytest.fixture(scope="module")
def store():
    with running_server() as path:
        yield path


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def webhook(store, media):
    settings = {
        "DESK_PASSWORD": PASSWORD,
        "WEBHOOK_THREADS": "2",
        "DESK_STREAMS": "6",
        "MEDIA_DIR": str(media),
    }
    with serving(REDIS_URL=f"unix://{store}", **settings) as served:
        yield served


def test_a_signed_body_is_kept_byte_by_byte(webhook, store):
    body = b'{"entry": "\xff\xfe \xd9\x85"}' + b" " * 100_000

    assert webhook.posts(body) == 200

    with redis_py.Redis(unix_socket_path=store, **OPTIONS) as client:
        kept = [entry["body"].encode("utf-8", "surrogateescape") for _, entry in client.xrange("intake")]
    assert kept == [body]


def test_a_body_without_a_length_is_kept_as_well(webhook):
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(EMPTY)}
    with connected(webhook) as connection:
        connection.request("POST", "/webhook/meta", iter([EMPTY]), headers, encode_chunked=True)

        assert connection.getresponse().status == 200


def test_several_requests_come_over_one_connection(webhook):
    with connected(webhook) as connection:
        for method, path, status in (
            ("GET", "/healthz", 200),
            ("HEAD", "/healthz", 200),
            ("GET", "/nothing", 404),
            ("GET", "/desk/static/icon.svg", 200),
            ("GET", "/desk/", 303),
        ):
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status, path
            assert bool(body) is (method != "HEAD"), path


def test_a_file_that_the_browser_has_is_not_sent_again(webhook):
    with connected(webhook) as connection:
        connection.request("GET", "/desk/static/desk.css")
        answer = connection.getresponse()
        answer.read()
        for _ in range(3):
            connection.request(
                "GET", "/desk/static/desk.css", headers={"If-None-Match": answer.headers["ETag"]}
            )
            again = connection.getresponse()
            assert (again.status, again.read()) == (304, b"")


def test_open_pages_take_no_threads_from_posts(webhook):
    cookie = signed_in(webhook)
    with ExitStack() as stack:
        for number in range(6):
            page = stack.enter_context(connected(webhook))
            page.request("GET", f"/desk/stream?page=p{number}", headers={"Cookie": cookie})
            answer = page.getresponse()
            assert answer.status == 200
            assert answer.readline() == b"retry: 2000\n"

        assert [webhook.posts() for _ in range(10)] == [200] * 10

        page = stack.enter_context(connected(webhook))
        page.request("GET", "/desk/stream?page=one-more", headers={"Cookie": cookie})
        assert page.getresponse().status == 503


def test_a_large_file_goes_out_in_pieces_with_its_length(webhook, store, media):
    content = bytes(range(256)) * 12_288
    kept = MediaStore(MediaPlace(directory=media)).put("a" * 32, content)
    with redis_py.Redis(unix_socket_path=store, **OPTIONS) as client:
        secret = Runner(client)(shared_secret(Keys(), fresh="unused"))
        now = to_ms(ServersClock(client).now())
    file = File(filename="a.pdf", mime_type="application/pdf", kind="document", stored=kept.key)
    path = PublicMedia("", Pseudonyms(secret)).address_of(file, queued_at=now)
    with connected(webhook) as connection:
        for _ in range(2):
            connection.request("GET", path)
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(content)))
            assert answer.read() == content


def connected(webhook):
    """A connection that is closed with its block."""
    return closing(http.client.HTTPConnection("127.0.0.1", webhook.port, timeout=20))


def signed_in(webhook) -> str:
    """Return the cookie of somebody who has signed in."""
    with connected(webhook) as connection:
        connection.request("GET", "/desk/login")
        answer = connection.getresponse()
        cookie, token = answer.headers["Set-Cookie"].partition(";")[0], token_in(answer.read().decode())
        form = urlencode({"token": token, "name": "Mona", "password": PASSWORD})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        connection.request("POST", "/desk/login", form, headers)
        answer = connection.getresponse()
        assert answer.status == 303
        return answer.headers["Set-Cookie"].partition(";")[0]


def test_an_agent_sends_a_larger_file_than_anybody_else(webhook, store):
    cookie = signed_in(webhook)
    with redis_py.Redis(unix_socket_path=store, **OPTIONS) as client:
        secrets = DeskSecrets(Runner(client), Keys(), lambda: "unused")
        word = cookie.partition("=")[2]
        may, token = secrets.signature("upload", word), secrets.signature("form", word)
        path = f"/desk/c/{secrets.pseudonyms.encode('+201001234567')}/answer?may="
    fields = {"token": token, "id": "the-action"}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file = '--b\r\nContent-Disposition: form-data; name="media"; filename="a.pdf"\r\n\r\n%PDF-1.7'
    body = f"{parts}{file}".encode() + bytes(20 * 1024 * 1024) + b"\r\n--b--\r\n"
    head = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(len(body))}

    def sent(query: str, cookie: str, body: bytes = b"") -> tuple[int, str]:
        with connected(webhook) as connection:
            connection.putrequest("POST", path + query)
            for name, value in (head | {"Cookie": cookie}).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", "")

    status, there = sent(may, cookie, body)
    assert (status, "sent=the-action" in there) == (303, True)
    # They are answered although nothing of the body has come.
    assert sent("forged", cookie)[0] == 403
    assert sent(may, "inturn_desk=somebody-else-here")[1].startswith("/desk/login")


def test_while_redis_hangs_every_request_gets_503():
    with closing(socket.socket()) as hung:
        hung.bind(("127.0.0.1", 0))
        hung.listen(64)
        url = f"redis://127.0.0.1:{hung.getsockname()[1]}/0"
        with serving(REDIS_URL=url) as webhook, ThreadPoolExecutor(24) as pool:
            told = list(pool.map(lambda _: webhook.posts(), range(24)))
            assert webhook.asks("GET", "/healthz")[0] == 200

    assert told == [503] * 24
