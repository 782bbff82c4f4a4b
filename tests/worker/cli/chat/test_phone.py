"""The phone in the terminal: what a typed line sends, and how replies are shown."""

import pytest

from tests.worker.cli.chat.simulators import FakeSimulator, phone_of
from worker.cli.chat.phone import Mistake, read_line, shown


@pytest.mark.parametrize(
    "line", ["/nonsense", "/3", "/0", "/location here", "/wait long", "/imagecaption", "/form", "/form area"]
)
def test_an_unknown_command_is_reported(line):
    with pytest.raises(Mistake):
        read_line(line, [{"kind": "button"}, {"kind": "button"}])


def test_other_kinds_of_reply_are_shown_with_their_kind():
    assert shown({"type": "image", "text": "plan"}) == "bot: (image) plan"
    assert shown({"type": "contacts"}) == "bot: (contacts)"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            {"type": "document", "text": "sign", "media": {"filename": "lease.pdf", "size": 5}},
            "bot: (document) sign\n     [lease.pdf]",
        ),
        (
            {"type": "image", "media": {"link": "https://villas.example/7.jpg"}},
            "bot: (image)\n     [https://villas.example/7.jpg]",
        ),
        (
            {"type": "location", "location": {"latitude": 30.06, "longitude": 31.22, "name": "Villa 7"}},
            "bot: (location)\n     Villa 7, 30.06 31.22",
        ),
        (
            {
                "type": "contacts",
                "contacts": [{"name": {"formatted_name": "Mona"}, "phones": [{"phone": "+20 100"}]}],
            },
            "bot: (contacts)\n     Mona, +20 100",
        ),
        (
            {"type": "interactive", "text": "See", "link": {"id": "https://a.example", "title": "Open"}},
            "bot: See\n     [Open] https://a.example",
        ),
        (
            {"type": "interactive", "text": "Come", "opens": "Choose a time", "rows": []},
            "bot: Come\n     [Choose a time] opens a form: /form name=value, name=value",
        ),
        (
            {"type": "interactive", "text": "Where?", "asksLocation": True},
            "bot: Where?\n     [Send location]: /location LAT LON",
        ),
    ],
)
def test_what_a_reply_has_besides_a_text_is_shown(reply, expected):
    assert shown(reply) == expected


def test_a_form_is_written_as_names_and_values():
    assert read_line("/form area=New Cairo, rooms=3", []) == {
        "kind": "form",
        "details": {"area": "New Cairo", "rooms": "3"},
    }


def test_a_message_template_is_shown_as_the_customer_reads_it():
    reply = {
        "type": "template",
        "template": "viewing_reminder",
        "header": "Your viewing",
        "text": "We meet at ten.",
        "footer": "Reply STOP to end this",
        "buttons": [{"id": "yes", "title": "I come"}],
    }

    assert shown(reply).split("\n") == [
        "bot: Your viewing",
        "     (template) We meet at ten.",
        "     Reply STOP to end this",
        "     /1 I come",
    ]


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
