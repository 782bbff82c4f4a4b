"""What the pages show of a content: nothing is lost, nothing is trusted, nothing takes long."""

import json

import pytest

from session.content_parts import Card, Kind, Location, Media, OrderItem
from session.contents import Attachment, Contacts, Form, Order, Place, Text
from session.errors import MediumTooLarge
from session.history import Role, entry
from tests.clocks import START
from webhook.desk import shown_contents as shown
from webhook.desk import shown_files


def attached(kind=Kind.IMAGE, **medium):
    return Attachment(kind=kind, media=(Media(**medium),))


def said(content):
    return entry(Role.USER, content, at=START, id="wamid.1")


@pytest.mark.parametrize(
    ("kind", "mime_type", "expected"),
    [
        (Kind.IMAGE, "image/jpeg", "image"),
        (Kind.STICKER, "image/webp", "image"),
        (Kind.VOICE, "audio/ogg; codecs=opus", "audio"),
        (Kind.VIDEO, "video/mp4", "video"),
        (Kind.DOCUMENT, "application/pdf", "file"),
        (Kind.DOCUMENT, "image/png", "file"),
        (Kind.IMAGE, "application/pdf", "file"),
        (Kind.IMAGE, "image/svg+xml", "file"),
        (Kind.IMAGE, "text/html", "file"),
        (Kind.IMAGE, "audio/mpeg", "audio"),
        (Kind.IMAGE, "", "file"),
    ],
)
def test_only_types_without_scripts_are_shown_in_the_page(kind, mime_type, expected):
    (file,) = shown_files.files_of(attached(kind, mime_type=mime_type))

    assert file.as_ == expected


def test_a_file_has_a_short_type_and_a_readable_size():
    (file,) = shown_files.files_of(
        attached(
            Kind.DOCUMENT,
            mime_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            filename="a" * 500,
            size=348_212,
        )
    )

    assert file.type == "DOCX"
    assert len(file.name) == 120
    assert [shown_files.size_in_words(size) for size in (12, file.size, 20 * 1024 * 1024, 1_600_000)] == [
        ("file.bytes", "12"),
        ("file.kilobytes", "340"),
        ("file.megabytes", "20"),
        ("file.megabytes", "1.5"),
    ]


def test_a_place_has_its_coordinates_in_full_and_a_link_to_a_map():
    place = Location(latitude=30.04441, longitude=-31.23571)

    assert shown.coordinates(place) == "30.04441, -31.23571"
    assert shown.map_link(place) == (
        "https://www.openstreetmap.org/?mlat=30.04441&mlon=-31.23571#map=17/30.04441/-31.23571"
    )


def test_what_a_card_shows_is_not_said_again():
    place = Location(latitude=1, longitude=2, name="Home", address="Maadi")

    assert shown.text_of(Place(text="Home\nMaadi", location=place)) == ""
    assert shown.text_of(Place(text="I wait here", location=place)) == "I wait here"
    assert shown.text_of(Contacts(text="Omar", cards=(Card(name="Omar"),))) == ""
    assert shown.text_of(Contacts(text="call him", cards=(Card(name="Omar"),))) == "call him"
    assert shown.text_of(Text(text="hello")) == "hello"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", None]
)
def test_only_addresses_of_the_web_are_links(address):
    assert shown.web_link(address) == ""
    assert shown.web_link("https://fb.me/1") == "https://fb.me/1"


def test_the_answers_of_a_form_are_readable_and_have_no_token():
    answers = {
        "flow_token": "secret",
        "preferred_day": "Thursday",
        "rooms": [2, 3],
        "parking": True,
        "at": {"h": 5},
    }

    assert shown.answers_of(Form(payload=json.dumps(answers))) == [
        ("Preferred day", "Thursday"),
        ("Rooms", "2, 3"),
        ("Parking", "✓"),
        ("At", '{"h": 5}'),
    ]


@pytest.mark.parametrize(
    "payload", ['{"a":' * 9_000, '{"a": ' + "[" * 500 + "]" * 500 + "}", "[]", "not JSON", None]
)
def test_a_form_of_any_depth_is_shown(payload):
    assert len(shown.answers_of(Form(payload=payload))) <= 1


def test_an_answer_and_its_name_are_bounded():
    ((name, value),) = shown.answers_of(Form(payload=json.dumps({"n" * 5_000: "v" * 5_000})))

    assert (len(name), len(value)) == (120, 1_000)


def test_an_order_has_the_price_of_each_line_and_of_all():
    flat = OrderItem(product="UNIT-B204", quantity=1, price=4_500_000, currency="EGP")
    parking = OrderItem(product="P-12", quantity=2, price=150_000.5, currency="EGP")

    assert [(shown.quantity_of(one), shown.price_of(one)) for one in (flat, parking)] == [
        ("1", "4,500,000 EGP"),
        ("2", "150,000.50 EGP"),
    ]
    assert shown.total_of(Order(items=(flat, parking))) == "4,800,001 EGP"


def test_an_order_without_all_prices_has_no_total():
    flat = OrderItem(product="a", price=1, currency="EGP")

    assert shown.total_of(Order(items=(flat, OrderItem(product="b")))) == ""
    assert shown.total_of(Order(items=(flat, OrderItem(product="b", price=1, currency="USD")))) == ""
    assert shown.total_of(Order()) == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (Text(text="hello"), ("text", "hello")),
        (attached(mime_type="image/jpeg"), ("image", "")),
        (attached(Kind.DOCUMENT, filename="contract.pdf"), ("document", "contract.pdf")),
        (attached(Kind.VOICE, words="on Thursday"), ("voice", "on Thursday")),
        (Place(location=Location(latitude=1.5, longitude=2)), ("location", "1.5, 2")),
        (Form(text="Sent", payload='{"day": "Thursday"}'), ("form", "")),
        (Order(items=(OrderItem(product="a"), OrderItem(product="b"))), ("order", "a, b")),
    ],
)
def test_a_list_shows_one_line_of_a_message(content, expected):
    line = shown.preview_of(said(content))

    assert (line.kind, line.text) == expected


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("", "file.not_kept"),
        ("it has not arrived yet", "file.waits"),
        (str(MediumTooLarge(5)), "file.large"),
        ("Meta has it no more (400)", "file.gone"),
        ("its content is not of its kind", "file.wrong"),
        ("TimeoutError while it was fetched", "file.failed"),
    ],
)
def test_a_medium_that_is_not_there_says_why(why, expected):
    assert shown_files.missing(why) == expected


def test_the_words_of_a_voice_note_are_not_said_twice():
    note = Attachment(kind=Kind.VOICE, text="on Thursday", media=(Media(words="on Thursday"),))

    assert shown.text_of(note) == ""
    assert [one.words for one in shown_files.files_of(note)] == ["on Thursday"]


def test_a_name_that_turns_its_direction_is_seen_through():
    (file,) = shown_files.files_of(attached(Kind.DOCUMENT, filename="contract\u202efdp.exe"))

    assert file.name == "contract⟨U+202E⟩fdp.exe"
