"""What providers post: batches, duplicates, customers without a number, and bodies with something broken in them."""

from session import Turn
from tests.stories.telling import ALIA, OMAR, text_from


def test_four_messages_in_one_body_are_answered_in_their_order(tell):
    story = tell()

    answered = story.posts_meta(
        text_from(ALIA, "one", "wamid.1"),
        text_from(ALIA, "two", "wamid.2"),
        text_from(OMAR, "three", "wamid.3"),
        text_from(ALIA, "four", "wamid.4"),
    )
    story.work()

    assert answered == 200
    assert story.hears(ALIA) == ["one", "two", "four"]
    assert story.hears(OMAR) == ["three"]
    assert story.session(ALIA).message_count == 3


def test_an_assistant_sees_messages_that_came_together_in_one_turn(tell):
    texts = []

    def assistant(turn: Turn) -> str:
        texts.append(turn.text)
        return "understood"

    story = tell(assistant)
    story.posts("I am looking for")
    story.posts("an apartment")
    story.posts("in Maadi")
    story.work()

    assert texts == ["I am looking for\nan apartment\nin Maadi"]
    assert story.hears() == ["understood"]


def test_a_redelivered_body_changes_nothing(tell):
    story = tell()
    body = [text_from(ALIA, "hello", "wamid.1"), text_from(ALIA, "again", "wamid.2")]

    story.posts_meta(*body)
    story.work()
    story.posts_meta(*body)
    story.work()
    story.waits(days=7)
    story.posts_meta(*body)
    story.work()

    assert story.hears() == ["hello", "again"]


def test_a_customer_without_a_phone_number_is_a_customer_like_any_other(tell):
    story = tell()

    story.says("hello", customer="US.13491208655302741918")
    story.says("hello", customer="IN.4711abc", channel="twilio")

    assert story.hears("US.13491208655302741918") == ["hello"]
    assert story.hears("IN.4711abc") == ["hello"]
    assert story.session("US.13491208655302741918").customer_id == "US.13491208655302741918"


def test_a_broken_message_does_not_stop_its_neighbours(tell):
    story = tell()

    answered = story.posts_meta(
        text_from(ALIA, "before", "wamid.1"),
        {"type": "text", "text": {"body": "nobody sent this"}},
        text_from(ALIA, "after", "wamid.2"),
    )
    story.work()

    assert answered == 200
    assert story.hears() == ["before", "after"]
    (letter,) = story.dead_letters()
    assert letter["kind"] == "body"
    assert "nobody sent this" in letter["raw"]


def test_a_signed_body_that_cannot_be_read_becomes_a_dead_letter(tell):
    story = tell()

    assert story.posts_meta(*["not", "messages"]) == 200
    story.work()

    assert story.hears() == []
    assert len(story.dead_letters()) == 2


def test_a_reaction_is_taken_note_of_and_asks_for_no_answer(tell):
    story = tell()
    story.says("hello", id="wamid.1")
    story.says("👍", kind="reaction", replyTo="wamid.1")

    assert story.hears() == ["hello"]
    assert story.session().message_count == 1


def test_pictures_voice_notes_places_and_taps_reach_the_assistant(tell):
    kinds = []

    def assistant(turn: Turn) -> None:
        kinds.extend((message.kind, message.text) for message in turn.messages)

    story = tell(assistant)
    story.says("my house", kind="image")
    story.says("", kind="voice")
    story.says("", kind="location", location={"latitude": 29.96, "longitude": 31.25, "name": "Maadi"})
    story.says("", kind="button", button={"id": "yes", "title": "Yes"})
    story.says("", kind="choice", row={"id": "villa", "title": "Villa"})

    assert [kind for kind, _ in kinds] == ["image", "voice", "location", "button", "choice"]
    assert kinds[0] == ("image", "my house")
    assert "Maadi" in kinds[2][1]
    assert kinds[3:] == [("button", "Yes"), ("choice", "Villa")]


def test_signed_texts_of_three_megabytes_leave_a_small_session_that_says_what_it_lacks(tell):
    story = tell("worker.assistants.echo:assistant")

    for n in range(12):
        story.posts_meta(text_from(ALIA, "x" * 2_900_000, f"wamid.{n}"))
        story.work()

    first = story.session(ALIA).context.message_history[0]
    assert (len(first.content), first.content[-1], first.cut) == (4096, "…", True)
    assert len(story.session(ALIA).to_json()) < 120_000
    assert max(map(len, story.hears())) <= 4096
