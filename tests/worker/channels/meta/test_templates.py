"""Message templates at Meta: what is sent, as pywa writes it, which definitions there are, and what changes of them."""

import json
from asyncio import run

import httpx
import pytest
from pywa import WhatsApp
from pywa.types import templates as pywa

from session import File, Location, Reply, Template, TemplateButton
from session.template_definitions import ButtonForm, Definition, HeaderForm, TemplateChange
from session.template_fitting import filled
from tests.worker.channels.provider import ACCEPTED_BY_META, TOKEN, Provider, meta, to_meta
from worker.channels.meta.parsing import read
from worker.channels.outcomes import Broken

ECHO = {"tracker": "whatsapp:+201001234567 t7.1"}
EN = pywa.TemplateLanguage.ENGLISH


def sent(template):
    channel, provider = meta()
    (rendered,) = channel.render(Reply(template=template))
    run(channel.send(to_meta(rendered)))
    return provider.posted_json


def by_pywa(*params):
    provider = Provider(httpx.Response(200, json=ACCEPTED_BY_META))
    client = WhatsApp(phone_id="2002", token=TOKEN, session=provider.client())
    client.send_template("201001234567", "order_ready", EN, list(params), **ECHO)
    return provider.posted_json


def order(**parts):
    return Template(name="order_ready", language="en", **parts)


def as_meta_takes(payload):
    """Return a payload without what Meta does not look at: the case of types, and an index that is a number."""
    components = payload["template"].get("components", [])
    for one in components:
        one.update({name: str(one[name]).lower() for name in ("type", "sub_type", "index") if name in one})
        for parameter in one["parameters"]:
            parameter["type"] = parameter["type"].lower()
    return payload


@pytest.mark.parametrize(
    ("template", "params"),
    [
        (order(body=("Mona", "5 pm")), [pywa.BodyText.params("Mona", "5 pm")]),
        (order(body={"name": "Mona"}), [pywa.BodyText.params(name="Mona")]),
        (
            order(header="A7", body=("Mona",)),
            [pywa.HeaderText.params("A7"), pywa.BodyText.params("Mona")],
        ),
        (
            order(header=Location(latitude=30.0, longitude=31.0, name="Shop", address="Tahrir")),
            [pywa.HeaderLocation.params(lat=30.0, lon=31.0, name="Shop", address="Tahrir")],
        ),
        (
            order(header=File(url="https://shop.example/a.png")),
            [pywa.HeaderImage.params(image="https://shop.example/a.png")],
        ),
        (
            order(
                buttons=[
                    TemplateButton(payload="yes"),
                    TemplateButton(url="A7"),
                    TemplateButton(code="SAVE20"),
                ]
            ),
            [
                pywa.QuickReplyButton.params(callback_data="yes", index=0),
                pywa.URLButton.params(url_variable="A7", index=1),
                pywa.CopyCodeButton.params(coupon_code="SAVE20", index=2),
            ],
        ),
    ],
    ids=["positions", "names", "a text above", "a place above", "a picture above", "buttons"],
)
def test_pywa_writes_the_same(template, params):
    assert as_meta_takes(sent(template)) == as_meta_takes(by_pywa(*params))


def test_a_header_whose_parameter_has_a_name_is_sent_by_it():
    form = HeaderForm(kind="text", text="Order {{number}}")
    definition = Definition(
        account="meta:1", name="order_ready", language="en", status="APPROVED", header=form
    )

    (component,) = sent(filled(order(header="A7"), definition))["template"]["components"]

    assert component["parameters"] == [{"type": "text", "parameter_name": "number", "text": "A7"}]


def test_a_template_without_parameters_has_no_components():
    assert sent(order())["template"] == {"name": "order_ready", "language": {"code": "en"}}


# -- the definitions of a business account

PAGE = {
    "data": [
        {
            "id": "11",
            "name": "order_ready",
            "language": "en",
            "status": "APPROVED",
            "category": "UTILITY",
            "quality_score": {"score": "GREEN"},
            "components": [
                {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["x"]}},
                {"type": "BODY", "text": "Hello {{1}}"},
                {"type": "FOOTER", "text": "Shop"},
                {
                    "type": "BUTTONS",
                    "buttons": [
                        {"type": "QUICK_REPLY", "text": "Yes"},
                        {"type": "URL", "text": "Track", "url": "https://shop.example/{{1}}"},
                        {"type": "URL", "text": "Shop", "url": "https://shop.example/"},
                        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+201"},
                        {"type": "COPY_CODE", "example": "A"},
                    ],
                },
            ],
        },
        {"name": "no language"},
        "junk",
    ],
    "paging": {"cursors": {"after": "QWE"}, "next": "https://elsewhere.example/?access_token=x"},
}
LAST = {"data": [{"name": "old", "language": "pt-BR", "status": "REJECTED", "rejected_reason": "SCAM"}]}


def test_all_pages_are_read_at_the_configured_address():
    pages = iter([PAGE, LAST])
    channel, provider = meta(lambda _: httpx.Response(200, json=next(pages)), business_account_id="77")

    found = run(channel.definitions())

    assert [str(one.url) for one in provider.requests] == [
        "https://graph.test/v23.0/77/message_templates?limit=50",
        "https://graph.test/v23.0/77/message_templates?limit=50&after=QWE",
    ]
    assert found[0] == Definition(
        account="meta:77",
        name="order_ready",
        language="en",
        status="APPROVED",
        category="UTILITY",
        quality="GREEN",
        id="11",
        header=HeaderForm(kind="image"),
        body="Hello {{1}}",
        footer="Shop",
        buttons=(
            ButtonForm(title="Yes", needs="payload"),
            ButtonForm(title="Track", needs="url", url="https://shop.example/{{1}}"),
            ButtonForm(title="Shop", url="https://shop.example/"),
            ButtonForm(title="Call"),
            ButtonForm(title="Copy code", needs="code"),
        ),
    )
    assert (found[1].language, found[1].status, found[1].why) == ("pt_BR", "REJECTED", "SCAM")
    assert len(found) == len(PAGE["data"]) - 1


def test_a_refusal_is_told_in_words_and_without_the_token():
    error = {"error": {"code": 190, "type": "OAuthException", "message": f"bad {TOKEN}"}}
    channel, _ = meta(httpx.Response(401, json=error), business_account_id="77")

    assert run(channel.definitions()) == "190: bad ***"
    assert "META_BUSINESS_ACCOUNT_ID" in run(meta()[0].definitions())


# -- what the webhook reports


def reported(field, **value):
    value = {"message_template_name": "sale", "message_template_language": "en-US"} | value
    change = {"field": field, "value": value}
    entry = {"id": "77", "time": 1_790_000_000, "changes": [change]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return list(read(json.dumps(body).encode(), received_at=0, sender="2002"))


def change(after, *, what="status", why=None):
    about = {"account": "meta:77", "name": "sale", "language": "en_US", "at": 1_790_000_000_000}
    return TemplateChange(**about, what=what, after=after, why=why)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (
            "message_template_status_update",
            {"event": "PAUSED", "reason": "LOW_QUALITY"},
            change("PAUSED", why="LOW_QUALITY"),
        ),
        ("message_template_status_update", {"event": "APPROVED", "reason": "NONE"}, change("APPROVED")),
        ("message_template_status_update", {"event": "REINSTATED"}, change("APPROVED")),
        (
            "message_template_status_update",
            {"event": "REJECTED", "reason": "INVALID_FORMAT", "rejection_info": {"reason": "no example"}},
            change("REJECTED", why="INVALID_FORMAT: no example"),
        ),
        ("message_template_quality_update", {"new_quality_score": "RED"}, change("RED", what="quality")),
        ("template_category_update", {"new_category": "MARKETING"}, change("MARKETING", what="category")),
    ],
)
def test_a_change_of_a_template_is_read(field, value, expected):
    assert reported(field, **value) == [expected]


def test_what_is_no_change_is_counted_and_what_names_no_template_is_broken():
    (ignored,) = reported("message_template_status_update", event="LIMIT_EXCEEDED")
    (broken,) = reported("message_template_status_update", event="PAUSED", message_template_name="")

    assert ignored.name == "message_template_status_update"
    assert isinstance(broken, Broken)
