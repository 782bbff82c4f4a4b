"""The pool of connections, against a socket that is really there.

The servers are threads, so that they act while the event loop does not.
"""

import asyncio
import gzip
import socket
import ssl
import struct
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from worker.channels.outcomes import InDoubt, Throttled
from worker.channels.transport import AiohttpExchange, HttpRequest, HttpResponse, NoResponse


@contextmanager
def listening(answer, *, ending=b"{}"):
    """Take one connection, read one request, write the answer (None: stay silent) and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve():
            connection, _ = server.accept()
            with connection:
                read = b""
                while not read.endswith(ending) and (more := connection.recv(65536)):
                    read += more
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


@asynccontextmanager
async def opened(seconds=5.0, **settings):
    http = AiohttpExchange(seconds, **settings)
    try:
        yield http
    finally:
        await http.close()


def post(url, content=b"{}"):
    return HttpRequest(method="POST", url=url, headers={"X": "secret"}, content=content)


def asked(url, timeout=5.0, content=b"{}") -> HttpResponse | NoResponse:
    async def ask():
        async with opened(timeout) as http:
            return await http.exchange(post(url, content))

    return asyncio.run(ask())


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
        code="ClientConnectorError", words="the provider could not be reached"
    )


@pytest.mark.parametrize(
    ("answer", "timeout", "failure"),
    [
        (b"", 5.0, "ServerDisconnectedError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", 5.0, "ClientPayloadError"),
        (b"SMTP ready\r\n", 5.0, "ClientResponseError"),
        (None, 0.5, "TimeoutError"),
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
    [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX-Drop: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"],
    ids=["in the status line", "in the headers", "in the body"],
)
def test_a_provider_that_drips_does_not_outlive_the_time_out(head):
    with dripping(head) as url:
        assert asked(url, timeout=0.4) == InDoubt(
            words="TimeoutError after the request may have been written"
        )


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


@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
def test_a_request_that_did_not_leave_as_a_whole_was_not_processed_and_does_not_leave_later():
    whole = b"x" * 30_000_000
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        async def ask():
            async with opened(0.5) as http:
                # Nobody reads: the buffers between the two are full long before the end.
                outcome = await http.exchange(post(url, whole))
                connection, _ = server.accept()
                with connection:
                    return outcome, await asyncio.to_thread(everything, connection)

        outcome, arrived = asyncio.run(ask())

    assert outcome == Throttled(code="TimeoutError", words="the connection broke before the request was sent")
    assert 0 < len(arrived) < len(whole)


def everything(connection):
    """What arrives until the other side hangs up."""
    read = b""
    connection.settimeout(10)
    with suppress(ConnectionResetError):
        while more := connection.recv(1 << 20):
            read += more
    return read


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Serves one connection after the other as each one's function says; counts them."""

    def __init__(self, *connections):
        self._connections = connections
        self.accepted = 0
        self.idle = threading.Event()  #: set when a connection has ended as its function says
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()
        self._socket.close()

    def _serve(self):
        for serve in self._connections:
            connection, _ = self._socket.accept()
            self.accepted += 1
            with connection:
                serve(connection)
            self.idle.set()


def answers(times):
    def serve(connection):
        for _ in range(times):
            connection.recv(65536)
            connection.sendall(OK)

    return serve


def answers_and_resets(connection):
    answers(1)(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reads_and_hangs_up(connection):
    answers(1)(connection)
    connection.recv(65536)


def twice(server, between):
    """The outcomes of two exchanges with the same pool."""

    async def ask():
        async with opened() as http:
            first = await http.exchange(post(server.url))
            await between()
            return first, await http.exchange(post(server.url))

    return asyncio.run(ask())


def test_a_connection_is_used_again_after_an_exchange():
    async def at_once():
        pass

    with Server(answers(2)) as server:
        outcomes = twice(server, at_once)

    assert [outcome.content for outcome in outcomes] == [b"{}", b"{}"]
    assert server.accepted == 1


@pytest.mark.parametrize("first", [answers(1), answers_and_resets], ids=["closed", "reset"])
@pytest.mark.parametrize("noticed", [False, True], ids=["while the loop was busy", "noticed by the loop"])
def test_a_connection_that_ended_while_it_was_idle_is_not_used_and_leaves_no_doubt(first, noticed):
    with Server(first, answers(1)) as server:

        async def until_it_has_ended():
            if noticed:
                await asyncio.to_thread(server.idle.wait, 10)
                await asyncio.sleep(0)  # the loop reads the end of the connection
            else:
                server.idle.wait(10)

        outcomes = twice(server, until_it_has_ended)

    assert [outcome.content for outcome in outcomes] == [b"{}", b"{}"]
    assert server.accepted == 2


@pytest.mark.parametrize("noticed", [False, True], ids=["while the loop was busy", "noticed by the loop"])
def test_an_answer_that_nobody_asked_for_is_not_taken_for_that_of_the_next_request(noticed):
    said = threading.Event()

    def answers_and_says_more(connection):
        answers(1)(connection)
        connection.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        said.set()
        connection.recv(65536)  # until the client hangs up

    with Server(answers_and_says_more, answers(1)) as server:

        async def until_it_is_said():
            await asyncio.to_thread(said.wait, 10) if noticed else said.wait(10)

        outcomes = twice(server, until_it_is_said)

    assert [outcome.content for outcome in outcomes] == [b"{}", b"{}"]


def test_a_provider_that_hangs_up_on_a_request_in_a_used_connection_leaves_it_in_doubt():
    async def at_once():
        pass

    with Server(reads_and_hangs_up) as server:
        _, second = twice(server, at_once)

    assert second == InDoubt(words="ServerDisconnectedError after the request may have been written")


def test_who_waits_for_a_connection_has_sent_nothing():
    with listening(None) as url:

        async def ask():
            async with opened(connections=1) as http:
                holding = asyncio.create_task(http.exchange(post(url)))
                await asyncio.sleep(0)
                http._timeout = 0.2  # for whoever comes now
                waited = await http.exchange(post(url))
                holding.cancel()
                return waited

        outcome = asyncio.run(ask())

    assert outcome == Throttled(code="TimeoutError", words="the provider could not be reached")


@pytest.fixture
def self_signed(tmp_path):
    """A server's side of TLS, with a certificate for localhost that only itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = tmp_path / "server.pem"
    written.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(written)
    return context


def test_a_certificate_that_nobody_vouches_for_means_not_sent(self_signed):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection, suppress(OSError):
                self_signed.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        outcome = asked(f"https://localhost:{server.getsockname()[1]}/")
        thread.join()

    assert outcome == Throttled(
        code="ClientConnectorCertificateError", words="the provider could not be reached"
    )


def test_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with listening(OK) as url:
        assert asked(url).status_code == 200


def test_a_send_that_is_cancelled_is_cancelled():
    with listening(None) as url:

        async def ask():
            async with opened() as http:
                sending = asyncio.create_task(http.exchange(post(url)))
                await asyncio.sleep(0)
                sending.cancel()
                await asyncio.wait([sending])
                return sending.cancelled()

        assert asyncio.run(ask()) is True


def test_after_closing_nothing_is_sent():
    async def ask():
        http = AiohttpExchange(5.0)
        await http.close()
        return await http.exchange(post("http://127.0.0.1:9/"))

    assert asyncio.run(ask()) == Throttled(code="closed", words="the connections are closed")


def test_a_call_does_not_show_its_headers():
    assert "secret" not in repr(
        HttpRequest(method="GET", url="http://x", headers={"Authorization": "secret"})
    )
