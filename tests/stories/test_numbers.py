"""Where nothing can be tapped the customer answers with a number, and the assistant is given the tap."""

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
    """An assistant that shows a menu when it is greeted, and tells what it is given after that."""

    def assistant(turn: Turn) -> str | None:
        if turn.text != "hello":
            return told(turn)
        turn.reply("Which one?", menu=Menu(button="Show", rows=rows))
        return then

    return assistant


@pytest.mark.parametrize("number", ["2", "2.", "٢", "٢."])
def test_a_number_after_a_numbered_menu_is_the_tap_on_its_row(tell, number):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    assert story.hears() == ["Which one?\n\n1. Villa - 5 million\n2. Flat\n3. Studio"]

    story.says(number, channel="twilio")

    assert story.hears() == ["choice Flat f"]
    assert [said.content for said in story.session().context.message_history[-2:]] == [
        "Flat",
        "choice Flat f",
    ]


def test_it_is_the_very_tap_that_meta_would_bring(tell):
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


def test_a_menu_that_is_too_long_for_meta_is_numbered_there_too(tell):
    story = tell(offering(MANY))
    story.says("hello")
    assert "12. Row 12" in story.hears()[0]

    story.says("12")

    assert story.hears() == ["choice Row 12 r12"]


def test_what_can_be_tapped_is_not_chosen_by_a_number(tell):
    story = tell(offering(FEW))
    story.says("hello")
    story.hears()

    story.says("2")

    assert story.hears() == ["text 2 None"]


def test_two_menus_of_a_turn_count_on(tell):
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


def test_once_something_else_was_said_a_number_is_a_number(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    story.says("2", channel="twilio")
    story.says("2", channel="twilio")

    assert story.hears()[1:] == ["choice Flat f", "text 2 None"]


def test_an_agent_has_the_last_word_too(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    mona = story.agent("mona")
    mona.answers("How many rooms?")
    mona.hands_back()
    story.says("2", channel="twilio")

    assert story.hears()[-1] == "text 2 None"


def test_a_menu_that_a_takeover_has_cancelled_was_never_seen(tell):
    story = tell(offering(FEW))
    story.posts("hello", channel="twilio")
    story.takes_the_turn_only()
    mona = story.agent("mona")
    mona.takes_over()
    mona.hands_back()
    story.says("2", channel="twilio")
    story.waits(minutes=1)

    assert story.hears() == ["text 2 None"]


def test_what_was_written_before_a_menu_came_does_not_choose_from_it(tell):
    story = None

    def assistant(turn: Turn) -> str | None:
        if turn.text == "hello":
            turn.reply("Which one?", menu=Menu(button="Show", rows=FEW))
        elif turn.text == "Flat":
            # While this one is thought about, the customer chooses a second row of the first menu.
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


def test_no_menu_outlives_its_session(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    story.hears()
    story.manager.close(story.session().customer_id)

    story.says("2", channel="twilio")

    assert story.hears() == ["text 2 None"]


def test_it_survives_the_death_of_a_worker(tell):
    story = tell(offering(FEW))
    story.says("hello", channel="twilio")
    story.hears()
    story.posts("3", channel="twilio")
    story.wakeups.waiting.clear()

    story.waits(minutes=1)

    assert story.hears() == ["choice Studio s"]
