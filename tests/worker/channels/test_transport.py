"""The pool of connections, against a socket that is really there."""

import gzip
import socket
import threading
from contextlib import contextmanager, suppress

import httpx
import pytest

from worker.channels.outcomes import InDoubt, Throttled
from worker.channels.transport import HttpRequest, HttpResponse, NoResponse, exchange, open_http


@contextmanager
def listening(answer, *, ending=b"{}"):
    """Take one connection, read one request, write the answer (None: stay silent) and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve():
            connection, _ = server.accept()
            with connection:
                read = b""
                while not read.endswith(ending):
                    read += connection.recv(65536)
                if answer is None:
                    done.wait(10)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            done.set()
            thread.join()


def asked(url, timeout=5.0) -> HttpResponse | NoResponse:
    with open_http(timeout) as http:
        return exchange(http, HttpRequest(method="POST", url=url, headers={"X": "secret"}, content=b"{}"))


def test_an_answer_is_handed_back_whatever_its_status():
    with listening(b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\nno") as url:
        answer = asked(url)

    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (503, b"no", "3")


def test_a_redirection_is_not_followed():
    with listening(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    ) as url:
        assert asked(url).status_code == 302


def test_nobody_there_means_not_processed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert asked(f"http://127.0.0.1:{port}/") == Throttled(
        code="ConnectError", words="the provider could not be reached"
    )


@pytest.mark.parametrize(
    ("answer", "timeout", "failure"),
    [
        (b"", 5.0, "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", 5.0, "RemoteProtocolError"),
        (b"SMTP ready\r\n", 5.0, "RemoteProtocolError"),
        (None, 0.2, "ReadTimeout"),
    ],
    ids=["hung up", "cut off", "no HTTP", "silent"],
)
def test_no_answer_after_writing_is_unknown(answer, timeout, failure):
    with listening(answer) as url:
        assert asked(url, timeout) == InDoubt(words=f"{failure} after the request may have been written")


@contextmanager
def dripping(head, drop=b"x", pause=0.05):
    """Take one connection, answer at once with the head, and then with one drop after the other for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve():
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                while not done.wait(pause):
                    connection.sendall(drop)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            done.set()
            thread.join()


@pytest.mark.timeout(20)  # without a deadline these never end
@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX-Drop: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"],
    ids=["in the status line", "in the headers", "in the body"],
)
def test_a_provider_that_drips_does_not_outlive_the_time_out(head):
    with dripping(head) as url:
        assert asked(url, timeout=0.4) == InDoubt(words="ReadTimeout after the request may have been written")


def test_an_answer_without_end_is_cut():
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000
    with dripping(endless, drop=b"x" * 100_000, pause=0) as url:
        answer = asked(url, timeout=10.0)

    assert (answer.status_code, len(answer.content)) == (200, 1 << 20)


def test_an_answer_that_was_compressed_unasked_is_not_unpacked():
    packed = gzip.compress(b"0" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with listening(head + packed) as url:
        assert asked(url).content == packed


def test_a_request_that_did_not_leave_as_a_whole_was_not_processed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        call = HttpRequest(
            method="POST", url=f"http://127.0.0.1:{port}/", headers={}, content=b"x" * 50_000_000
        )
        with open_http(0.5) as http:
            # Nobody reads: the buffers between the two are full long before the end.
            assert exchange(http, call) == Throttled(
                code="WriteTimeout", words="the connection broke before the request was sent"
            )


def test_a_connection_is_used_again_after_an_exchange():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as server, open_http(5.0) as http:

        def serve():
            connection, _ = server.accept()
            with connection:
                for _ in range(2):
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        contents = [exchange(http, HttpRequest(method="GET", url=url, headers={})).content for _ in range(2)]
        thread.join()

    assert contents == [b"{}", b"{}"]


def test_every_time_out_is_set_and_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with open_http(15.0) as http, listening(answer, ending=b"\r\n\r\n") as url:
        assert http.timeout == httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=5.0)
        assert exchange(http, HttpRequest(method="GET", url=url, headers={})).status_code == 200


def test_a_call_does_not_show_its_headers():
    assert "secret" not in repr(
        HttpRequest(method="GET", url="http://x", headers={"Authorization": "secret"})
    )
