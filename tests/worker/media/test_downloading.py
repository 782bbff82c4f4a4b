"""A medium is downloaded from its provider, and from nowhere else."""

import asyncio
import socket

import pytest
from aiohttp import web
from yarl import URL

from tests.worker.media.server import body, media_server, redirect
from worker.media.downloading import (
    Arrived,
    GuardedDownloads,
    Never,
    NotNow,
    Place,
    is_allowed,
    matches,
)
from worker.public_only import PublicOnly, is_public

TOKEN = {"Authorization": "Bearer secret"}


def downloaded(make, *, write=None):
    """Let a test make a place from a server; return the outcome, what was written, and what the server was asked."""
    parts = []

    async def run():
        async with media_server() as server:
            place = make(server)
            downloads = GuardedDownloads()
            try:
                async with asyncio.timeout(20):
                    outcome = await downloads.download(place, write or parts.append)
            finally:
                await downloads.close()
            return outcome, server.asked

    outcome, asked = asyncio.run(run())
    return outcome, b"".join(parts), asked


def at(server, name="a", **fields):
    return Place(**{"url": f"{server.url}/{name}", "headers": TOKEN, "origin": server.url} | fields)


def test_a_medium_comes_in_parts_with_the_credentials_of_the_provider():
    content = bytes(300_000)

    def make(server):
        server.answers["a"] = body(content, **{"Content-Type": "image/png"})
        return at(server)

    outcome, written, asked = downloaded(make)

    assert outcome == Arrived(mime_type="image/png")
    assert written == content
    assert asked == [("/a", "Bearer secret")]


@pytest.mark.parametrize(
    ("status", "kind"), [(404, Never), (410, Never), (500, NotNow), (403, NotNow), (206, NotNow)]
)
def test_what_is_not_there_is_said(status, kind):
    def make(server):
        server.answers["a"] = body(b"x", status)
        return at(server)

    outcome, written, _ = downloaded(make)

    assert isinstance(outcome, kind)
    assert written == b""


def test_a_server_that_is_away_is_asked_later():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome, _, _ = downloaded(
        lambda _: Place(url=f"http://127.0.0.1:{port}/a", origin=f"http://127.0.0.1:{port}")
    )

    assert isinstance(outcome, NotNow)
    assert "127.0.0.1" not in outcome.why


def test_a_connection_that_breaks_is_no_medium():
    async def cut(request):
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"half")
        request.transport.close()
        return answer

    def make(server):
        server.answers["a"] = cut
        return at(server)

    outcome, written, _ = downloaded(make)

    assert isinstance(outcome, NotNow)
    assert written in (b"half", b"")


def test_what_the_writer_raises_ends_the_download():
    def refuse(_part):
        raise ValueError("too large")

    def make(server):
        server.answers["a"] = body(bytes(10_000_000))
        return at(server)

    with pytest.raises(ValueError, match="too large"):
        downloaded(make, write=refuse)


# -- redirections


def test_a_redirection_within_the_provider_is_followed():
    def make(server):
        server.answers |= {"a": redirect("/b"), "b": redirect(f"{server.url}/c", 302), "c": body(b"here")}
        return at(server)

    outcome, written, asked = downloaded(make)

    assert isinstance(outcome, Arrived)
    assert written == b"here"
    assert [path for path, _ in asked] == ["/a", "/b", "/c"]


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:1/admin",
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/a",
        "//evil.example/a",
        "http://[::1]/",
        "ftp://example.org/a",
        "https://lookaside.fbsbx.com:8443/a",
        "http://lookaside.fbsbx.com/a",
        "https://user@lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com.evil.example/a",
        "",
        "nowhere",
    ],
)
def test_a_redirection_to_anywhere_else_is_not(to):
    def make(server):
        server.answers["a"] = redirect(to)
        return at(server, hosts=(".fbsbx.com",))

    outcome, _, asked = downloaded(make)

    assert isinstance(outcome, Never)
    assert len(asked) == 1


def test_redirections_have_an_end():
    def make(server):
        server.answers["a"] = redirect("/a")
        return at(server)

    outcome, _, asked = downloaded(make)

    assert outcome == Never(why="it is redirected too often")
    assert len(asked) == 5


# -- addresses


def test_an_address_in_a_message_is_not_visited_unless_it_is_the_providers():
    outcome, _, asked = downloaded(lambda server: at(server, origin="https://api.twilio.com"))

    assert outcome == Never(why="it is not at the provider")
    assert asked == []


class Resolved:
    """A resolver that knows one address."""

    def __init__(self, address):
        self.address = address

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {"hostname": host, "host": self.address, "port": port, "family": family, "proto": 0, "flags": 0}
        ]

    async def close(self):
        pass


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1%eth0", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:a00:1::", "100.64.0.1", "224.0.0.1",
     "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "nonsense"],
)  # fmt: skip
def test_a_host_of_a_provider_that_resolves_to_a_private_address_is_refused(address):
    assert not is_public(address)
    with pytest.raises(OSError, match="private address"):
        asyncio.run(PublicOnly(Resolved(address)).resolve("lookaside.fbsbx.com", 443))


def test_a_public_address_is_taken_as_it_was_looked_up():
    (found,) = asyncio.run(PublicOnly(Resolved("157.240.1.1")).resolve("lookaside.fbsbx.com", 443))

    assert found["host"] == "157.240.1.1"


def test_a_private_address_behind_a_public_name_ends_the_fetch_for_good(monkeypatch):
    monkeypatch.setattr(
        PublicOnly, "__init__", lambda self: setattr(self, "_resolver", Resolved("127.0.0.1"))
    )
    place = Place(
        url="https://lookaside.fbsbx.com/a", origin="https://graph.facebook.com", hosts=(".fbsbx.com",)
    )

    outcome, _, _ = downloaded(lambda _: place)

    assert outcome == Never(why="its host has a private address")


def test_credentials_go_only_to_hosts_that_know_them():
    place = Place(
        url="",
        origin="http://graph.test:80/v23.0",
        hosts=(".twiliocdn.com", "one.example"),
        knows_us=("one.example",),
    )

    assert is_allowed(URL("http://graph.test/x"), place)
    assert is_allowed(URL("https://mms.twiliocdn.com/x"), place)
    assert not is_allowed(URL("http://mms.twiliocdn.com/x"), place)
    assert not is_allowed(URL("https://graph.test/x"), place)
    assert matches("One.Example.", place.knows_us)
    assert not matches("mms.twiliocdn.com", place.knows_us)
    assert not matches("twiliocdn.com", place.hosts)
    assert "secret" not in repr(Place(url="https://a/bot1:secret", headers=TOKEN, origin="https://a"))
