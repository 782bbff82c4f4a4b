"""What messages say: every kind is read back as it was written, also by and from an earlier release."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.business_contents import FlowButton, LinkButton, LocationRequest, Options, TemplateMessage
from session.content_parts import Card, Kind, Location, Media, Option, OrderItem, Product
from session.contents import (
    Attachment,
    Contacts,
    Edit,
    Form,
    Order,
    Place,
    Reaction,
    Revoke,
    System,
    Tap,
    Text,
    Timer,
    Unsupported,
    Welcome,
    readable,
)
from session.messages import Referral
from session.reading import read_entry
from tests.values import CONVERSATION, OF_BUSINESS, message, read_back

PHOTO = Attachment(kind=Kind.IMAGE, text="my roof", media=(Media(id="5", mime_type="image/png", size=3),))
ALL = {
    "Refund 500?\n[approved by mona] as agreed\nDone.": Timer(
        kind=Kind.APPROVAL,
        text="Refund 500?",
        name="refund",
        by="mona",
        approved=True,
        note="as agreed",
        outcome="Done.",
    ),
    "Your viewing is today.": Timer(text="Your viewing is today.", name="viewing", at=1, data='{"villa":7}'),
    "two rooms": Text(text="two rooms"),
    "Is it free?": Text(text="Is it free?", product=Product(id="B204", catalog="7001")),
    "my roof": PHOTO,
    "[document] lease.pdf": Attachment(kind=Kind.DOCUMENT, media=(Media(filename="lease.pdf"),)),
    "[image]": Attachment(kind=Kind.IMAGE),
    "call me": Attachment(kind=Kind.VOICE, media=(Media(words="call me"),)),
    "30.0444, 31.2357": Place(location=Location(latitude=30.04441, longitude=31.23571)),
    "Tahrir\n(30.0, 31.5)": Place(
        text="Tahrir", location=Location(latitude=30, longitude=31.5, name="Tahrir")
    ),
    "Aly, Bea\nAly, +20 1, a@b.test\nBea": Contacts(
        text="Aly, Bea", cards=(Card(name="Aly", phones=("+20 1",), emails=("a@b.test",)), Card(name="Bea"))
    ),
    "Yes": Tap(kind=Kind.BUTTON, text="Yes", payload="y"),
    "Maadi": Tap(kind=Kind.CHOICE, text="Maadi", payload="r", description="2 flats", typed="2"),
    "Sent\nplace: Maadi\nrooms: [2, 3]": Form(
        text="Sent", payload='{"place":"Maadi","rooms":[2,3],"flow_token":"secret"}'
    ),
    "by noon\n1 × B204, 4,500,000 EGP\n2.5 × ?": Order(
        text="by noon",
        items=(
            OrderItem(product="B204", price=4_500_000.0, currency="EGP"),
            OrderItem(product="", quantity=2.5),
        ),
    ),
    "👍": Reaction(text="👍"),
    "three rooms": Edit(text="three rooms", new=Text(text="three rooms")),
    "[revoke]": Revoke(),
    "has a new number": System(text="has a new number", change="user_changed_number"),
    "[welcome]": Welcome(payload="from-the-site"),
    "[unsupported]": Unsupported(type="poll", code="131051", reason="not supported"),
    "Which?": Options(text="Which?", opens_with="Show", options=(Option(id="v", title="Villa"),)),
    "See\nOpen: https://a.example/": LinkButton(text="See", title="Open", url="https://a.example/"),
    "Where?": LocationRequest(text="Where?"),
    "Come": FlowButton(text="Come", title="Choose", flow="7"),
    "[order_ready]": TemplateMessage(name="order_ready", language="en", header="Order 7"),
}


def test_every_kind_is_here():
    assert {content.kind for content in ALL.values()} | {Kind.VIDEO, Kind.AUDIO, Kind.STICKER} == set(Kind)


@pytest.mark.parametrize("content", ALL.values(), ids=[content.kind for content in ALL.values()])
def test_every_content_is_read_back_as_it_was_written(content):
    assert read_back(message(content=content)).content == content


@pytest.mark.parametrize(("shown", "content"), ALL.items(), ids=[content.kind for content in ALL.values()])
def test_what_a_person_reads(shown, content):
    assert readable(content) == str(content) == shown


def test_the_token_of_a_form_is_no_answer():
    assert ALL["Sent\nplace: Maadi\nrooms: [2, 3]"].answers == {"place": "Maadi", "rooms": [2, 3]}


@pytest.mark.parametrize("payload", [None, "", "no JSON", "[1]", "7", "[" * 100_000])
def test_a_form_without_readable_answers_has_none(payload):
    assert Form(payload=payload).answers == {}


@pytest.mark.parametrize(
    ("one", "has"),
    [
        (message("m1", "hi"), 1),
        (message("m1", "hi", details={"more": 1}, forwarded="often"), 1),
        (message("m1", "hi", referral=Referral(headline="3 rooms")), 2),
        (message(content=PHOTO), 2),
    ],
)
def test_only_what_an_earlier_release_would_lose_has_the_second_format(one, has):
    assert json.loads(one.to_json()).get("format", 1) == has


FLAT = {
    "id": "wamid.1",
    "customer": "+201001234567",
    "route": {"channel": "meta", "line": "1", "address": "201001234567"},
    "sentAt": 1,
    "receivedAt": 1,
}
MEDIA = [{"mimeType": "image/png", "id": "5"}]


@pytest.mark.parametrize(
    ("told", "content"),
    [
        ({"kind": "text", "text": "hi"}, Text(text="hi")),
        (
            {"kind": "image", "text": "my roof", "media": MEDIA},
            Attachment(kind=Kind.IMAGE, text="my roof", media=(Media(mime_type="image/png", id="5"),)),
        ),
        (
            {"kind": "location", "location": {"latitude": 30, "longitude": 31}},
            Place(location=Location(latitude=30, longitude=31)),
        ),
        (
            {"kind": "choice", "text": "Maadi", "payload": "r", "details": {"description": "2 flats"}},
            Tap(kind=Kind.CHOICE, text="Maadi", payload="r", description="2 flats"),
        ),
        ({"kind": "form", "payload": '{"a":1}'}, Form(payload='{"a":1}')),
        ({"kind": "edit", "text": "new", "media": MEDIA}, Edit(text="new")),
        ({"kind": "contacts", "text": "Aly", "details": {"contacts": [{}]}}, Contacts(text="Aly")),
        ({"kind": "order", "details": {"product_items": [{}]}}, Order()),
    ],
)
def test_a_message_of_an_earlier_release_is_read(told, content):
    assert read_entry(json.dumps(FLAT | told), CONVERSATION).content == content


def test_a_text_is_written_as_an_earlier_release_reads_it():
    written = json.loads(message("m1", "hi").to_json())

    assert (written["kind"], written["text"]) == ("text", "hi")


@given(st.sampled_from(sorted(set(Kind) - OF_BUSINESS)), st.text(max_size=20))
def test_any_kind_can_be_passed_with_a_text(kind, text):
    one = message("m1", text, kind=kind)

    assert (one.kind, one.text) == (kind, text)
