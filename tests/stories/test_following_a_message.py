"""From the webhook to the provider: one message, followed through the log by its id."""

import re

import pytest

from session.printable import mask
from tests.stories.telling import ALIA


def field(line, name):
    """What a line has under a name."""
    found = re.search(rf"'{name}': '?([^',}}]+)", line)
    return found[1] if found else None


@pytest.mark.parametrize("channel", ["meta", "twilio"])
def test_a_message_can_be_followed_by_its_id_to_what_the_provider_made_of_the_answer(tell, log, channel):
    story = tell()
    story.says("before", channel=channel)
    begin = len(log)
    story.says("my secret", channel=channel)
    lines = log[begin:]
    (answer,) = [entry["sent"] for entry in story.events()[-1:]]
    (id_,) = [entry["received"] for entry in story.events()[-2:-1]]
    # The log has Meta's ids under a short name, since they hold the customer's number.
    id_, answer = mask(id_.strip('[]"')), mask(answer)

    # The intake says which message came, and in which body of the webhook
    (received,) = [line for line in lines if "in the mailbox" in line and id_ in line]
    assert received.startswith("INFO")
    (stored,) = [line for line in lines if line.startswith("DEBUG stored")]
    assert field(stored, "at") == field(received, "at")
    # then which turn answered it
    (answered,) = [line for line in lines if "answered with" in line and id_ in line]
    assert answered.startswith("INFO")
    # then as what the provider took the answer.
    turn = field(answered, "turn")
    (sent,) = [line for line in lines if "sent as" in line]
    assert sent.startswith("INFO")
    assert field(sent, "delivery") == f"{turn}.0"
    assert answer in sent
    # All three name the conversation, and none of them the customer or the text.
    assert {field(line, "conversation") for line in (received, answered, sent)} == {"whatsapp:…567"}
    assert not [line for line in log if ALIA[1:] in line or "secret" in line]
