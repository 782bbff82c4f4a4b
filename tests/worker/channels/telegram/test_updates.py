"""What an update of Telegram is read as."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.content_parts import Card, Kind, Location, Media
from session.contents import Text
from session.hearing import consent_of
from session.messages import Message
from session.policy import Policy
from worker.channels.gathering import Ignored
from worker.channels.outcomes import Broken
from worker.channels.telegram.updates import read

CHAT = {"id": 123456789, "type": "private", "first_name": "Mona"}
ENDS = {"chat": CHAT, "from": {"id": 123456789, "is_bot": False, "first_name": "Mona", "last_name": "Adel"}}
AT = 1_800_000_000_000


def found(update):
    body = update if isinstance(update, bytes) else json.dumps({"update_id": 9001, **update}).encode()
    return read(body, received_at=AT, sender="100")


def message(**members):
    return found({"message": {"message_id": 45, "date": 1_799_999_999, **ENDS, **members}})


def test_a_text_names_customer_route_and_time():
    one = message(text="hello", reply_to_message={"message_id": 44})

    assert (one.id, one.kind, one.text) == ("telegram:123456789/45", Kind.TEXT, "hello")
    assert (one.customer, one.conversation) == ("telegram:123456789", "telegram:123456789")
    assert (one.route.channel, one.route.sender, one.route.address) == ("telegram", "100", "123456789")
    assert (one.sent_at, one.received_at, one.name) == (1_799_999_999_000, AT, "Mona Adel")
    assert one.reply_to == "telegram:123456789/44"


@pytest.mark.parametrize(
    ("members", "kind", "media"),
    [
        ({"photo": [{"file_id": "s"}, {"file_id": "L"}]}, Kind.IMAGE, Media(mime_type="image/jpeg", id="L")),
        ({"voice": {"file_id": "v"}}, Kind.VOICE, Media(mime_type="audio/ogg", id="v")),
        ({"sticker": {"file_id": "t"}}, Kind.STICKER, Media(mime_type="image/webp", id="t")),
        (
            {"document": {"file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf"}},
            Kind.DOCUMENT,
            Media(mime_type="application/pdf", id="d", filename="a.pdf"),
        ),
        (
            {"animation": {"file_id": "g"}, "document": {"file_id": "d"}},
            Kind.VIDEO,
            Media(mime_type="video/mp4", id="g"),
        ),
    ],
)
def test_an_attachment_has_its_file_and_its_caption(members, kind, media):
    one = message(**members, caption="look")

    assert (one.kind, one.text, one.media) == (kind, "look", (media,))


def test_a_venue_is_a_place_with_its_name():
    place = {"latitude": 30.05, "longitude": 31.24}
    one = message(location=place, venue={"location": place, "title": "Office", "address": "Tahrir"})

    assert (one.kind, one.text) == (Kind.LOCATION, "Office\nTahrir")
    assert one.location == Location(latitude=30.05, longitude=31.24, name="Office", address="Tahrir")


def test_a_contact_is_kept_whole():
    card = {"phone_number": "201001234567", "first_name": "Omar"}

    one = message(contact=card)

    assert (one.kind, one.text, one.content.cards) == (
        Kind.CONTACTS,
        "Omar",
        (Card(name="Omar", phones=("201001234567",)),),
    )


def test_a_message_is_read_beside_what_telegram_may_add_to_an_update():
    update = {"message": {"message_id": 45, **ENDS, "text": "hello"}, "added_later": {"id": 1}}

    assert found(update).text == "hello"


def test_start_opens_the_chat_and_carries_what_the_link_said():
    assert (message(text="/start").kind, message(text="/start").text) == (Kind.WELCOME, "start")
    assert message(text="/start ad_7").payload == "ad_7"
    assert message(text="/started").kind is Kind.TEXT


def test_the_command_to_stop_is_the_word_that_opts_out():
    assert consent_of(message(text="/stop"), Policy()) == "out"
    assert message(text="/stop it").text == "/stop it"


def test_what_is_not_known_is_unsupported_with_all_that_it_held():
    one = message(dice={"value": 6})

    assert (one.kind, one.details) == (Kind.UNSUPPORTED, {"dice": {"value": 6}})


def test_an_edit_names_the_message_that_it_replaces():
    edited = {"message_id": 45, "edit_date": 1_799_999_999, **ENDS, "text": "three rooms"}
    one = found({"edited_message": edited})

    assert (one.id, one.reply_to) == ("telegram:123456789/45/9001", "telegram:123456789/45")
    assert (one.kind, one.text, one.edited) == (Kind.EDIT, "three rooms", Text(text="three rooms"))


def test_a_place_that_moves_is_not_an_edit():
    moved = {"message_id": 45, **ENDS, "location": {"latitude": 1, "longitude": 2}}

    assert found({"edited_message": moved}) == Ignored(name="live_location")


def tap(data, **message_members):
    under = {"message_id": 46, "chat": CHAT, **message_members}
    query = {"id": "4382", "from": ENDS["from"], "data": data, "message": under}
    return found({"callback_query": query})


def test_a_tap_has_the_title_and_the_id_of_its_button():
    keyboard = [[{"text": "No", "callback_data": "b:n"}], [{"text": "Yes", "callback_data": "b:y"}]]
    one = tap("b:y", reply_markup={"inline_keyboard": keyboard})

    assert (one.kind, one.text, one.payload) == (Kind.BUTTON, "Yes", "y")
    assert (one.id, one.reply_to) == ("telegram:123456789/tap/4382", "telegram:123456789/46")
    assert one.details == {"callback_query_id": "4382"}


@pytest.mark.parametrize(
    ("data", "kind", "payload"),
    [("c:m", Kind.CHOICE, "m"), ("b:c:m", Kind.BUTTON, "c:m"), ("other", Kind.BUTTON, "other")],
)
def test_a_tap_on_an_old_message_is_known_by_its_data_alone(data, kind, payload):
    assert (tap(data).kind, tap(data).text, tap(data).payload) == (kind, data, payload)


@pytest.mark.parametrize(
    ("update", "name"),
    [
        ({"message": {"message_id": 1, "chat": {"id": -1, "type": "group"}, "text": "x"}}, "in_group"),
        ({"message": {"message_id": 1, "text": "x"}}, "in_no_chat"),
        ({"channel_post": {"message_id": 1}}, "channel_post"),
        ({"my_chat_member": {"chat": CHAT}}, "my_chat_member"),
        ({"callback_query": {"id": "1", "data": "x"}}, "inline_callback"),
        ({}, "empty"),
    ],
)
def test_what_is_not_from_a_customer_is_counted_and_no_dead_letter(update, name):
    assert found(update) == Ignored(name=name)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"message": {}}',
        b'{"update_id": 1, "message": {"chat": {"type": "private", "id": -5}, "message_id": 1}}',
        b'{"update_id": 1, "message": {"chat": {"type": "private", "id": 5}}}',
        b'{"update_id": 1, "message": ["hello"]}',
    ],
)
def test_what_cannot_be_read_keeps_its_bytes(body):
    assert isinstance(found(body), Broken)
    assert found(body).raw == body.decode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["chat", "from", "text", "photo", "voice", "location", "id", "data"]), inner
        )
    ),
    max_leaves=10,
)


@given(name=st.sampled_from(["message", "edited_message", "callback_query"]), item=JSON)
def test_nothing_that_anybody_posts_raises(name, item):
    of_mona = {"chat": CHAT, "message_id": 1} | (item if isinstance(item, dict) else {})

    assert isinstance(found({name: of_mona}), Message | Ignored | Broken)
    assert isinstance(found({name: item}), Message | Ignored | Broken)
