"""What an application is told of a request."""

from wsgiref.validate import validator

import pytest
from werkzeug.wrappers import Request

from webhook.serving.calling import call_once
from webhook.serving.environ import environ_of


class Headers(list):
    def items(self):
        return self


class Scope:
    """A head as granian hands it over."""

    method, scheme, http_version = "POST", "http", "1.1"
    server, client = "127.0.0.1:8000", "10.0.0.7:50618"

    def __init__(self, path="/webhook/meta", query_string="", headers=()):
        self.path, self.query_string, self.headers = path, query_string, Headers(headers)


def request(body=b"", **scope):
    return Request(environ_of(Scope(**scope), body))


def test_an_application_finds_everything_that_came():
    seen = request(
        b"hello",
        path="/webhook/twilio/status",
        query_string="to=%2B20&x=1",
        headers=[
            ("host", "bot.example:8443"),
            ("content-type", "text/plain"),
            ("x-forwarded-for", "1.2.3.4"),
        ],
    )

    assert (seen.method, seen.path, seen.query_string) == ("POST", "/webhook/twilio/status", b"to=%2B20&x=1")
    assert (seen.host, seen.mimetype, seen.headers["X-Forwarded-For"]) == (
        "bot.example:8443",
        "text/plain",
        "1.2.3.4",
    )
    assert (seen.remote_addr, seen.get_data()) == ("10.0.0.7", b"hello")


def test_letters_of_any_language_come_through():
    seen = request(path="/desk/محادثة", query_string="q=é")

    assert (seen.path, seen.query_string.decode()) == ("/desk/محادثة", "q=é")


def test_a_header_that_comes_twice_is_one():
    seen = request(headers=[("x-a", "1"), ("x-a", "2"), ("cookie", "a=1"), ("cookie", "b=2")])

    assert seen.headers["X-A"] == "1,2"
    assert dict(seen.cookies) == {"a": "1", "b": "2"}


def test_a_name_with_an_underscore_does_not_pass_for_the_one_that_a_proxy_sets():
    assert "X-Forwarded-For" not in request(headers=[("x_forwarded_for", "6.6.6.6")]).headers


def test_the_length_is_that_of_the_body_which_is_there():
    seen = request(b"abc", headers=[("content-length", "99"), ("transfer-encoding", "chunked")])

    assert seen.content_length == 3
    assert "Transfer-Encoding" not in seen.headers


@pytest.mark.parametrize(
    ("client", "address"), [("10.0.0.7:1", "10.0.0.7"), ("[::1]:1", "::1"), ("unix:", "unix")]
)
def test_the_address_of_the_client(client, address):
    scope = Scope()
    scope.client = client

    assert Request(environ_of(scope, b"")).remote_addr == address


def test_it_is_what_the_standard_asks_for():
    def app(environ, start_response):
        assert environ["wsgi.input"].read(3) == b"abc"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    streamed = call_once(validator(app), environ_of(Scope(), b"abc"), lambda *_: None)

    assert list(streamed.pieces) == [b"ok"]
    streamed.close()
