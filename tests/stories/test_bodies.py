"""Bodies of providers: batches, duplicates, customers without a number, and invalid content."""

from session import State, Turn
from tests.stories.telling import ALIA, OMAR, change, echo, text_from


def test_four_messages_in_one_body_are_answered_in_order(tell):
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


def test_messages_that_arrive_together_are_one_turn(tell):
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


def test_a_customer_without_a_phone_number_is_answered(tell):
    story = tell()

    story.says("hello", customer="US.13491208655302741918")
    story.says("hello", customer="IN.4711abc", channel="twilio")

    assert story.hears("US.13491208655302741918") == ["hello"]
    assert story.hears("IN.4711abc") == ["hello"]
    assert story.session("US.13491208655302741918").customer_id == "US.13491208655302741918"


def test_an_invalid_message_does_not_stop_the_others_in_its_body(tell):
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


def test_an_unreadable_signed_body_becomes_a_dead_letter(tell):
    story = tell()

    assert story.posts_meta(*["not", "messages"]) == 200
    story.work()

    assert story.hears() == []
    assert len(story.dead_letters()) == 2


def test_a_reaction_is_recorded_and_not_answered(tell):
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


def test_texts_of_three_megabytes_are_cut_and_the_session_says_so(tell):
    story = tell("worker.assistants.echo:assistant")

    for n in range(12):
        story.posts_meta(text_from(ALIA, "x" * 2_900_000, f"wamid.{n}"))
        story.work()

    first = story.session(ALIA).context.message_history[0]
    assert (len(first.text), first.text[-1], first.cut) == (4096, "…", True)
    assert len(story.session(ALIA).to_json()) < 120_000
    assert max(map(len, story.hears())) <= 4096


def test_a_group_message_is_counted_and_not_answered(tell):
    story = tell()
    story.says("hello", customer=ALIA)
    story.hears(ALIA)
    before = story.session(ALIA)

    story.posts_meta(
        text_from(ALIA, "What do you all think?", "wamid.G1") | {"group_id": "Y2FwaV9ncm91cDoxMjM"}
    )
    story.posts_meta(text_from(OMAR, "Fine with me", "wamid.G2") | {"group_id": "Y2FwaV9ncm91cDoxMjM"})
    story.work()

    assert story.hears(ALIA) == story.hears(OMAR) == []
    assert story.session(ALIA) == before
    assert story.manager.get(OMAR) is None
    assert story.dead_letters() == []
    assert [(event["received"], event["kinds"]) for event in story.events()[-2:]] == [
        ('["wamid.G1"]', '["group"]'),
        ('["wamid.G2"]', '["group"]'),
    ]


def test_an_echo_of_a_group_message_takes_nothing_over(tell):
    story = tell()
    story.says("hello")
    written = echo("to all of you", ALIA, "wamid.G3")
    written["value"]["message_echoes"][0] |= {"to": "Y2FwaV9ncm91cDoxMjM", "group_id": "Y2FwaV9ncm91cDoxMjM"}

    assert story.posts_change(written) == 200
    story.work()

    assert story.session().state is State.ACTIVE
    assert story.dead_letters() == []


def test_the_test_button_of_metas_dashboard_is_no_error(tell, log):
    story = tell()
    sample = change(
        text_from("16315551181", "this is a text message", "ABGGFlA5Fpa") | {"timestamp": "1504902988"}
    )

    assert story.posts_change(sample, account="0") == 200
    story.work()

    assert story.manager.get("+16315551181") is None
    assert story.hears("+16315551181") == story.dead_letters() == story.events() == []
    assert [line for line in log if line.startswith(("WARNING", "ERROR"))] == []
    assert any("test request of the provider" in line for line in log)


def test_a_location_without_its_type_is_accepted(tell):
    def assistant(turn: Turn) -> str:
        return f"{turn.messages[0].kind}: {turn.messages[0].location.latitude}, {turn.text}"

    story = tell(assistant)
    place = {"latitude": 37.77, "longitude": -122.41, "name": "SF", "address": "Market St"}
    sent = {"from": ALIA.removeprefix("+"), "id": "wamid.P", "timestamp": "4102488000", "location": place}

    story.posts_meta(sent)
    story.work()

    assert story.hears() == ["location: 37.77, SF\nMarket St"]


def test_an_older_business_scoped_id_is_a_customer(tell):
    story = tell()

    story.posts_meta(text_from("user.937481", "hello", "wamid.U"))
    story.work()

    assert story.hears("user.937481") == ["hello"]
    assert story.session("user.937481").message_count == 1
    assert [entry["conversation"] for entry in story.events() if "received" in entry] == [
        "whatsapp:user.937481"
    ]
