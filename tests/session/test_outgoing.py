"""Which deliveries are not sent after a takeover, and after the wish for no marketing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Reply
from session.messages import Delivery
from session.outgoing import Silence
from session.templates import Template
from tests.values import ROUTE


@given(fence=st.integers(0, 20), by_agent=st.booleans(), since=st.sampled_from(["", "all", "1", "7", "10"]))
def test_a_silence_covers_what_the_assistant_said_in_earlier_turns(fence, by_agent, since):
    one = Delivery(
        id="d",
        conversation="c",
        route=ROUTE,
        reply=Reply(text="x"),
        queued_at=0,
        fence=fence,
        by_agent=by_agent,
    )
    earlier = since == "all" or (since != "" and fence < int(since))

    assert Silence(since).covers(one) is (earlier and not by_agent)


@pytest.mark.parametrize(
    ("id_", "template", "spared"),
    [
        ("campaign:spring:1.0", {"category": "MARKETING"}, True),
        ("api-0123.0", {"category": "MARKETING"}, True),
        ("api-0123.0", {"category": "UTILITY"}, False),
        ("api-0123.0", {}, False),
        ("campaign:spring:1.0", {}, True),
        ("campaign:spring:1.0", {"category": "UTILITY"}, False),
        # It takes the place of a free-form reply.
        ("api-0123.0", {"category": "MARKETING", "in_place": True}, False),
        # The answer of an agent, or of the assistant.
        ("0123456789.0", {"category": "MARKETING"}, False),
    ],
)
def test_the_wish_for_no_marketing_spares_what_the_business_begins(id_, template, spared):
    reply = Reply(template=Template(name="offer", language="en", **template))
    one = Delivery(id=id_, conversation="c", route=ROUTE, reply=reply, queued_at=0)

    assert Silence(no_marketing=True).spares(one) is spared
    assert not Silence().spares(one)
