"""Telegram beside WhatsApp: what a customer of a bot writes and sees."""

import json
from typing import Any

import pytest

from session import Turn
from session.content_parts import Kind
from session.history import HistoryEntry
from session.replies import Button, Menu, Reply, Row
from tests.stories.telling import ALIA, Story

MONA = "telegram:200000001"
SIZE = Reply(text="Which size?", buttons=(Button(id="s", title="Small"), Button(id="l", title="Large")))


def says(story: Story, text: str = "", **more: Any) -> None:
    story.says(text, MONA, "telegram", **more)


def history(story: Story) -> tuple[HistoryEntry, ...]:
    return story.session(MONA).context.message_history


def test_a_text_is_answered_and_the_conversation_is_telegram_s_own(tell):
    story = tell()

    says(story, "hello")

    assert story.hears(MONA) == ["hello"]
    session = story.session(MONA)
    assert (session.customer_id, session.conversation) == (MONA, MONA)
    assert session.route is not None
    assert (session.route.channel, session.route.sender) == ("telegram", "100000001")
    assert story.redis.exists("session:telegram:200000001", "rate:msg:telegram:200000001") == 2


def test_a_reply_quotes_the_message_that_the_assistant_names(tell):
    story = tell(lambda turn: Reply(text="this one?", reply_to=turn.messages[-1].id))

    says(story, "hello", id="telegram:200000001/7")

    (reply,) = story.receives(MONA)
    assert reply["replyTo"] == "telegram:200000001/7"


def test_a_photo_has_its_caption_and_its_largest_size(tell):
    seen = []
    story = tell(lambda turn: seen.extend(turn.messages))

    says(story, "our house", kind="image")

    (message,) = seen
    assert (message.kind, message.text) == (Kind.IMAGE, "our house")
    assert message.media[0].id.startswith("file-")


def test_a_tap_comes_back_with_the_id_that_the_assistant_gave(tell):
    seen = []

    def assistant(turn: Turn) -> Reply | str:
        seen.extend(turn.messages)
        return f"{turn.messages[-1].text} it is" if turn.messages[-1].payload else SIZE

    story = tell(assistant)
    says(story, "shirt")
    (asked,) = story.receives(MONA)
    says(story, kind="button", button=asked["buttons"][1], replyTo=asked["id"])

    assert [button["title"] for button in asked["buttons"]] == ["Small", "Large"]
    assert (seen[-1].kind, seen[-1].payload, seen[-1].reply_to) == (Kind.BUTTON, "l", asked["id"])
    assert story.hears(MONA) == ["Large it is"]


def test_a_row_of_a_menu_is_a_choice_and_its_description_is_read_above(tell):
    seen = []
    rows = (Row(id="m", title="Maadi", description="2 flats"), Row(id="z", title="Zamalek"))

    def assistant(turn: Turn) -> Reply | None:
        seen.extend(turn.messages)
        return (
            None if turn.messages[-1].payload else Reply(text="Where?", menu=Menu(button="Areas", rows=rows))
        )

    story = tell(assistant)
    says(story, "flat")
    (asked,) = story.receives(MONA)
    says(story, kind="button", button=asked["buttons"][0], replyTo=asked["id"])

    assert asked["text"] == "Where?\n\nMaadi: 2 flats"
    assert (seen[-1].kind, seen[-1].text, seen[-1].payload) == (Kind.CHOICE, "Maadi", "m")


def test_an_edit_changes_the_earlier_message_and_is_not_answered(tell):
    seen = []
    story = tell(lambda turn: seen.extend(turn.messages))

    says(story, "two rooms", id="telegram:200000001/7")
    says(story, "three rooms", kind="edit", replyTo="telegram:200000001/7")
    says(story, "four rooms", kind="edit", replyTo="telegram:200000001/7")

    assert [one.text for one in seen] == ["two rooms"]
    (said,) = story.session(MONA).context.message_history
    assert (said.text, said.edited_at is not None) == ("four rooms", True)


def test_an_edit_may_put_another_photo_in_the_place_of_one(tell):
    story = tell()
    says(story, "our house", kind="image", id="telegram:200000001/7")
    says(story, "our garden", kind="image", id="telegram:200000001/8")
    _, garden = (one.content.media[0] for one in history(story) if one.role == "user")

    chat, at = {"id": 200000001, "type": "private"}, int(story.clock.now().timestamp())
    edited = {"message_id": 7, "chat": chat, "from": chat, "edit_date": at, "caption": "our new garden"}
    update = {"update_id": 900, "edited_message": {**edited, "photo": [{"file_id": garden.id}]}}
    story.takes_in(json.dumps(update).encode(), source="telegram", ordering_key=MONA)
    story.work()

    first = history(story)[0]
    assert (first.content.text, first.content.media[0].id) == ("our new garden", garden.id)
    assert first.content.media[0].stored == garden.stored


def test_an_update_that_telegram_delivers_twice_is_answered_once(tell):
    story = tell()

    says(story, "hello", id="telegram:200000001/7")
    says(story, "hello", id="telegram:200000001/7")

    assert story.hears(MONA) == ["hello"]


def test_the_same_number_in_two_chats_is_two_messages(tell):
    story = tell()

    says(story, "hello", id="telegram:200000001/7")
    story.says("hi", "telegram:300000001", "telegram", id="telegram:300000001/7")

    assert (story.hears(MONA), story.hears("telegram:300000001")) == (["hello"], ["hi"])


def test_messages_are_answered_in_their_order(tell):
    story = tell()

    for number in range(5):
        story.posts(f"message {number}", MONA, "telegram")
    story.work()

    assert story.hears(MONA) == [f"message {number}" for number in range(5)]


def test_a_throttled_reply_waits_for_as_long_as_telegram_says(tell):
    story = tell()
    fault = {"channel": "telegram", "mode": "throttle", "count": 1, "seconds": 40}
    story.phone.post("/simulator/faults", json=fault)

    says(story, "hello")
    story.waits(seconds=39)
    assert story.hears(MONA) == []
    story.waits(seconds=2)

    assert story.hears(MONA) == ["hello"]


def test_a_customer_who_has_blocked_the_bot_gets_nothing_until_start(tell):
    story = tell()
    story.phone.post(
        "/simulator/faults", json={"channel": "telegram", "mode": "reject", "count": 1, "code": 403}
    )

    says(story, "hello")
    says(story, "are you there?")
    assert (story.hears(MONA), story.dead_letters()) == ([], [])
    says(story, kind="welcome")
    says(story, "hello again")

    assert story.hears(MONA)[-1] == "hello again"


def test_a_revoked_token_stops_the_bot_and_nobody_else(tell):
    story = tell()
    story.phone.post("/simulator/faults", json={"channel": "telegram", "mode": "reject", "code": 401})

    says(story, "hello")
    story.says("hello")

    assert story.hears() == ["hello"]
    assert list(story.pauses.all()) == ["telegram:100000001"]


def test_there_is_no_customer_service_window(tell):
    story = tell(session_retention_minutes=100_000)
    says(story, "hello")
    agent = story.agent("Huda")

    assert story.session(MONA).window_until is None
    assert agent is not None
    story.clock.move(hours=30)
    assert story.session(MONA).takes_free_form(story.clock.now())


@pytest.mark.parametrize(
    "chat", [{"id": -5, "type": "group"}, {"id": -100, "type": "supergroup"}, {"id": -7, "type": "channel"}]
)
def test_groups_and_channels_are_ignored(tell, chat):
    story = tell()
    update = {"update_id": 1, "message": {"message_id": 1, "chat": chat, "text": "hello all"}}

    story.takes_in(json.dumps(update).encode(), source="telegram", ordering_key="telegram")
    story.work()

    assert (story.dead_letters(), story.redis.keys("session:*")) == ([], [])


def test_two_channels_side_by_side_keep_a_number_and_an_id_apart(tell):
    story = tell()

    story.says("by phone", "+200000001")
    says(story, "by bot")

    assert (story.hears("+200000001"), story.hears(MONA)) == (["by phone"], ["by bot"])
    assert story.manager.customers() == ["+200000001", MONA]
    story.manager.forget(MONA)
    assert story.manager.customers() == ["+200000001"]
    story.says("hello", ALIA)
    assert story.hears() == ["hello"]


def test_nothing_of_the_customer_is_left_after_forgetting(tell):
    story = tell()
    says(story, "hello")

    story.manager.forget(MONA)

    kept = [key for key in story.redis.keys("*") if key not in ("forgotten", "tally")]
    assert not [key for key in kept if "200000001" in key]
    assert not [event for event in story.events() if "200000001" in str(event)]
