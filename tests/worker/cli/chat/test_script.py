"""A script: lines that a customer writes one after the other."""

import pytest

from tests.worker.cli.chat.simulators import BUTTONS, FakeSimulator, phone_of
from worker.cli.chat.script import ChatScript

ROWS = [{"id": "r1", "title": "Zamalek", "description": "two rooms"}, {"id": "r2", "title": "Maadi"}]


@pytest.fixture
def play(clock):
    """Runs a script; returns its transcript and whether all was answered."""

    def run_lines(simulator, *lines, **fields):
        simulator._clock = clock
        transcript = []
        script = ChatScript(
            phone=phone_of(simulator, **fields), clock=clock, timeout=15, quiet=0.4, echo=transcript.append
        )
        answered = script.run(f"{line}\n" for line in lines)
        return "\n".join(transcript).split("\n"), answered

    return run_lines


def test_a_script_prints_what_both_sides_say(play):
    simulator = FakeSimulator(["Hello!", "How can I help?"], ["أهلا\nوسهلا"])

    transcript, answered = play(simulator, "# a greeting", "hi", "", "مرحبا")

    assert answered
    assert transcript == [
        "you: hi",
        "bot: Hello!",
        "bot: How can I help?",
        "you: مرحبا",
        "bot: أهلا",
        "     وسهلا",
    ]
    assert simulator.said == [{"channel": "meta", "text": "hi"}, {"channel": "meta", "text": "مرحبا"}]
    assert simulator.paths == {"/simulator/customers/+201001234567/messages"}


def test_buttons_and_rows_are_numbered_and_tapped(play):
    simulator = FakeSimulator(
        [{"type": "interactive", "text": "Sure?", "buttons": BUTTONS}],
        ["Then choose.", {"type": "interactive", "text": "Where?", "rows": ROWS}],
        ["Done."],
    )

    transcript, _ = play(simulator, "hi", "/2", "/1", channel="twilio")

    assert transcript == [
        "you: hi",
        "bot: Sure?",
        "     /1 Yes",
        "     /2 No",
        "you: [No]",
        "bot: Then choose.",
        "bot: Where?",
        "     /1 Zamalek - two rooms",
        "     /2 Maadi",
        "you: [Zamalek]",
        "bot: Done.",
    ]
    assert simulator.said[1:] == [
        {"channel": "twilio", "kind": "button", "button": BUTTONS[1], "replyTo": "wamid.1"},
        {"channel": "twilio", "kind": "choice", "row": ROWS[0], "replyTo": "wamid.3"},
    ]


def test_a_script_sends_images_documents_voice_notes_locations_and_forms(play):
    simulator = FakeSimulator(*[["seen"]] * 6)

    lines = (
        "/image my flat",
        "/image",
        "/voice",
        "/location 30.06 31.22",
        "/document plan",
        "/form a=b, c=d",
    )
    transcript, _ = play(simulator, *lines)

    assert transcript[::2] == [
        "you: (image) my flat",
        "you: (image)",
        "you: (voice)",
        "you: (location) 30.06 31.22",
        "you: (document) plan",
        "you: (form) a: b, c: d",
    ]
    assert simulator.said[3] == {
        "channel": "meta",
        "kind": "location",
        "location": {"latitude": 30.06, "longitude": 31.22},
    }


def test_a_line_without_an_answer_is_reported_and_the_script_continues(play, clock):
    began = clock.now()

    transcript, answered = play(FakeSimulator([], ["Here I am."]), "hi", "anybody?")

    assert not answered
    assert transcript == ["you: hi", "(no answer within 15 s)", "you: anybody?", "bot: Here I am."]
    assert (clock.now() - began).total_seconds() == pytest.approx(15.4)


def test_wait_collects_unrequested_replies(play, clock):
    simulator = FakeSimulator()
    simulator.tell("Still there?", "Goodbye.")
    began = clock.now()

    transcript, answered = play(simulator, "/wait 2")

    assert answered
    assert transcript == ["bot: Still there?", "bot: Goodbye."]
    assert (clock.now() - began).total_seconds() == 2


def test_a_refusal_of_the_webhook_is_not_an_answer(play):
    simulator = FakeSimulator(["never shown"])
    simulator.status = 401

    transcript, answered = play(simulator, "hi")

    assert not answered
    assert transcript == ["you: hi", "(the webhook answered 401)"]
