"""What is found one by one is handed over in order, whatever happens while it is read."""

import pytest

from tests.worker.channels.meta.bodies import contact, message, messages, parsed, text
from worker.channels.gathering import Ignored, attempt, gather
from worker.channels.outcomes import Broken
from worker.channels.reading import dump


def test_a_surprise_in_reading_is_broken_and_quotes_no_message():
    def surprise():
        raise KeyError("what the customer wrote")

    assert attempt(surprise, raw=lambda: "raw") == Broken(why="unexpected KeyError", raw="raw")


def test_what_is_ignored_is_counted_under_a_name_of_bounded_length():
    found = gather([Ignored(name="x" * 500), Ignored(name="x" * 400), Ignored(name="y")])

    assert found.ignored == {"x" * 64: 2, "y": 1}


@pytest.mark.slow
def test_what_cannot_be_written_again_is_kept_as_the_whole_body():
    pit = []
    for _ in range(100_000):
        pit = [pit]

    assert dump(pit, otherwise=b"the body") == "the body"
    assert dump({"a": "\ud800"}, otherwise=b"the body") == '{"a": "\\ud800"}'


def test_a_contact_that_cannot_be_read_costs_its_name_only():
    pit = []
    for _ in range(100):
        pit = [pit]

    (found,) = parsed(messages(text(), contacts=[contact(strange=pit)])).messages

    assert found.name is None


@pytest.mark.parametrize(
    "members",
    [
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍" * 5000}},
        {"type": "system", "system": {"type": "x" * 50_000, "body": "changed"}},
    ],
    ids=lambda one: one["type"],
)
def test_what_says_next_to_nothing_is_never_long(members):
    (found,) = parsed(messages(message(**members))).messages

    assert found.cut
    assert len(found.content.model_dump_json()) < 1000
