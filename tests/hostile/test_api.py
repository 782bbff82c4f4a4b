"""A program with a token may ask for anything: it costs no more than its size, is answered as what it is, and stays in its business."""

import json
from collections.abc import Callable

import pytest

from tests.hostile.costs import cost
from tests.webhook.api.program import SECRETS, Deployment, tokens

pytestmark = pytest.mark.slow

SIZE = 60_000
#: Four times the body may cost so many times as much, and always so many seconds.
GROWTH, ALWAYS = 8, 0.05
CUSTOMER = "+201001234567"


def message(**fields) -> bytes:
    return json.dumps({"to": CUSTOMER, "text": "hello"} | fields).encode()


def fact(value: str) -> bytes:
    return b'{"known": {"a": ' + value.encode() + b"}}"


MESSAGES: dict[str, Callable[[int], bytes]] = {
    "depth": lambda n: b'{"a":' * (n // 5),
    "depth that is closed": lambda n: b'{"a":' * (n // 6) + b"1" + b"}" * (n // 6),
    "brackets": lambda n: b"[" * n,
    "the same field again and again": lambda n: b"{" + b'"to":"x",' * (n // 9) + b'"text":""}',
    "many fields": lambda n: json.dumps({str(i): i for i in range(n // 16)}).encode(),
    "many buttons": lambda n: message(buttons=[{"id": "a", "title": "b"}] * (n // 28)),
    "a long text": lambda n: message(text="x" * n),
    "marks": lambda n: message(text="a" + "\u0300" * (n // 12) + "\u0316" * (n // 12)),
    "marks in a name": lambda n: message(to="+2010" + "\u0300" * (n // 6)),
    "a long number": lambda n: message(to="+" + "1" * n),
    "blanks in a number": lambda n: message(to="+20" + " " * n + "1"),
    "a long scope": lambda n: message(scope="a" * n),
    "a long address": lambda n: message(media={"url": "https://x.example/" + "a" * n}),
    "an address of dots": lambda n: message(media={"url": "https://" + "." * n}),
    "a figure without end": lambda n: message(location={"latitude": 1, "longitude": 1}).replace(b"1}", b"1" * n + b"}"),
    "parameters": lambda n: message(text="", template={"name": "a", "language": "en", "body": ["a"] * (n // 5)}),
    "halves of characters": lambda n: b'{"to": "' + b"\\ud800" * (n // 6) + b'"}',
    "bytes that are no text": lambda n: b'{"to": "' + b"\xff" * n + b'"}',
    "nothing but blanks": lambda n: b" " * n,
}  # fmt: skip
FACTS: dict[str, Callable[[int], bytes]] = {
    "depth": lambda n: fact("[" * (n // 2) + "]" * (n // 2)),
    "a long text": lambda n: fact('"' + "x" * n + '"'),
    "many values": lambda n: fact("[" + "1," * (n // 2) + "1]"),
    "many fields": lambda n: fact(json.dumps({str(i): i for i in range(n // 16)})),
    "not a number": lambda n: fact("[" + "NaN," * (n // 4) + "1]"),
}
#: What may stand in any text of a message template.
TEMPLATES: dict[str, Callable[[int], str]] = {
    "parameters": lambda n: "{{1}}" * (n // 5),
    "parameters that begin": lambda n: "{{" * (n // 2),
    "parameters with blanks": lambda n: "{{" + " " * n + "1}}",
    "blanks that begin again": lambda n: "{{ " * (n // 3),
    "names": lambda n: "".join(f"{{{{a{i}}}}}" for i in range(n // 10)),
    "a long name": lambda n: "{{" + "a" * n + "}}",
}


#: Recipients of a campaign whose template has a parameter.
RECIPIENTS: dict[str, Callable[[int], bytes]] = {
    "many": lambda n: b'{"recipients": [' + b'{"to":"1"},' * (n // 11) + b"{}]}",
    "as many as may be": lambda n: json.dumps(
        {"recipients": [{"to": "+201" + "0" * (n // 2000), "body": ["a"]} for _ in range(1000)]}
    ).encode(),
    "a long name": lambda n: json.dumps({"recipients": [{"to": "+" * n}]}).encode(),
    "parameters": lambda n: json.dumps({"recipients": [{"to": "+2", "body": ["a"] * (n // 5)}]}).encode(),
}
FILES: dict[str, Callable[[int], bytes]] = {
    "lines": lambda n: b"to,1\n" + b"+201001234567,a\n" * (n // 16),
    "different lines": lambda n: b"to,1\n" + b"".join(b"+20100%07d,a\n" % i for i in range(n // 16)),
    "empty lines": lambda n: b"\n" * n,
    "columns": lambda n: b"to," * (n // 3),
    "cells": lambda n: b"to,1\n" + b"," * n,
    "quotes": lambda n: b"to,1\n" + b'"' * n,
    "quotes in lines": lambda n: b"to,1\n" + b'"a\n' * (n // 3),
    "bytes that are no text": lambda n: b"to,1\n" + b"\xff" * n,
    "bytes of nothing": lambda n: b"to,1\n" + b"\0" * n,
    "numbers without end": lambda n: b"to,1\n" + b"9" * n,
}


@pytest.fixture(scope="module")
def system():
    deployment = Deployment()
    deployment.story.says("hello")
    program = deployment.program()
    assert (
        program.asks(
            "PUT", "/templates/meta:1/sale/en", json={"category": "UTILITY", "body": "Hi {{1}}"}
        ).status_code
        == 200
    )
    sale = {"template": "sale", "language": "en", "sender": "meta:106540352242922"}
    assert program.asks("PUT", "/campaigns/sale", json=sale).status_code == 200
    yield deployment
    deployment.story.redis.close()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_hostile_message_costs_no_more_than_its_size(system, name):
    check(system, "POST", "/messages", MESSAGES[name])


@pytest.mark.parametrize("name", FACTS)
def test_so_do_hostile_facts(system, name):
    check(system, "PATCH", f"/conversations/{system.pseudonym()}", FACTS[name])


@pytest.mark.parametrize("name", TEMPLATES)
def test_so_do_hostile_templates(system, name):
    def put(size):
        text = TEMPLATES[name](size // 4)
        parts = {
            "header": {"kind": "document", "text": text},
            "footer": text,
            "buttons": [{"title": "a", "url": text}],
        }
        return json.dumps({"category": "UTILITY", "body": text} | parts).encode()

    check(system, "PUT", "/templates/twilio:AC1/a/en", put)


@pytest.mark.parametrize("name", RECIPIENTS)
def test_so_do_hostile_recipients(system, name):
    check(system, "POST", "/campaigns/sale/recipients", RECIPIENTS[name])


@pytest.mark.parametrize("name", FILES)
def test_so_do_hostile_files(system, name):
    check(system, "POST", "/campaigns/sale/file", FILES[name], content_type="text/csv")


def check(system, method, path, made, content_type="application/json"):
    program = system.program()
    headers = {"Idempotency-Key": "a", "Content-Type": content_type}
    statuses = set()

    def ask(body):
        answer = program.asks(method, path, data=body, headers=headers)
        assert answer.mimetype in ("application/problem+json", "application/json")
        statuses.add(answer.status_code)

    small = cost(ask, made(SIZE))
    assert cost(ask, made(4 * SIZE), enough=ALWAYS) <= max(ALWAYS, GROWTH * small)
    assert statuses <= {200, 202, 400, 409, 422}


@pytest.mark.parametrize(
    "to",
    [
        "+20100123456७",
        "+2010012345\u202e67",
        "\u0000",
        "whatsapp:clinic:+201001234567",
        "clinic:+201001234567",
        "::",
        ":",
        "telegram:",
        "telegram:0x1",
        "telegram:-1",
        "TELEGRAM:clinic:77",
        "US.",
        "US." + "a" * 129,
        "../../etc/passwd",
        "session:whatsapp:+201001234567",
        "{s0}:session:x",
        "*",
        "+",
        "+1\r\nSET x y",
    ],
)
def test_no_name_of_a_customer_leads_to_another_business_or_to_another_key(to):
    deployment = Deployment(api_tokens=tokens(crm="read+send:estate"))
    program = deployment.program()
    before = set(deployment.story.redis.scan_iter("*"))

    answers = [
        program.sends(to=to, text="a"),
        program.asks("POST", "/conversations/search", json={"customer": to}),
    ]
    deployment.story.work()

    assert {one.status_code for one in answers} <= {200, 202, 404, 422}
    # What is taken for a customer is one, of the business of the token.
    names = {
        key
        for key in {*deployment.story.redis.scan_iter("*")} - before
        if "whatsapp:" in key or "telegram:" in key
    }
    assert all(":estate:" in key for key in names), names
    assert deployment.story.dead_letters() == []
    deployment.story.redis.close()


@pytest.mark.parametrize(
    "secret", ["", " ", "\x00", "é" * 40, "*" * 40, SECRETS["crm"].upper(), SECRETS["crm"] + " ", "Bearer x"]
)
def test_nothing_but_the_secret_is_the_secret(secret):
    deployment = Deployment()
    header = {"Authorization": f"Bearer {secret}".encode().decode("latin-1")}

    answer = deployment.stranger().asks("GET", "/conversations", headers=header)

    # Blanks around it are none of it.
    assert answer.status_code == (200 if secret.strip() == SECRETS["crm"] else 401)
    deployment.story.redis.close()
