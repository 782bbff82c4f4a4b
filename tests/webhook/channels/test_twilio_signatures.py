"""Twilio's own library says which signatures are right."""

import hashlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.webhook.edge import JSON, PUBLIC, TOKEN, twilio_signature_of_bytes
from webhook.channels.twilio import twilio_signed, twilio_urls

ORACLE = RequestValidator(TOKEN)
PATH = "/webhook/twilio"
MESSAGE = {"MessageSid": "SM1", "From": "whatsapp:+201001234567", "Body": ""}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(pairs=st.lists(st.tuples(st.sampled_from("aAbé") | TEXTS, st.sampled_from("xy") | TEXTS)))
def test_any_form_is_signed_as_by_the_library_repeated_names_and_values_too(pairs):
    url = PUBLIC + PATH
    signature = ORACLE.compute_signature(url, MultiDict(pairs))

    assert twilio_signed(TOKEN, twilio_urls(PUBLIC, PATH, b""), pairs, signature)
    assert ORACLE.validate(url, MultiDict(pairs), signature)
    assert not twilio_signed(TOKEN, twilio_urls(PUBLIC, PATH, b""), [*pairs, ("new", "1")], signature)


@pytest.mark.parametrize(
    "root",
    [
        "https://bot.example",
        "http://bot.example",
        "https://bot.example:443",
        "https://bot.example:8443",
        "http://bot.example:80",
        "https://bot.example/prefix",
        "https://bot.example:443/prefix",
    ],
)
def test_a_url_may_be_signed_with_its_port_and_without(webhook, root):
    edge = webhook(public_url=root)
    scheme, _, rest = root.partition("://")
    name, _, prefix = rest.partition("/")
    host, _, port = name.partition(":")
    path = f"/{prefix}{PATH}" if prefix else PATH
    with_port = f"{scheme}://{host}:{port or {'https': '443', 'http': '80'}[scheme]}{path}"
    without = f"{scheme}://{host}{path}"

    for url in (with_port, without):
        assert ORACLE.validate(root + PATH, MESSAGE, ORACLE.compute_signature(url, MESSAGE))
        assert edge.twilio(MESSAGE, signed=url).status_code == 200
    assert edge.twilio(MESSAGE, signed=f"{scheme}://{host}:9{path}").status_code == 401


@given(query=st.text("abc%&=+;/?é~", min_size=1, max_size=20))
def test_the_query_is_signed_as_it_came(query):
    urls = twilio_urls(PUBLIC, PATH, query.encode())
    signature = ORACLE.compute_signature(f"{PUBLIC}{PATH}?{query}", MESSAGE)

    assert twilio_signed(TOKEN, urls, MESSAGE.items(), signature)


def test_without_a_public_url_the_address_of_the_request_is_what_was_signed(webhook):
    edge = webhook(public_url="")

    assert edge.twilio(MESSAGE, signed="http://localhost/webhook/twilio").status_code == 200
    assert edge.twilio(MESSAGE, signed=PUBLIC + PATH).status_code == 401


def test_with_a_public_url_the_host_header_is_of_no_account(webhook):
    edge = webhook()
    signature = ORACLE.compute_signature("http://evil.example/webhook/twilio", MESSAGE)

    answer = edge.http.post(
        PATH, data=MESSAGE, headers={"Host": "evil.example", "X-Twilio-Signature": signature}
    )

    assert answer.status_code == 401


def test_bytes_that_are_no_text_are_signed_as_they_are(webhook):
    edge = webhook(shards=2)
    signature = twilio_signature_of_bytes(PUBLIC + PATH, b"Body\xff\xedFrom\x80")

    assert edge.twilio_bytes(b"From=\x80&Body=%FF\xed", signature).status_code == 200
    assert edge.twilio_bytes(b"From=\x80&Body=%FE\xed", signature).status_code == 401


def test_another_body_than_a_form_is_signed_by_its_hash_in_the_query(webhook):
    edge = webhook()
    body = b'{"Body": "hi"}'
    path = f"{PATH}?x=1&bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = ORACLE.compute_signature(PUBLIC + path, {})
    headers = {"X-Twilio-Signature": signature}

    assert ORACLE.validate(PUBLIC + path, body.decode(), signature)
    assert edge.http.post(path, data=body, content_type=JSON, headers=headers).status_code == 200
    assert edge.http.post(path, data=body + b" ", content_type=JSON, headers=headers).status_code == 401
    assert edge.kept() == [("twilio", body)]


def test_another_body_than_a_form_without_a_hash_is_not_signed_at_all(webhook):
    signature = ORACLE.compute_signature(PUBLIC + PATH, {})

    answer = webhook().http.post(
        PATH, data=b"{}", content_type=JSON, headers={"X-Twilio-Signature": signature}
    )

    assert answer.status_code == 401


def test_a_hash_in_the_query_does_not_free_a_form_from_its_signature(webhook):
    edge = webhook()
    form = urlencode(MESSAGE).encode()
    path = f"{PATH}?bodySHA256={hashlib.sha256(form).hexdigest()}"

    assert edge.twilio_bytes(form, ORACLE.compute_signature(PUBLIC + path, {}), path).status_code == 401
    assert edge.twilio(MESSAGE, path).status_code == 200


# -- whose it is

OURS, THEIRS = "AC" + "a" * 32, "AC" + "b" * 32


def test_a_form_of_our_account_is_kept(webhook):
    edge = webhook(twilio_account_sid=OURS)

    assert edge.twilio({"Body": "hi", "AccountSid": OURS}).status_code == 200
    assert len(edge.kept()) == 1


@pytest.mark.parametrize("path", ["/webhook/twilio", "/webhook/twilio/status", "/webhook/twilio/fallback"])
def test_a_form_of_another_account_is_refused_like_one_that_is_not_signed(webhook, path, log):
    edge = webhook(twilio_account_sid=OURS)
    form = {"Body": "hi", "AccountSid": THEIRS}

    told = edge.twilio(form, path)

    unsigned = edge.twilio(form, path, signed="https://elsewhere.example")
    assert (told.status_code, told.json) == (unsigned.status_code, unsigned.json) == (401, unsigned.json)
    assert not edge.kept()
    assert any("TWILIO_ACCOUNT_SID" in line for line in log), "whoever has mistyped it must see why"


def test_without_the_setting_the_token_alone_decides(webhook):
    assert webhook().twilio({"Body": "hi", "AccountSid": THEIRS}).status_code == 200
