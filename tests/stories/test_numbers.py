"""Without buttons the customer answers with a number, and the assistant receives a tap."""

import pytest

from session import Button, Menu, Row, Turn

FEW = (
    Row(id="v", title="Villa", description="5 million"),
    Row(id="f", title="Flat"),
    Row(id="s", title="Studio"),
)
MANY = tuple(Row(id=f"r{n}", title=f"Row {n}") for n in range(1, 13))


def told(turn: Turn) -> str:
    return ", ".join(f"{one.kind} {one.text} {one.payload}" for one in turn.messages)


def offering(rows, *, then=None):
    """An assistant that shows a menu after a greeting, and then repeats what it receives."""

    def assistant(turn: Turn) -> str | None:
        if turn.text != "hello":
            return told(turn)
        turn.reply("Which one?", menu=Menu(button="Show", rows=rows))
        return then

    return assistant


@pytest.mark.parametrize("number", ["2", "2.", "٢", "٢."])
def test_a_number_after_a_numbered_menu_is_a_tap_on_its_row(tell, number):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    assert story.hears() == ["Which one?\n\n1. Villa - 5 million\n2. Flat\n3. Studio"]

    story.says(number, channel="twilio")

    assert story.hears() == ["choice Flat f"]
    assert [said.text for said in story.session().context.message_history[-2:]] == [
        "Flat",
        "choice Flat f",
    ]


def test_it_equals_the_tap_of_meta(tell):
    heard = []
    for channel, answer in (
        ("meta", {"kind": "choice", "row": {"id": "f", "title": "Flat"}}),
        ("twilio", None),
    ):
        story = tell(offering(FEW))
        story.says("hello", channel=channel)
        story.hears()
        story.says("" if answer else "2", channel=channel, **(answer or {}))
        heard += story.hears()

    assert heard == ["choice Flat f"] * 2


def test_a_menu_too_long_for_meta_is_numbered_there_too(tell):
    story = tell(offering(MANY))
    story.says("hello")
    assert "12. Row 12" in story.hears()[0]

    story.says("12")

    assert story.hears() == ["choice Row 12 r12"]


def test_a_number_does_not_select_a_tappable_row(tell):
    story = tell(offering(FEW))
    story.says("hello")
    story.hears()

    story.says("2")

    assert story.hears() == ["text 2 None"]


def test_the_second_menu_of_a_turn_continues_the_numbers(tell):
    def assistant(turn: Turn) -> str | None:
        if turn.text != "hello":
            return told(turn)
        turn.reply("Buy or rent?", buttons=[Button(id="sale", title="Buy"), Button(id="rent", title="Rent")])
        turn.reply("Which one?", menu=Menu(button="Show", rows=FEW))
        return "Answer with the numbers."

    story = tell(assistant)
    story.says("hello", channel="twilio")
    assert story.hears() == [
        "Buy or rent?\n\n1. Buy\n2. Rent",
        "Which one?\n\n3. Villa - 5 million\n4. Flat\n5. Studio",
        "Answer with the numbers.",
    ]

    story.posts("2", channel="twilio")
    story.posts("5", channel="twilio")
    story.work()

    assert story.hears() == ["button Rent rent, choice Studio s"]


def test_after_another_reply_a_number_is_plain_text(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    story.says("2", channel="twilio")
    story.says("2", channel="twilio")

    assert story.hears()[1:] == ["choice Flat f", "text 2 None"]


def test_after_an_agents_answer_a_number_is_plain_text(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    mona = story.agent("mona")
    mona.answers("How many rooms?")
    mona.hands_back()
    story.says("2", channel="twilio")

    assert story.hears()[-1] == "text 2 None"


def test_a_number_does_not_select_from_a_cancelled_menu(tell):
    story = tell(offering(FEW))
    story.posts("hello", channel="twilio")
    story.takes_the_turn_only()
    mona = story.agent("mona")
    mona.takes_over()
    mona.hands_back()
    story.says("2", channel="twilio")
    story.waits(minutes=1)

    assert story.hears() == ["text 2 None"]


def test_a_number_written_before_the_menu_does_not_select_from_it(tell):
    story = None

    def assistant(turn: Turn) -> str | None:
        if turn.text == "hello":
            turn.reply("Which one?", menu=Menu(button="Show", rows=FEW))
        elif turn.text == "Flat":
            # Meanwhile the customer selects a second row of the first menu.
            story.posts("3", channel="twilio")
            story.clock.move(seconds=4)
            turn.reply("What of it?", menu=Menu(button="Show", rows=MANY))
        else:
            return told(turn)
        return None

    story = tell(assistant)
    story.says("hello", channel="twilio")
    story.says("2", channel="twilio")
    assert story.hears()[-1] == "text 3 None"

    story.says("hello", channel="twilio")
    story.clock.move(seconds=2)
    story.says("3", channel="twilio")
    assert story.hears()[-1] == "choice Studio s"


def test_a_menu_ends_with_its_session(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    story.hears()
    story.manager.close(story.session().customer_id)

    story.says("2", channel="twilio")

    assert story.hears() == ["text 2 None"]


def test_a_selection_survives_the_death_of_a_worker(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    story.hears()
    story.posts("3", channel="twilio")
    story.wakeups.waiting.clear()

    story.waits(minutes=1)

    assert story.hears() == ["choice Studio s"]


TEMPLATES = f"buttons-2=HX{'0' * 32},list-3=HX{'1' * 32}"


def test_with_a_template_a_button_on_twilio_is_tapped(tell):
    buttons = (Button(id="y", title="Yes"), Button(id="n", title="No"))

    def assistant(turn: Turn) -> str | None:
        if turn.text != "hello":
            return told(turn)
        turn.reply("Sure?", buttons=buttons)
        return None

    story = tell(assistant, twilio_content_sids=TEMPLATES)
    story.says("hello", channel="twilio")
    (heard,) = story.receives()
    assert (heard["text"], [button["title"] for button in heard["buttons"]]) == ("Sure?", ["Yes", "No"])

    story.says("", channel="twilio", kind="button", button=heard["buttons"][1])
    assert story.hears() == ["button No n"]


def test_with_a_template_a_list_on_twilio_is_tapped_and_its_numbers_mean_nothing(tell):
    rows = tuple(row.model_copy(update={"description": "sea view"}) for row in FEW)
    story = tell(offering(rows), twilio_content_sids=TEMPLATES)
    story.says("hello", channel="twilio")
    (heard,) = story.receives()
    assert (heard["opens"], heard["rows"][1]["id"]) == ("Show", "f")

    story.says("", channel="twilio", kind="choice", row=heard["rows"][1])
    story.says("2", channel="twilio")

    assert story.hears() == ["choice Flat f", "text 2 None"]


def test_what_does_not_fit_a_template_is_numbered(tell):
    story = tell(offering(FEW), twilio_content_sids=TEMPLATES)  # two rows have no description
    story.says("hello", channel="twilio")
    assert "2. Flat" in story.hears()[0]

    story.says("2", channel="twilio")

    assert story.hears() == ["choice Flat f"]
