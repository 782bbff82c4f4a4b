"""What a customer sent, as agents see it: the page of a conversation, the list, and the search."""

import io
import json
import re

import pytest

from session.content_parts import Kind
from session.keys import Keys
from session.replies import Reply
from tests.stories.telling import ALIA
from tests.webhook.desk.office import words
from webhook.simulator.media.samples import sample

PHOTO = {
    "type": "image",
    "image": {"id": "7", "mime_type": "image/jpeg", "sha256": "x", "caption": "my flat"},
}
CONTRACT = {
    "type": "document",
    "document": {"id": "8", "mime_type": "application/pdf", "filename": "lease 2026.pdf"},
}
PLACE = {
    "type": "location",
    "location": {"latitude": 30.04441, "longitude": 31.23571, "name": "Tahrir Square"},
}
CARD = {
    "type": "contacts",
    "contacts": [
        {
            "name": {"formatted_name": "Omar Hassan"},
            "phones": [{"phone": "+20 100 555 0101"}],
            "emails": [{"email": "omar@example.com"}],
        }
    ],
}
FORM = {
    "type": "interactive",
    "interactive": {
        "type": "nfm_reply",
        "nfm_reply": {
            "name": "viewing_request",
            "body": "Sent",
            "response_json": json.dumps({"flow_token": "hidden", "preferred_day": "Thursday"}),
        },
    },
}
ORDER = {
    "type": "order",
    "order": {
        "catalog_id": "c1",
        "product_items": [
            {"product_retailer_id": "UNIT-B204", "quantity": 1, "item_price": 4500000, "currency": "EGP"}
        ],
    },
}
POLL = {
    "type": "unsupported",
    "errors": [{"code": 131051, "title": "Message type unknown"}],
    "unsupported": {"type": "poll_creation"},
}


@pytest.fixture
def sends(office):
    """Let the customer send a message of Meta's, after asking for a person."""
    office.story.says("a person, please", name="Alia")
    numbers = iter(range(100))

    def send(inner, **more):
        number = next(numbers)
        written = {"from": ALIA.removeprefix("+"), "id": f"wamid.c{number}", "timestamp": "1767261600"}
        assert office.story.posts_meta({**written, **inner, **more}) == 200
        office.story.work()
        return f"wamid.c{number}"

    return send


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (PHOTO, "a photo JPEG The provider does not have it any more. my flat"),
        (CONTRACT, "lease 2026.pdf PDF"),
        (PLACE, "Tahrir Square 30.04441, 31.23571 Show on the map"),
        (CARD, "Omar Hassan +20 100 555 0101 omar@example.com"),
        (FORM, "viewing request Preferred day Thursday Sent"),
        (ORDER, "an order · c1 Product Quantity Price UNIT-B204 1 × 4,500,000 EGP"),
        (
            POLL,
            "something that WhatsApp does not pass on ( poll_creation ) Reason: 131051 Message type unknown",
        ),
    ],
)
def test_everything_that_a_customer_sends_is_on_the_page(office, sends, inner, expected):
    sends(inner)
    page = office.agent().reads()

    assert expected in page
    assert "hidden" not in page


def test_an_ad_is_at_the_top(office, sends):
    referral = {
        "headline": "3-bedroom flats",
        "body": "from 4.2 million",
        "source_url": "https://fb.me/1",
        "source_type": "ad",
        "source_id": "120",
        "ctwa_clid": "ARAk",
    }
    sends({"type": "text", "text": {"body": "is it free?"}, "referral": referral})
    page = office.agent().page().text

    assert "Came from an ad 120 3-bedroom flats from 4.2 million Open it Click ARAk" in words(page)
    assert 'href="https://fb.me/1" target="_blank" rel="noopener noreferrer"' in page


def test_a_quote_a_reaction_an_edit_and_a_deletion_are_shown(office, sends):
    first = sends({"type": "text", "text": {"body": "is it free?"}})
    sends({"type": "text", "text": {"body": "answer me"}, "context": {"id": first, "forwarded": False}})
    sends({"type": "reaction", "reaction": {"message_id": first, "emoji": "👍"}})
    sends(
        {
            "type": "edit",
            "edit": {
                "original_message_id": first,
                "message": {"type": "text", "text": {"body": "is it sold?"}},
            },
        }
    )
    secret = sends({"type": "text", "text": {"body": "my PIN is 1234"}})
    sends({"type": "revoke", "revoke": {"original_message_id": secret}})
    page = office.agent().page().text
    shown = words(page)

    assert "is it sold? edited" in shown
    assert "Customer is it free? answer me" in shown
    assert "Customer: 👍" in shown
    assert "my PIN is 1234 deleted by the customer" in shown
    (place,) = re.findall(r'class="quote of-user" href="#([\w-]+)"', page)
    assert f'id="{place}"' in page


def test_nothing_of_a_customer_is_markup(office, sends):
    evil = '"><img src=x onerror=alert(1)>'
    document = {"id": "8", "mime_type": evil, "filename": f"{evil}.pdf", "caption": evil}
    sends({"type": "document", "document": document})
    place = {"latitude": 1, "longitude": 2, "name": evil, "address": evil, "url": "javascript:alert(1)"}
    sends({"type": "location", "location": place})
    sends(
        {
            "type": "interactive",
            "interactive": {
                "type": "nfm_reply",
                "nfm_reply": {"name": evil, "response_json": json.dumps({evil: evil})},
            },
        }
    )
    sends(
        {
            "type": "text",
            "text": {"body": evil},
            "referral": {"headline": evil, "source_url": "javascript:alert(2)"},
        }
    )
    agent = office.agent()

    for page in (agent.page().text, agent.http.get("/desk/").text):
        assert "<img" not in page
        assert 'href="javascript:' not in page


def test_the_list_shows_a_kind_in_the_language_of_the_page(office, sends):
    agent = office.agent()
    sends(CONTRACT)
    assert "a document: lease 2026.pdf" in agent.sees()
    sends(FORM)
    assert "a filled-in form" in agent.sees()
    agent.posts("/desk/language", language="ar")

    assert "نموذج معبأ" in agent.sees()


def test_a_search_finds_names_of_files_answers_places_and_cards(office, sends):
    for inner in (CONTRACT, FORM, PLACE, CARD, ORDER):
        sends(inner)
    agent = office.agent()

    for query in ("lease 2026", "thursday", "tahrir", "omar hassan", "unit-b204"):
        assert agent.finds(query) == ["Alia"], query
    assert agent.finds("hidden") == []


def test_a_picture_a_voice_note_and_a_document_are_on_the_page(office):
    office.story.says("a person, please", name="Alia")
    for kind, element in (("image", "img"), ("voice", "audio"), ("video", "video"), ("document", "a")):
        office.story.says("look", name="Alia", kind=kind)
        agent = office.agent()
        page = agent.page().text
        sources = re.findall(rf'<{element} [^>]*(?:src|href)="(/desk/c/[^"]*/media/[^"]*)"', page)
        assert sources, kind
        assert agent.http.get(sources[-1]).status_code == 200
        assert ALIA.removeprefix("+") not in sources[-1]
    assert 'alt="look"' in page
    assert "preload" in page
    assert agent.page().headers["Content-Security-Policy"].count("media-src 'self'") == 1


def test_a_file_of_an_agent_is_on_the_page(office):
    office.story.says("a person, please", name="Alia")
    mona = office.agent("Mona")
    fields = {"text": "sign here", "media": (io.BytesIO(sample(Kind.DOCUMENT)), "lease.pdf")}
    answer = mona.does("answer", keeps="1", **fields)
    assert answer.status_code == 303
    page = mona.page().text

    assert "You lease.pdf PDF" in words(page)
    assert "sign here" in page
    assert re.search(r'<a class="sheet" href="/desk/c/', page)


def test_the_form_of_an_answer_takes_a_file_of_known_sizes(office):
    office.story.says("a person, please", name="Alia")
    page = office.agent().page().text

    assert 'enctype="multipart/form-data"' in page
    assert f'data-most-image="{5 * 1024 * 1024}"' in page
    assert "WhatsApp takes 100 MB of this kind" in page


def test_a_number_that_has_changed_is_beside_the_new_one(office):
    office.story.says("a person, please", name="Alia")
    moved = office.story.session().change(moved_from="+201009999999")
    office.redis.set(Keys().of(moved.conversation).session, moved.to_json())

    assert f"Number {ALIA} Number before +201009999999" in office.agent().reads()


def test_what_the_customer_can_tap_to_send_a_place_is_named_as_on_the_phone(open_office):
    office = open_office(assistant=lambda turn: Reply(text="Where are you?", asks_location=True))
    office.story.says("hello")
    office.story.work()

    assert "Where are you? The customer can tap Send location" in office.agent().reads()


def test_a_conversation_that_is_about_to_come_is_waited_for(office):
    office.story.says("a person, please", name="Alia")
    mona = office.agent()
    session = office.story.session()
    keys = Keys().of(session.conversation)
    office.redis.delete(keys.session)
    assert mona.page().status_code == 404
    office.redis.rpush(keys.mailbox, "{}")
    answer = mona.page()

    assert (answer.status_code, answer.headers["Refresh"]) == (503, "1")
    assert "about to come" in answer.text
