"""Which deliveries are not sent after a takeover."""

from hypothesis import given
from hypothesis import strategies as st

from session import Reply
from session.messages import Delivery
from session.outgoing import Silence
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
