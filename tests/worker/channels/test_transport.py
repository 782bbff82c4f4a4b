"""The pool of connections, against a socket that is really there."""

import socket
import threading
from contextlib import contextmanager

import httpx
import pytest

from worker.channels.outcomes import Outcome, Throttled, Unknown
from worker.channels.transport import Call, exchange, open_http


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


def asked(url, timeout=5.0) -> httpx.Response | Outcome:
    with open_http(timeout) as http:
        return exchange(http, Call(method="POST", url=url, headers={"X": "secret"}, content=b"{}"))


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
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 5.0, "DecodingError"),
        (None, 0.2, "ReadTimeout"),
    ],
    ids=["hung up", "cut off", "no HTTP", "no gzip", "silent"],
)
def test_no_answer_after_writing_is_unknown(answer, timeout, failure):
    with listening(answer) as url:
        assert asked(url, timeout) == Unknown(words=f"{failure} after the request may have been written")


def test_every_time_out_is_set_and_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with open_http(15.0) as http, listening(answer, ending=b"\r\n\r\n") as url:
        assert http.timeout == httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=5.0)
        assert exchange(http, Call(method="GET", url=url, headers={})).status_code == 200


def test_a_call_does_not_show_its_headers():
    assert "secret" not in repr(Call(method="GET", url="http://x", headers={"Authorization": "secret"}))
