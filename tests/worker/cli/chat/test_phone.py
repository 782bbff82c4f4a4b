"""The phone in the terminal: what a typed line sends, and how replies are shown."""

import pytest

from tests.worker.cli.chat.simulators import FakeSimulator, phone_of
from worker.cli.chat.phone import Mistake, read_line, shown


@pytest.mark.parametrize("line", ["/nonsense", "/3", "/0", "/location here", "/wait long", "/imagecaption"])
def test_an_unknown_command_is_reported(line):
    with pytest.raises(Mistake):
        read_line(line, [{"kind": "button"}, {"kind": "button"}])


def test_other_kinds_of_reply_are_shown_with_their_kind():
    assert shown({"type": "image", "text": "plan"}) == "bot: (image) plan"
    assert shown({"type": "contacts"}) == "bot: (contacts)"


def test_earlier_replies_are_not_shown():
    simulator = FakeSimulator()
    simulator.tell("yesterday")
    phone = phone_of(simulator)

    phone.open()
    simulator.tell("today")

    assert [reply["text"] for reply in phone.listen(0)] == ["today"]


def test_replies_of_a_restarted_simulator_are_shown():
    simulator = FakeSimulator(clock=None)
    phone = phone_of(simulator, after=7)

    assert phone.listen(0) == []
    simulator.tell("new times")

    assert [reply["text"] for reply in phone.listen(0)] == ["new times"]
