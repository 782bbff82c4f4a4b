"""Another app of the business answers on the same number: the assistant hears what is said and keeps silent."""

import pytest

from session.models import Role, State
from session.records import to_ms
from tests.stories.telling import ALIA, METADATA, text_from


def standby(*messages, echoes=(), nested=False):
    value = {"messages": list(messages), "message_echoes": list(echoes)}
    return {"field": "standby", "value": {"metadata": METADATA} | ({"standby": value} if nested else value)}


def handover(story, kind, customer=ALIA):
    at = str(to_ms(story.clock.now()) // 1000)
    sender, roles = (
        {"phone_number": customer},
        {"previous_owner_role": "ai_agent", "new_owner_role": "escalation"},
    )
    value = {"messaging_product": "whatsapp", "type": kind, "timestamp": at, "sender": sender, kind: roles}
    return {"field": "messaging_handovers", "value": value | {"recipient": METADATA}}


def written_by_the_app(text, id_="wamid.APP", customer=ALIA):
    return text_from("15550001111", text, id_) | {"to": customer.removeprefix("+")}


def tell_of(story, change):
    assert story.posts_change(change) == 200
    story.work()


def said(story):
    return [(entry.role, entry.text) for entry in story.session().context.message_history]


@pytest.mark.parametrize("nested", [False, True])
def test_what_the_app_and_the_customer_say_to_each_other_is_known_later(tell, nested):
    heard = []

    def assistant(turn):
        heard.append([(entry.role, entry.text) for entry in turn.history])
        return "I know."

    story = tell(assistant)

    # Given a conversation that the other app has from the beginning
    tell_of(story, standby(text_from(ALIA, "a flat in Maadi", "wamid.1"), nested=nested))
    tell_of(story, standby(echoes=[written_by_the_app("For how much?")], nested=nested))

    # Then nobody else answers, and nobody waits for a person
    assert story.hears() == []
    assert (story.session().state, story.session().held_by) == (State.WAITING_AGENT, "app")
    assert story.session().waiting_since is None
    story.waits(minutes=20)
    assert story.hears() == []

    # When the app passes the conversation on
    tell_of(story, handover(story, "control_passed"))
    story.says("for 3 million")

    # Then the assistant answers, and knows what was said
    assert story.hears() == ["I know."]
    assert heard == [
        [(Role.USER, "a flat in Maadi"), (Role.AGENT, "For how much?"), (Role.USER, "for 3 million")]
    ]
    assert story.dead_letters() == []


def test_a_late_reply_does_not_take_the_conversation_from_the_app(tell):
    story = tell()
    story.posts("hello")
    story.takes_the_turn_only()

    # When another app takes the conversation while a reply waits
    tell_of(story, handover(story, "control_taken"))
    story.waits(seconds=30)

    # Then the reply is not sent, and the next messages are not answered
    story.says("are you there?")
    tell_of(story, handover(story, "control_taken"))
    assert "hello" not in story.hears()
    assert next(event["action"] for event in story.events() if "action" in event) == "control_taken"
    assert any("cancelled" in event for event in story.events())


def test_a_message_that_comes_the_usual_way_ends_what_no_handover_ended(tell):
    story = tell()
    tell_of(story, standby(text_from(ALIA, "hello", "wamid.1")))

    # A release of the thread is not reported: who is given the next message has the conversation.
    story.says("hello again")

    assert len(story.hears()) == 1
    assert (story.session().state, story.session().held_by) == (State.ACTIVE, None)


def test_an_agent_keeps_what_an_agent_has(tell):
    story = tell()
    story.says("hello")
    story.agent("mona").takes_over()
    story.hears()

    tell_of(story, standby(text_from(ALIA, "hello?", "wamid.2"), echoes=[written_by_the_app("Hi")]))
    tell_of(story, handover(story, "control_passed"))

    assert (story.session().state, story.session().held_by) == (State.WAITING_AGENT, "mona")


def test_what_the_app_says_in_a_group_or_of_nobody_changes_nothing(tell):
    story = tell()
    story.says("hello")
    story.hears()

    tell_of(story, standby(text_from(ALIA, "hi all", "wamid.G") | {"group_id": "g"}))
    tell_of(story, handover(story, "control_renewed"))

    assert story.session().state is State.ACTIVE
    assert story.dead_letters() == []


def test_a_repeated_handover_happens_once(tell):
    story = tell()
    story.says("hello")
    taken, passed = handover(story, "control_taken"), handover(story, "control_passed")

    for change in (taken, passed, taken):
        tell_of(story, change)

    assert story.session().state is State.ACTIVE
