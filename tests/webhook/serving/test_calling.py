"""An application that is called in threads: what it answers, when it is busy, and when it breaks."""

import asyncio
import threading
from http import HTTPStatus

import pytest

from tests.valkey import until
from webhook.body_limits import Refused
from webhook.serving.calling import Caller, Streamed

REQUEST = {"REQUEST_METHOD": "GET"}


class Sent:
    """What was sent, in its order, with whatever else a test notes."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def __call__(self, status, headers, body) -> None:
        self.told.append((status, body))


def answering(body: bytes = b"hello", *, promises: str | None = "5"):
    def app(environ, start_response):
        start_response("200 OK", [] if promises is None else [("Content-Length", promises)])
        return [body]

    return app


async def call(app, sent, *, request=REQUEST):
    loop = asyncio.get_running_loop()
    caller = Caller(app, loop=loop, threads=1, begun_seconds=20)
    rest = caller.call(request, sent)
    while not rest.done():
        caller.settle()
        await asyncio.sleep(0.001)
    return rest.result()


def test_a_whole_answer_is_sent_by_the_thread_that_has_it():
    sent = Sent()

    assert asyncio.run(call(answering(), sent)) is None
    assert sent.told == [(200, b"hello")]


def test_what_has_no_length_is_streamed():
    sent = Sent()

    rest = asyncio.run(call(answering(promises=None), sent))

    assert isinstance(rest, Streamed)
    assert (list(rest.pieces), sent.told) == ([b"hello"], [])


def test_a_large_file_is_not_put_together_in_memory():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(3 * 1024 * 1024))])
        return (read.append(1) or bytes(1024 * 1024) for _ in range(3))

    read: list[int] = []
    rest = asyncio.run(call(app, Sent()))

    assert isinstance(rest, Streamed)
    assert read == []


@pytest.mark.parametrize(("status", "method"), [("304 x", "GET"), ("204 x", "POST"), ("200 x", "HEAD")])
def test_what_has_no_body_takes_no_thread_to_stream_it(status, method):
    def app(environ, start_response):
        start_response(status, [])
        return []

    sent = Sent()

    assert asyncio.run(call(app, sent, request={"REQUEST_METHOD": method})) is None
    assert sent.told == [(int(status[:3]), b"")]


def test_a_length_that_is_not_kept_is_left_to_the_server_but_for_a_head():
    sent = Sent()

    assert isinstance(asyncio.run(call(answering(promises="64"), sent)), Streamed)
    assert asyncio.run(call(answering(b"", promises="64"), sent, request={"REQUEST_METHOD": "HEAD"})) is None
    assert sent.told == [(200, b"")]


def test_what_an_application_does_after_its_answer_does_not_overtake_it():
    sent = Sent()

    class Answer(list):
        def close(self):
            sent.told.append("closed")

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return Answer([b"hello"])

    asyncio.run(call(app, sent))

    assert sent.told == [(200, b"hello"), "closed"]


def test_an_application_that_breaks_is_a_fault_of_ours_and_the_thread_goes_on(log):
    def broken(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            raise ValueError("the text of a customer")
        return answering()(environ, start_response)

    async def story():
        caller = Caller(broken, loop=asyncio.get_running_loop(), threads=1, begun_seconds=20)
        fault = await caller.call({"REQUEST_METHOD": "POST"}, sent)
        rest = caller.call(REQUEST, sent)
        while not rest.done():
            caller.settle()
            await asyncio.sleep(0.001)
        return fault

    sent = Sent()
    fault = asyncio.run(story())

    assert isinstance(fault, Refused)
    assert fault.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert sent.told == [(200, b"hello")]
    assert "customer" not in "".join(log)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_request_that_waits_too_long_for_a_thread_gets_503(threads):
    may_go_on, begun = threading.Event(), []

    def slow(environ, start_response):
        begun.append(environ)
        may_go_on.wait(10)
        return answering()(environ, start_response)

    async def story():
        loop = asyncio.get_running_loop()
        caller = Caller(slow, loop=loop, threads=threads, begun_seconds=20)
        first = [caller.call(REQUEST, sent) for _ in range(threads)]
        await asyncio.to_thread(until, lambda: len(begun) == threads, "all threads are busy")
        late = caller.call(REQUEST, sent)
        caller._begun_seconds = -1  # whoever waits now has waited for too long
        may_go_on.set()
        refused = await late
        while not all(one.done() for one in first):
            caller.settle()
            await asyncio.sleep(0.001)
        return refused

    sent = Sent()
    refused = asyncio.run(story())

    assert isinstance(refused, Refused)
    assert refused.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert len(sent.told) == threads, "those that were begun are answered"
