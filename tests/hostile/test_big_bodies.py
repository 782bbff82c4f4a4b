"""A body may have three megabytes: reading four times as much takes about four times as long, whatever it holds."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.hostile.costs import cost
from tests.worker.channels.meta import bodies as meta_bodies
from tests.worker.channels.twilio import bodies as twilio_bodies

pytestmark = pytest.mark.slow

SIZE = 600_000
#: Four times the body may cost so many times as much, and always so many seconds.
GROWTH, ALWAYS = 8, 0.02


def of_meta(*several, **value) -> bytes:
    return json.dumps(meta_bodies.envelope(meta_bodies.change(messages=list(several), **value))).encode()


def with_raw(text: str) -> bytes:
    return of_meta(meta_bodies.text("HERE")).replace(b"HERE", text.encode())


def place(latitude: str) -> bytes:
    return of_meta(meta_bodies.message(type="location", location={"latitude": latitude, "longitude": 1}))


def of_twilio(body: str) -> bytes:
    return urlencode(twilio_bodies.form(twilio_bodies.ALWAYS, Body="BODY")).replace("BODY", body).encode()


META: dict[str, Callable[[int], bytes]] = {
    "marks": lambda n: with_raw("a" + "\u0300" * (n // 4) + "\u0316" * (n // 4)),
    "marks that are parted": lambda n: with_raw("a\u0300\u0316\u0640" * (n // 7)),
    "ligatures": lambda n: with_raw("ﷺ" * (n // 3)),
    "halves of characters": lambda n: with_raw("\\ud800" * (n // 6)),
    "escapes": lambda n: with_raw("\\u0000" * (n // 6)),
    "depth": lambda n: b'{"a":' * (n // 5),
    "a long number as a text": lambda n: place("1" * n),
    "a long number": lambda n: place("HERE").replace(b'"HERE"', b"0." + b"1" * n),
    "many messages": lambda n: of_meta(*(meta_bodies.text("x", id=f"w{i}") for i in range(n // 110))),
    "many contacts": lambda n: of_meta(
        *(meta_bodies.text("x", id=f"w{i}", **{"from": f"2010{i}"}) for i in range(n // 220)),
        contacts=[meta_bodies.contact(wa_id=f"2010{i}") for i in range(n // 120)],
    ),
    "many values": lambda n: of_meta(meta_bodies.message(type="order", order={"product_items": [1] * (n // 3)})),
    "many fields": lambda n: of_meta(meta_bodies.message(type="order", order={str(i): i for i in range(n // 16)})),
    "many entries": lambda n: json.dumps({"object": "whatsapp_business_account", "entry": [{}] * (n // 4)}).encode(),
    "a long name of a customer": lambda n: of_meta(meta_bodies.text("x", **{"from": "1" * n})),
    "a long time": lambda n: of_meta(meta_bodies.text("x", timestamp="1" * n)),
}  # fmt: skip
TWILIO: dict[str, Callable[[int], bytes]] = {
    "percent signs": lambda n: of_twilio("%" * n),
    "bytes that are no text": lambda n: of_twilio("%ff" * (n // 3)),
    "fields": lambda n: of_twilio("&a=1" * (n // 4)),
    "names of fields": lambda n: of_twilio("".join(f"&a{i}=1" for i in range(n // 9))),
    "fields without a name": lambda n: of_twilio("&=" * (n // 2)),
    "attachments": lambda n: of_twilio("".join(f"&MediaUrl{i % 1000}=x" for i in range(n // 14))),
    "pluses": lambda n: of_twilio("+" * n),
    "a long number": lambda n: of_twilio(f"&Latitude={'1' * n}&Longitude=1"),
}


def grows_too_fast(parse: Callable[[bytes], object], make: Callable[[int], bytes]) -> bool:
    allowed = ALWAYS + GROWTH * cost(parse, make(SIZE // 4))
    return cost(parse, make(SIZE), enough=allowed) > allowed


@pytest.mark.parametrize("name", META)
def test_a_body_of_meta_is_read_in_time_that_grows_with_its_length(name):
    assert not grows_too_fast(meta_bodies.parsed, META[name])


@pytest.mark.parametrize("name", TWILIO)
def test_a_body_of_twilio_is_read_in_time_that_grows_with_its_length(name):
    assert not grows_too_fast(twilio_bodies.parsed, TWILIO[name])
