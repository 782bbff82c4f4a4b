"""The phone in the terminal: what a typed line sends, and how replies are shown."""

import pytest

from tests.worker.cli.chat.simulators import FakeSimulator, phone_of
from worker.cli.chat.phone import Mistake, read_line, shown


@pytest.mark.parametrize("line", ["/nonsense", "/3", "/0", "/location here", "/wait long", "/imagecaption"])
def test_a_line_that_means_nothing_says_so(line):
    with pytest.raises(Mistake):
        read_line(line, [{"kind": "button"}, {"kind": "button"}])


def test_what_is_neither_text_nor_interactive_is_named():
    assert shown({"type": "image", "text": "plan"}) == "bot: (image) plan"
    assert shown({"type": "contacts"}) == "bot: (contacts)"


def test_what_was_said_before_is_not_shown_again():
    simulator = FakeSimulator()
    simulator.tell("yesterday")
    phone = phone_of(simulator)

    phone.open()
    simulator.tell("today")

    assert [reply["text"] for reply in phone.listen(0)] == ["today"]


def test_a_simulator_that_started_again_is_heard_again():
    simulator = FakeSimulator(clock=None)
    phone = phone_of(simulator, after=7)

    assert phone.listen(0) == []
    simulator.tell("new times")

    assert [reply["text"] for reply in phone.listen(0)] == ["new times"]
