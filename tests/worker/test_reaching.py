"""The way to a customer who has not written yet."""

import pytest

from session.messages import Route
from worker.reaching import reach
from worker.senders import Sender, Senders

META, TWILIO, BOT = "meta:106540352242922", "twilio:+14155238886", "telegram:100"
CUSTOMER, WRITER = "+201001234567", "telegram:77"


def answers(turn):
    return None


def senders(own=(META,), **scopes):
    """Senders of the settings, and those of the file: name -> scope."""
    named = {
        name: Sender(assistant=answers, scope=scope, agent_id=scope or "file")
        for name, scope in scopes.get("named", {}).items()
    }
    return Senders(usual=Sender(assistant=answers), named=named, own=frozenset(own))


def test_the_only_sender_is_taken_and_each_provider_has_its_own_address():
    assert reach(senders(), CUSTOMER, "", "").route == Route(
        channel="meta", sender="106540352242922", address="201001234567"
    )
    assert reach(senders([TWILIO]), CUSTOMER, "", "").route.address == "whatsapp:+201001234567"
    assert reach(senders([META, BOT]), WRITER, "", "").route == Route(
        channel="telegram", sender="100", address="77"
    )
    assert reach(senders(), "US.77ab", "", "").route.address == "US.77ab"


def test_one_of_several_must_be_named():
    both = senders([META, TWILIO])

    assert reach(both, CUSTOMER, "", "") is None
    assert reach(both, CUSTOMER, "", TWILIO).route.channel == "twilio"


@pytest.mark.parametrize(
    ("customer", "scope", "sender"),
    [
        (CUSTOMER, "", "meta:1"),
        (CUSTOMER, "", BOT),
        (CUSTOMER, "estate", META),
        (CUSTOMER, "", "nothing"),
        (WRITER, "", META),
    ],
)
def test_no_other_sender_is_used(customer, scope, sender):
    assert reach(senders([META, BOT]), customer, scope, sender) is None


def test_a_scope_has_its_own_senders_and_no_other():
    several = senders([META, TWILIO], named={META: "estate", TWILIO: "clinic", "meta:2": "estate"})

    assert reach(several, CUSTOMER, "clinic", "").route.sender == "+14155238886"
    assert reach(several, CUSTOMER, "clinic", "").agent_id == "clinic"
    assert reach(several, CUSTOMER, "estate", "") is None
    assert reach(several, CUSTOMER, "estate", "meta:2").route.sender == "2"
    assert reach(several, CUSTOMER, "clinic", META) is None
    assert reach(several, CUSTOMER, "", "") is None


def test_a_channel_that_cannot_send_reaches_nobody():
    assert reach(senders([TWILIO], named={META: "estate"}), CUSTOMER, "estate", "") is None
