"""A script that is called once more with the same values, because its answer was lost, changes nothing more.

A connection may break when a script has been carried out and before its answer comes; then the call is made again on a new one.
"""

from collections import defaultdict
from typing import Any

import pytest

from session.policy import Policy
from session.store.calls import Call
from tests.clocks import ManualClock
from tests.session.every_script import play_every_script
from tests.stores import RecordingRunner, everything

pytestmark = pytest.mark.slow

#: What a repeated call changes. Who takes something is given a new fence under its own lease.
GRANTED = {"fence", "lease"}
#: What expires within milliseconds.
BRIEF = {"pace"}
AGAIN = {
    "store_body": {"intake"},  # the messages of the second one are known
    "receive": {"tally"},  # which counts them
    "count_use": {"rate"},
    "note_doubt": {"doubts"},
    "note_sign_in": {"events", "guesses"},
}


class Twice(RecordingRunner):
    """Makes each call of a script twice, and notes what the second one has changed."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.changed: dict[str, set[str]] = defaultdict(set)

    def _ask(self, calls: list[Call[Any]]) -> list[Any]:
        return [self._twice(call) if call.text else super(Twice, self)._ask([call])[0] for call in calls]

    def _twice(self, call: Call[Any]) -> Any:
        (answer,) = super()._ask([call])
        if isinstance(answer, Exception):
            return answer
        before = everything(self.client)
        (second,) = super()._ask([call])
        after = everything(self.client)
        self.changed[call.name] |= {
            key.partition(":")[0]
            for key in before.keys() | after.keys()
            if before.get(key, (None,))[0] != after.get(key, (None,))[0]
        }
        return second if call.name.startswith("take_") else answer


def test_a_script_that_is_called_once_more_changes_nothing_more(valkey):
    run = Twice(valkey)

    play_every_script(valkey, ManualClock(), policy=Policy(), run=run)

    left = {
        name: keys - BRIEF - (GRANTED if name.startswith("take_") else AGAIN.get(name, set()))
        for name, keys in run.changed.items()
    }
    assert {name: keys for name, keys in left.items() if keys} == {}
    valkey.flushall()
