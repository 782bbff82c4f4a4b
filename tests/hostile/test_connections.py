"""Connections that are silent, slow or many: whoever opens them takes nothing from those who post."""

import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.served import Served, serving
from tests.valkey import running_server

MANY = 500
POSTS = 20
HEAD = b"POST /webhook/meta HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SILENT = {
    "a body that stops after a byte": HEAD + b"Content-Length: 100000\r\n\r\n{",
    "a small body that stops after a byte": HEAD + b"Content-Length: 100\r\n\r\n{",
    "a body that announces no size and stops": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "a body at the desk's sign-in that stops": b"POST /desk/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nname",
    "half a head": HEAD[:60],
    "nothing at all": b"",
}
#: Seconds that a body may take here.
SHORT = "2"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_server() as path:
        yield f"unix://{path}"


@pytest.fixture(scope="module")
def webhook(redis_url: str) -> Iterator[Served]:
    with serving(REDIS_URL=redis_url, BODY_TIMEOUT_SECONDS=SHORT, DESK_PASSWORD="a desk password") as served:
        yield served


@contextmanager
def connections(webhook: Served, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Open connections, each of which says the same and waits."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(("127.0.0.1", webhook.port), timeout=20))
            for _ in range(count)
        ]
        for one in opened:
            one.sendall(sent)
        yield opened


def answered(one: socket.socket) -> str:
    """What a connection is told until the server ends it: a status, or nothing."""
    told = b""
    try:
        while more := one.recv(65536):
            told += more
    except ConnectionResetError:
        pass
    return told[9:12].decode()


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT.keys())
def test_signed_posts_are_answered_during_many_silent_connections(webhook, sent):
    with connections(webhook, MANY, sent) as silent:
        assert [webhook.posts() for _ in range(POSTS)] == [200] * POSTS

        told = Counter(answered(one) for one in silent)
    assert told == {"408" if b"\r\n\r\n" in sent else "": MANY}


def test_a_body_that_drips_is_ended_however_often_a_byte_comes(webhook):
    with connections(webhook, MANY, SILENT["a body that stops after a byte"]) as slow:
        for _ in range(POSTS):
            for one in slow:
                one.sendall(b" ")
            assert webhook.posts() == 200

        assert {answered(one) for one in slow[:20]} == {"408"}


def test_connections_on_which_nothing_comes_any_more_are_ended(webhook):
    with connections(webhook, MANY, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as idle:
        assert [webhook.posts() for _ in range(POSTS)] == [200] * POSTS

        assert {answered(one) for one in idle} == {"200"}


def test_large_bodies_that_stay_unfinished_hold_no_more_memory_than_there_is_for_them(webhook):
    almost = b"x" * (3 * 1024 * 1024 - 1)
    sent = HEAD + b"Content-Length: %d\r\n\r\n" % (len(almost) + 1)

    with connections(webhook, 20, sent) as large, ThreadPoolExecutor(20) as pool:

        def pour(one: socket.socket) -> str:
            try:
                one.sendall(almost)
            except OSError:
                return "hung up"
            return answered(one)

        told = pool.map(pour, large)
        assert [webhook.posts() for _ in range(POSTS)] == [200] * POSTS
        assert set(told) <= {"408", "503", "", "hung up"}

    assert webhook.posts(b"x" * (3 * 1024 * 1024)) == 200, "one that comes whole is taken afterwards"


def test_a_flood_of_forged_posts_is_answered_and_nothing_of_it_is_kept(webhook):
    with ThreadPoolExecutor(32) as pool:
        forged = pool.map(lambda _: webhook.posts(X_Hub_Signature_256="sha256=" + "0" * 64), range(MANY))
        assert Counter(forged) == {401: MANY}

    assert webhook.posts() == 200


def test_more_connections_than_are_allowed_end_by_themselves(redis_url):
    with (
        serving(REDIS_URL=redis_url, BODY_TIMEOUT_SECONDS="1", MAX_CONNECTIONS="20") as webhook,
        connections(webhook, 40, SILENT["a body that stops after a byte"]),
    ):
        assert webhook.posts() == 200
