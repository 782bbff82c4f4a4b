"""An unreadable record that cannot be moved, although nobody else may touch it: its work is taken again later, not at once for ever."""

import pytest

from session.keys import Keys
from session.leases import Held
from session.limits import TURN_LIMITS
from session.policy import Policy
from session.store import OutboxStore, Scripts, TurnStore
from tests.values import CONVERSATION, message, turn_result

NOTHING_SAID = ["", []]
#: A turn or an outbox as its script tells it, with one entry that nobody can read.
OF_TURN = [0, NOTHING_SAID, "", [], [], *[0, 0] * len(TURN_LIMITS), 0, "{"]
TURN = ["taken", 7, 1000, 1, 0, "", 0, *OF_TURN]
NEXT_TURN = ["committed", 0, 1, 8, 1000, *OF_TURN]
OUTBOX = ["taken", 7, 1000, 1, 0, 0, "", 0, "", "", "", 0, "{"]


def store(of):
    return of(Scripts.load(), Keys(), Policy())


def ends(program, answers):
    """Answer the calls of a program, each by the name of its script; return its result."""
    call = next(program)
    for name, answer in answers:
        assert call.name == name
        try:
            call = program.send(answer)
        except StopIteration as ended:
            return ended.value
    pytest.fail(f"it goes on with {call.name}")


def test_a_turn_is_given_back():
    turn = store(TurnStore).take(CONVERSATION, holder="w1")
    answers = [("take_turn", TURN), ("set_aside", ["aside", 0]), ("leave_to_newer", ["left", 3000])]

    assert ends(turn, answers) == Held(until=3000)


def test_the_turn_that_follows_a_commit_is_given_back():
    turns = store(TurnStore)
    lease = ends(turns.take(CONVERSATION, holder="w1"), [("take_turn", readable(TURN))]).lease
    answers = [("commit_turn", NEXT_TURN), ("set_aside", ["aside", 0]), ("leave_to_newer", ["left", 3000])]

    committed = ends(turns.commit(CONVERSATION, lease, turn_result()), answers)

    assert (committed.left, committed.next_turn) == (0, None)


def test_an_outbox_is_given_back():
    outbox = store(OutboxStore).take(CONVERSATION, holder="w1")
    answers = [("take_outbox", OUTBOX), ("set_aside", ["aside", 0]), ("leave_to_newer", ["left", 3000])]

    assert ends(outbox, answers) == Held(until=3000)


@pytest.mark.parametrize(
    ("of", "script", "answer"), [(TurnStore, "take_turn", TURN), (OutboxStore, "take_outbox", OUTBOX)]
)
def test_when_it_was_moved_the_work_is_taken_again_at_once(of, script, answer):
    program = store(of).take(CONVERSATION, holder="w1")
    answers = [(script, answer), ("set_aside", ["aside", 1]), (script, ["empty"])]

    assert type(ends(program, answers)).__name__.endswith("Empty")


def readable(answer):
    return [*answer[:-1], message().to_json()]
