"""The kept state of the dialogue."""

from session.models import ExtractedInfo
from worker.assistants.concierge.dialogue import Dialogue


def test_a_state_that_cannot_be_read_is_replaced():
    assert Dialogue.of(ExtractedInfo.model_validate({"dialogue": {"ids": 7}}), "members").ids == ()
    assert Dialogue.of(ExtractedInfo.model_validate({"dialogue": "?"}), "members").ids == ()
