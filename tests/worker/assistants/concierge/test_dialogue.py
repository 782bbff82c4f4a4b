"""The kept state of the dialogue."""

from session.facts import KnownFacts
from worker.assistants.concierge.dialogue import Dialogue


def test_a_state_that_cannot_be_read_is_replaced():
    assert Dialogue.of(KnownFacts.model_validate({"dialogue": {"ids": 7}}), "members").ids == ()
    assert Dialogue.of(KnownFacts.model_validate({"dialogue": "?"}), "members").ids == ()
