"""Every type of message that Meta delivers, and what becomes of it."""

import pytest

from session.content_parts import Card, Kind, Location, Media, OrderItem
from session.contents import Attachment, Contacts, Edit, Form, Order, Tap, Text
from tests.worker.channels.meta.bodies import message, messages, the_message

CONTENTS = {
    "a picture with words": (
        {
            "type": "image",
            "image": {"id": "5", "mime_type": "image/png", "sha256": "ab", "caption": "my roof"},
        },
        {
            "kind": Kind.IMAGE,
            "text": "my roof",
            "media": (Media(id="5", mime_type="image/png", sha256="ab"),),
        },
    ),
    "a film": (
        {"type": "video", "video": {"id": "5", "mime_type": "video/mp4", "url": "https://media.test/5"}},
        {
            "kind": Kind.VIDEO,
            "media": (Media(id="5", mime_type="video/mp4", url="https://media.test/5"),),
        },
    ),
    "a document": (
        {
            "type": "document",
            "document": {"id": "5", "mime_type": "application/pdf", "filename": "lease.pdf"},
        },
        {
            "kind": Kind.DOCUMENT,
            "media": (Media(id="5", mime_type="application/pdf", filename="lease.pdf"),),
        },
    ),
    "music": (
        {"type": "audio", "audio": {"id": "5", "mime_type": "audio/mpeg", "voice": False}},
        {"kind": Kind.AUDIO, "media": (Media(id="5", mime_type="audio/mpeg"),)},
    ),
    "a voice note": (
        {"type": "audio", "audio": {"id": "5", "mime_type": "audio/ogg; codecs=opus", "voice": True}},
        {"kind": Kind.VOICE, "media": (Media(id="5", mime_type="audio/ogg; codecs=opus"),)},
    ),
    "a voice note of old": (
        {"type": "voice", "voice": {"id": "5", "mime_type": "audio/ogg"}},
        {"kind": Kind.VOICE, "media": (Media(id="5", mime_type="audio/ogg"),)},
    ),
    "a moving sticker": (
        {"type": "sticker", "sticker": {"id": "5", "mime_type": "image/webp", "animated": True}},
        {
            "kind": Kind.STICKER,
            "media": (Media(id="5", mime_type="image/webp"),),
            "details": {"animated": True},
        },
    ),
    "a place with a name": (
        {
            "type": "location",
            "location": {"latitude": 30.0444, "longitude": "31.2357", "name": "Tahrir", "address": "Cairo"},
        },
        {
            "kind": Kind.LOCATION,
            "text": "Tahrir\nCairo",
            "location": Location(latitude=30.0444, longitude=31.2357, name="Tahrir", address="Cairo"),
        },
    ),
    "a place that is not on this planet": (
        {"type": "location", "location": {"latitude": 300, "longitude": -900}},
        {"kind": Kind.LOCATION, "location": Location(latitude=300, longitude=-900)},
    ),
    "two cards": (
        {
            "type": "contacts",
            "contacts": [
                {"name": {"formatted_name": "Aly"}, "phones": [{"phone": "+20 1"}]},
                {"name": {"formatted_name": "Bea"}},
            ],
        },
        {
            "kind": Kind.CONTACTS,
            "text": "Aly, Bea",
            "content": Contacts(
                text="Aly, Bea", cards=(Card(name="Aly", phones=("+20 1",)), Card(name="Bea"))
            ),
        },
    ),
    "a tapped button": (
        {
            "type": "interactive",
            "context": {"id": "wamid.Q"},
            "interactive": {"type": "button_reply", "button_reply": {"id": "yes-1", "title": "Yes"}},
        },
        {"kind": Kind.BUTTON, "text": "Yes", "payload": "yes-1", "reply_to": "wamid.Q"},
    ),
    "a tapped button of a template": (
        {"type": "button", "button": {"text": "More", "payload": "more"}},
        {"kind": Kind.BUTTON, "text": "More", "payload": "more"},
    ),
    "a chosen row": (
        {
            "type": "interactive",
            "interactive": {
                "type": "list_reply",
                "list_reply": {"id": "r2", "title": "Maadi", "description": "2 flats"},
            },
        },
        {
            "kind": Kind.CHOICE,
            "text": "Maadi",
            "payload": "r2",
            "content": Tap(kind=Kind.CHOICE, text="Maadi", payload="r2", description="2 flats"),
        },
    ),
    "a completed form": (
        {
            "type": "interactive",
            "interactive": {
                "type": "nfm_reply",
                "nfm_reply": {"name": "flow", "body": "Sent", "response_json": '{"rooms":3}'},
            },
        },
        {
            "kind": Kind.FORM,
            "text": "Sent",
            "payload": '{"rooms":3}',
            "content": Form(text="Sent", payload='{"rooms":3}', name="flow"),
        },
    ),
    "a form whose answer is not yet text": (
        {"type": "interactive", "interactive": {"nfm_reply": {"response_json": {"rooms": 3}}}},
        {"kind": Kind.FORM, "payload": '{"rooms": 3}'},
    ),
    "an order": (
        {
            "type": "order",
            "order": {
                "catalog_id": "c",
                "text": "by noon",
                "product_items": [
                    {"product_retailer_id": "B204", "quantity": 2, "item_price": 4.5, "currency": "EGP"},
                    {"quantity": 2},
                ],
            },
        },
        {
            "kind": Kind.ORDER,
            "text": "by noon",
            "content": Order(
                text="by noon",
                catalog="c",
                items=(
                    OrderItem(product="B204", quantity=2, price=4.5, currency="EGP"),
                    OrderItem(product="", quantity=2),
                ),
            ),
        },
    ),
    "a reaction": (
        {"type": "reaction", "reaction": {"message_id": "wamid.OUR", "emoji": "👍"}},
        {"kind": Kind.REACTION, "text": "👍", "reply_to": "wamid.OUR"},
    ),
    "a reaction taken back": (
        {"type": "reaction", "reaction": {"message_id": "wamid.OUR"}},
        {"kind": Kind.REACTION, "text": "", "reply_to": "wamid.OUR"},
    ),
    "a changed number": (
        {
            "type": "system",
            "system": {"type": "user_changed_number", "wa_id": "201117654321", "body": "has a new number"},
        },
        {
            "kind": Kind.SYSTEM,
            "text": "has a new number",
            "details": {
                "system": {"type": "user_changed_number", "wa_id": "201117654321", "body": "has a new number"}
            },
        },
    ),
    "an edited text": (
        {
            "type": "edit",
            "edit": {
                "original_message_id": "wamid.OLD",
                "message": {"type": "text", "text": {"body": "3 rooms"}},
            },
        },
        {
            "kind": Kind.EDIT,
            "text": "3 rooms",
            "reply_to": "wamid.OLD",
            "content": Edit(text="3 rooms", new=Text(text="3 rooms")),
        },
    ),
    "an edited caption": (
        {
            "type": "edit",
            "edit": {
                "original_message_id": "wamid.OLD",
                "message": {"type": "image", "image": {"id": "5", "caption": "the kitchen"}},
            },
        },
        {
            "kind": Kind.EDIT,
            "text": "the kitchen",
            "reply_to": "wamid.OLD",
            "content": Edit(text="the kitchen", new=Attachment(kind=Kind.IMAGE, text="the kitchen")),
        },
    ),
    "a deleted message": (
        {"type": "revoke", "revoke": {"original_message_id": "wamid.OLD"}},
        {"kind": Kind.REVOKE, "reply_to": "wamid.OLD"},
    ),
    "a chat opened for the first time": ({"type": "request_welcome"}, {"kind": Kind.WELCOME}),
    "something Meta does not pass on": (
        {"type": "unsupported", "errors": [{"code": 131051}], "unsupported": {"type": "poll"}},
        {
            "kind": Kind.UNSUPPORTED,
            "details": {
                "type": "unsupported",
                "errors": [{"code": 131051}],
                "unsupported": {"type": "poll"},
            },
        },
    ),
    "a type of next year": (
        {"type": "hologram", "hologram": {"id": "5"}},
        {"kind": Kind.UNSUPPORTED, "details": {"type": "hologram", "hologram": {"id": "5"}}},
    ),
    "no type at all": ({"type": ...}, {"kind": Kind.UNSUPPORTED}),
    "a type that is no word": ({"type": {"a": 1}}, {"kind": Kind.UNSUPPORTED}),
    "a text without its body": (
        {"type": "text", "text": {"body": True}},
        {"kind": Kind.UNSUPPORTED, "details": {"type": "text", "text": {"body": True}}},
    ),
    "an interaction without its content": (
        {"type": "interactive"},
        {"kind": Kind.UNSUPPORTED, "details": {"type": "interactive"}},
    ),
    "the answer to a question we never ask": (
        {"type": "interactive", "interactive": {"call_permission_reply": {"response": "accept"}}},
        {
            "kind": Kind.UNSUPPORTED,
            "details": {
                "type": "interactive",
                "interactive": {"call_permission_reply": {"response": "accept"}},
            },
        },
    ),
}


@pytest.mark.parametrize(("members", "expected"), CONTENTS.values(), ids=CONTENTS)
def test_every_type_is_understood(members, expected):
    found = the_message(messages(message(**members)))

    silence = {"text": "", "reply_to": None, "payload": None, "media": (), "location": None, "details": {}}
    assert {
        name: getattr(found, name) for name in ("kind", *silence, "content") if name in silence | expected
    } == (silence | expected)


PLACE = {"latitude": 37.77, "longitude": -122.41, "name": "SF"}


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"location": PLACE}, Kind.LOCATION),
        ({"text": {"body": "hi"}}, Kind.TEXT),
        ({"image": {"id": "5"}}, Kind.IMAGE),
        ({"image": {"id": "5"}, "context": {"id": "wamid.0"}, "referral": {"source_id": "1"}}, Kind.IMAGE),
        ({"location": PLACE, "text": {"body": "hi"}}, Kind.UNSUPPORTED),
        ({"type": None, "location": PLACE}, Kind.LOCATION),
        ({"type": "hologram", "location": PLACE}, Kind.UNSUPPORTED),
        ({}, Kind.UNSUPPORTED),
    ],
)
def test_a_message_without_a_type_is_what_its_sole_content_is(members, kind):
    read = the_message(messages(message(**({"type": ...} | members))))
    assert read.kind is kind
    if kind is Kind.LOCATION:
        assert read.location == Location(latitude=37.77, longitude=-122.41, name="SF")
        assert "location" not in read.details
