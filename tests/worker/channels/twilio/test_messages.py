"""Every form of message that Twilio delivers, and what becomes of it."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.content_parts import Kind, Location, Media
from session.messages import Referral
from tests.values import read_back
from tests.worker.channels.twilio.bodies import ALWAYS, RECEIVED_AT, form, parsed, the_message


def test_a_text_says_who_wrote_what_and_through_which_sender():
    found = the_message()

    assert (found.id, found.customer, found.name) == ("SMin", "+201001234567", "Mona")
    assert (found.route.channel, found.route.sender) == ("twilio", "+15550002222")
    assert found.route.address == "whatsapp:+201001234567"
    assert (found.kind, found.text, found.payload, found.reply_to) == (Kind.TEXT, "Hello", None, None)
    assert (found.sent_at, found.received_at) == (RECEIVED_AT, RECEIVED_AT)
    assert found.details == {}


CONTENTS = {
    "a picture with words": (
        {"NumMedia": "1", "MediaUrl0": "https://m.test/0", "MediaContentType0": "image/jpeg", "Body": "roof"},
        {
            "kind": Kind.IMAGE,
            "text": "roof",
            "media": (Media(mime_type="image/jpeg", url="https://m.test/0"),),
        },
    ),
    "many attachments are one message, in their order": (
        {f"MediaUrl{n}": f"https://m.test/{n}" for n in range(11)}
        | {f"MediaContentType{n}": "video/mp4" for n in range(11)}
        | {"Body": ""},
        {
            "kind": Kind.VIDEO,
            "media": tuple(Media(mime_type="video/mp4", url=f"https://m.test/{n}") for n in range(11)),
        },
    ),
    "a place": (
        {"Body": "", "Latitude": "30.04", "Longitude": "31.23", "Label": "Tahrir", "Address": "Cairo"},
        {
            "kind": Kind.LOCATION,
            "text": "Tahrir\nCairo",
            "location": Location(latitude=30.04, longitude=31.23, name="Tahrir", address="Cairo"),
        },
    ),
    "a place that is none": ({"Latitude": "NaN", "Longitude": "31"}, {"kind": Kind.TEXT, "text": "Hello"}),
    "a tapped button": (
        {"Body": "Yes", "ButtonText": "Yes", "ButtonPayload": "y", "ButtonType": "QUICK_REPLY"},
        {"kind": Kind.BUTTON, "text": "Yes", "payload": "y", "details": {"ButtonType": "QUICK_REPLY"}},
    ),
    "a chosen row": (
        {"Body": "Maadi", "ListId": "m", "ListTitle": "Maadi"},
        {"kind": Kind.CHOICE, "text": "Maadi", "payload": "m"},
    ),
    "a completed form": (
        {"Body": "", "FlowData": '{"rooms":3}'},
        {"kind": Kind.FORM, "payload": '{"rooms":3}', "details": {"FlowData": '{"rooms":3}'}},
    ),
    "an interaction": (
        {"Body": "", "InteractiveData": '{"a":1}'},
        {"kind": Kind.FORM, "payload": '{"a":1}', "details": {"InteractiveData": '{"a":1}'}},
    ),
    "a quote": (
        {"OriginalRepliedMessageSid": "SMold", "OriginalRepliedMessageSender": "whatsapp:+1"},
        {
            "kind": Kind.TEXT,
            "text": "Hello",
            "reply_to": "SMold",
            "details": {"OriginalRepliedMessageSender": "whatsapp:+1"},
        },
    ),
    "an advertisement": (
        {"ReferralHeadline": "Flats", "ReferralSourceId": "5"},
        {
            "kind": Kind.TEXT,
            "text": "Hello",
            "referral": Referral(headline="Flats", source_id="5"),
        },
    ),
    "something forwarded": (
        {"Forwarded": "true", "FrequentlyForwarded": "true"},
        {
            "kind": Kind.TEXT,
            "text": "Hello",
            "forwarded": "often",
        },
    ),
    "a parameter of next year, blank": (
        {"NewParameter": ""},
        {"kind": Kind.TEXT, "text": "Hello", "details": {"NewParameter": ""}},
    ),
    "blank parameters say nothing": (
        {"ButtonText": "", "ListId": "", "FlowData": "", "Latitude": "", "Longitude": "", "MediaUrl0": ""},
        {"kind": Kind.TEXT, "text": "Hello", "details": {"FlowData": ""}},
    ),
    "blanks are never trimmed": ({"Body": " \t Hello \n"}, {"kind": Kind.TEXT, "text": " \t Hello \n"}),
    "nothing at all": ({"Body": ...}, {"kind": Kind.UNSUPPORTED}),
    "an emoji and Arabic": ({"Body": "شقة 😀"}, {"kind": Kind.TEXT, "text": "شقة 😀"}),
}


@pytest.mark.parametrize(("fields", "expected"), CONTENTS.values(), ids=CONTENTS)
def test_every_form_is_understood(fields, expected):
    found = the_message(**fields)

    silence = {"text": "", "reply_to": None, "payload": None, "media": (), "location": None, "details": {}}
    assert {name: getattr(found, name) for name in silence | expected} == silence | expected


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [
        ("image/png", Kind.IMAGE),
        ("image/webp", Kind.STICKER),
        ("IMAGE/JPEG", Kind.IMAGE),
        ("video/mp4", Kind.VIDEO),
        ("audio/ogg; codecs=opus", Kind.AUDIO),
        ("application/pdf", Kind.DOCUMENT),
        ("text/plain", Kind.DOCUMENT),
        ("text/vcard", Kind.CONTACTS),
        ("text/x-vcard", Kind.CONTACTS),
        ("", Kind.DOCUMENT),
        ("nonsense", Kind.DOCUMENT),
    ],
)
def test_the_mime_type_tells_the_kind_of_an_attachment(mime_type, kind):
    found = the_message(Body="", MediaUrl0="https://m.test/0", MediaContentType0=mime_type)

    assert (found.kind, found.media) == (kind, (Media(mime_type=mime_type, url="https://m.test/0"),))


def test_a_customer_without_a_phone_number_goes_by_the_business_scoped_id():
    found = the_message(From="whatsapp:EG.77ab", WaId=..., ExternalUserId="EG.77ab")

    assert (found.customer, found.route.address) == ("EG.77ab", "whatsapp:EG.77ab")
    assert found.details == {"ExternalUserId": "EG.77ab"}


def test_a_message_that_names_no_sender_came_on_the_configured_one():
    assert the_message(To=...).route.sender == "+15550001111"


@pytest.mark.parametrize("sid", [..., "", "  "])
def test_a_message_that_could_not_be_told_from_its_repetition_is_broken(sid):
    fields = form(ALWAYS, MessageSid=sid)

    found = parsed(fields)

    assert [(one.why, one.raw) for one in found.broken] == [
        ("a message without a MessageSid", urlencode(fields))
    ]


@pytest.mark.parametrize(
    "author", [..., "", "+201001234567", "messenger:1", "whatsapp:", "whatsapp:Mona", "whatsapp:+1 2"]
)
def test_only_customers_on_whatsapp_are_customers(author):
    (broken,) = parsed(form(ALWAYS, From=author)).broken

    assert broken.why == "a message that is not from a customer on WhatsApp"


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff\xfe", b"&&&==&", b'{"MessageSid":"SM1"}', b"a" * 9999])
def test_what_is_no_form_is_one_broken_with_the_whole_body(raw):
    (broken,) = parsed(raw).broken

    assert broken.raw.encode("utf-8", "surrogateescape") == raw


def test_bytes_that_are_no_utf8_are_replaced():
    raw = urlencode(form(ALWAYS, Body="XX")).encode().replace(b"XX", b"%FF%C3ok\xfe")

    (found,) = parsed(raw).messages

    assert found.text == "\ufffd\ufffdok\ufffd"


FIELDS = st.sampled_from(
    [
        *ALWAYS,
        "MessageStatus",
        "MediaUrl0",
        "MediaUrl٣",
        "MediaContentType999",
        "Latitude",
        "Longitude",
        "ListId",
    ]
)
VALUES = st.text(max_size=10) | st.sampled_from(["whatsapp:+201001234567", "9" * 5000, "1e999", "sent", "\0"])


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(FIELDS, VALUES).map(lambda changed: urlencode(ALWAYS | changed).encode())
    | st.binary(max_size=80),
    st.sampled_from(
        ["twilio", "twilio-status", "twilio-status?reply=t1&conversation=whatsapp%3A%2B20100", "", "?"]
    )
    | st.text(max_size=20),
)
def test_any_body_is_survived_and_becomes_one_thing(raw, source):
    found = parsed(raw, source)

    for one in (*found.messages, *found.statuses):
        assert read_back(one) == one
    for broken in found.broken:
        assert broken.raw.encode("utf-8", "surrogateescape") == raw
    assert len(found.messages) + len(found.statuses) + sum(found.ignored.values()) + len(found.broken) == 1
