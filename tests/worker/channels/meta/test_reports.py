"""What Meta reports about conversations besides messages."""

import pytest

from session.agent_actions import APP, PHONE, AgentActionType
from session.history import Role
from session.marketing import Marketing
from tests.worker.channels.meta.bodies import RECEIVED_AT, SENT_AT, change, envelope, message, parsed, text

CUSTOMER, NUMBER = "+201001234567", "15550001111"


def actions(*changes):
    found = parsed(envelope(*changes))
    assert not found.broken
    return [echo.action for echo in found.echoes]


def handover(**value):
    sender = {"phone_number": CUSTOMER}
    return change("messaging_handovers", **({"sender": sender, "timestamp": "1800000000"} | value))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"type": "control_taken", "control_taken": {"previous_owner_role": "ai_agent"}}, "control_taken"),
        ({"type": "control_passed", "control_passed": {"metadata": "x"}}, "control_passed"),
        ({"control_passed": {}}, "control_passed"),
    ],
)
def test_a_handover_is_an_action_of_the_app_that_is_known_again(value, kind):
    (one,) = actions(handover(**value))

    assert (one.type, one.customer, one.agent, one.received_at) == (kind, CUSTOMER, APP, RECEIVED_AT)
    assert one.id.startswith(f"{kind}:{SENT_AT}:")
    assert actions(handover(**value)) == [one]


def test_two_handovers_in_one_second_are_two_if_they_say_something_else():
    def taken(owner):
        return handover(type="control_taken", control_taken={"new_owner_role": owner})

    one, other, again = actions(taken("escalation"), taken("marketing"), taken("escalation"))

    assert one.id == again.id != other.id


def test_a_handover_of_another_kind_is_ignored_and_one_of_nobody_is_broken():
    assert parsed(envelope(handover(type="request"))).ignored == {"handover_request": 1}
    assert [one.why for one in parsed(envelope(handover(type="control_taken", sender={}))).broken] == [
        "it names no customer"
    ]


@pytest.mark.parametrize(
    "nested", [lambda value: value, lambda value: {"standby": value}, lambda value: {"standby": [value]}]
)
def test_a_message_that_another_app_answers_says_so_and_comes_with_the_takeover(nested):
    echo = text("Hello!", id="wamid.E", to="201001234567", **{"from": NUMBER})
    found = parsed(envelope(change("standby", **nested({"messages": [text()], "message_echoes": [echo]}))))

    (heard,) = found.messages
    assert (heard.standby, heard.id, heard.needs_format) == (True, "wamid.IN", 2)
    taken, said = (echo.action for echo in found.echoes)
    assert (taken.type, taken.id, taken.agent) == ("control_taken", "control_taken:wamid.IN", APP)
    assert (said.type, said.id, said.agent, said.text) == ("overheard", "wamid.E", APP, "Hello!")
    assert found.broken == ()


def test_an_ordinary_message_is_written_as_before():
    (one,) = parsed(envelope(change(messages=[text()]))).messages

    assert (one.standby, one.needs_format) == (False, 1)


def wish(**item):
    item = {
        "wa_id": "201001234567",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": 1_800_000_000,
    } | item
    return change("user_preferences", user_preferences=[item])


def test_a_wish_about_marketing_is_an_action_of_the_customer():
    (one,) = actions(wish())

    assert (one.type, one.customer, one.agent) == (AgentActionType.PREFERENCE, CUSTOMER, "")
    assert one.marketing == Marketing(wish="stop", at=SENT_AT)
    assert one.id == f"preference:stop:{SENT_AT}"


@pytest.mark.parametrize("item", [{"category": "news"}, {"value": "perhaps"}, {"category": 5}])
def test_another_wish_is_ignored(item):
    assert actions(wish(**item)) == []


def thread(*messages, customer="201001234567"):
    return {"id": customer, "messages": list(messages)}


def history(*threads):
    return change("history", history=[{"metadata": {"phase": 0}, "threads": list(threads)}])


def test_older_messages_are_one_action_a_customer_in_the_order_of_time():
    ours = text("It is free.", id="2", timestamp="1700000002", **{"from": NUMBER})
    theirs = text("Is it free?", id="1", timestamp="1700000001")
    first, other = actions(
        history(thread(ours, theirs), thread(text(id="3", **{"from": "1555000"}), customer="1555000"))
    )

    assert [(one.role, one.agent, one.text, one.message_id) for one in first.past] == [
        (Role.USER, None, "Is it free?", "1"),
        (Role.AGENT, PHONE, "It is free.", "2"),
    ]
    assert (first.type, first.customer, other.customer) == (AgentActionType.PAST, CUSTOMER, "+1555000")


def test_the_same_chunk_has_the_same_id_and_another_one_has_another():
    chunk = history(thread(text(id="1")))

    assert actions(chunk)[0].id == actions(chunk)[0].id != actions(history(thread(text(id="2"))))[0].id


def test_only_the_newest_messages_of_a_long_thread_are_taken():
    many = [text("x" * 9000, id=str(n), timestamp=str(1_700_000_000 + n)) for n in range(400)]

    (one,) = actions(history(thread(*many)))

    assert [entry.message_id for entry in one.past] == [str(n) for n in range(350, 400)]
    assert {len(entry.text) for entry in one.past} == {4096}


@pytest.mark.parametrize(
    "strange",
    [
        text(id=...),
        text(timestamp="soon"),
        text(history_context={"status": "ERROR"}),
        message(type="reaction", reaction={"message_id": "1", "emoji": "x"}),
        message(id="x" * 600, type="text", text={"body": "x"}),
        5,
    ],
)
def test_what_says_nothing_or_never_came_costs_no_other_message(strange):
    (one,) = actions(history(thread(strange, text("hello", id="2"))))

    assert [entry.text for entry in one.past] == ["hello"]


def test_a_business_that_shares_nothing_says_so():
    errors = [{"code": 2593109, "title": "History sync is turned off"}]

    found = parsed(envelope(change("history", history=[{"errors": errors}])))

    assert (found.ignored, found.broken, found.news) == ({"history_not_shared": 1}, (), ())


def test_a_described_attachment_belongs_to_the_customer_whoever_sent_it():
    picture = {"type": "image", "image": {"id": "9", "mime_type": "image/png"}}
    theirs = message(id="1", **picture)
    ours = message(id="2", to="201001234567", **picture, **{"from": NUMBER})

    first, second = actions(change("history", messages=[theirs, ours]))

    assert (first.customer, first.past[0].role, first.past[0].content.media[0].id) == (
        CUSTOMER,
        Role.USER,
        "9",
    )
    assert (second.customer, second.past[0].role) == (CUSTOMER, Role.AGENT)
