"""An assistant knows what of its words the customer has, and what a person or nobody said."""

from session.messages import DeliveryState
from tests.stories.telling import ALIA


def remembering(seen):
    def assistant(turn):
        seen.append([(entry.text, entry.state, entry.agent) for entry in turn.history])
        return f"answer {len(seen)}"

    return assistant


def test_what_an_agent_cancelled_was_not_said(tell):
    seen = []
    story = tell(remembering(seen))

    # Given a reply that the customer read, and one that an agent kept from leaving
    story.says("one")
    story.tells_status(story.receives()[-1], "read")
    story.posts("two")
    story.takes_the_turn_only()
    mona = story.agent("mona")
    mona.takes_over()
    mona.answers("I will help you.")
    story.waits(seconds=12)
    assert story.hears() == ["I will help you."]

    story.says("three")

    assert seen[-1] == [
        ("one", None, None),
        ("answer 1", DeliveryState.READ, None),
        ("two", None, None),
        ("answer 2", DeliveryState.CANCELLED, None),
        ("I will help you.", DeliveryState.SENT, "mona"),
        ("three", None, None),
    ]


def test_what_waits_failed_or_is_in_doubt_says_so(tell):
    seen = []
    story = tell(remembering(seen))
    fault = {"channel": "meta", "mode": "reject", "count": 1}
    story.phone.post("/simulator/faults", json=fault)
    story.says("one")
    story.phone.post("/simulator/faults", json=fault | {"mode": "drop", "count": 1})
    story.says("two")

    story.says("three")

    states = {text: state for text, state, _ in seen[-1]}
    assert (states["answer 1"], states["answer 2"]) == (DeliveryState.FAILED, DeliveryState.IN_DOUBT)


def test_a_conversation_that_pauses_shows_what_still_waits(tell):
    seen = []
    story = tell(remembering(seen))
    story.phone.post("/simulator/faults", json={"channel": "meta", "mode": "throttle", "count": 5})

    story.says("one", ALIA)
    story.says("two", ALIA)

    assert [state for text, state, _ in seen[-1] if text == "answer 1"] == [DeliveryState.QUEUED]
