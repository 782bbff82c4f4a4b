"""Echoes in Meta's webhook: what the business wrote from its own phone."""

import pytest

from session.agent_actions import PHONE, AgentAction, AgentActionType
from session.messages import Route
from tests.worker.channels.meta.bodies import RECEIVED_AT, change, contact, envelope, message, parsed, text


def echoes(*several, **value):
    return envelope(change("smb_message_echoes", message_echoes=list(several), **value))


def echo(**members):
    written = {"from": "15550001111", "to": "201001234567", "id": "wamid.E", "text": {"body": "500, for you"}}
    return message(**(written | members))


def test_an_echo_is_an_action_of_the_phone_to_whom_it_was_written():
    found = parsed(echoes(echo(), contacts=[contact()]))

    (only,) = found.echoes
    assert only.action == AgentAction(
        type=AgentActionType.ECHO,
        id="wamid.E",
        customer="+201001234567",
        agent=PHONE,
        received_at=RECEIVED_AT,
        text="500, for you",
    )
    assert only.route == Route(channel="meta", sender="1001", address="201001234567")
    assert (found.messages, found.ignored, found.broken) == ((), {}, ())


def test_a_customer_without_a_number_is_known_by_the_other_id():
    (only,) = parsed(echoes(echo(to=..., to_user_id="US.13491208655302741918"))).echoes

    assert only.action.customer == "US.13491208655302741918"


def test_a_picture_from_the_phone_is_noted_by_its_kind_or_caption():
    bare = echo(type="image", text=..., image={"id": "1", "mime_type": "image/jpeg"})
    told = echo(type="image", text=..., image={"id": "1", "caption": "the view"})

    found = parsed(echoes(bare, told))

    assert [one.action.text for one in found.echoes] == ["[image]", "the view"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("edit", {"original_message_id": "wamid.Z", "message": {"type": "text", "text": {"body": "new"}}}),
        ("revoke", {"original_message_id": "wamid.Z"}),
        ("reaction", {"message_id": "wamid.Z", "emoji": "x"}),
    ],
)
def test_what_changes_an_earlier_message_says_nothing_new(kind, content):
    found = parsed(echoes(echo(type=kind, text=..., **{kind: content})))

    assert (found.echoes, found.ignored) == ((), {f"echo_of_{kind}": 1})


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"id": ...}, "an echo without an id"),
        ({"to": ...}, "an echo without a customer"),
        ({"to": "x"}, "an echo"),
    ],
)
def test_an_echo_that_names_nobody_is_broken_alone(members, why):
    found = parsed(echoes(echo(**members), echo(id="wamid.2")))

    assert [one.why.startswith(why) for one in found.broken] == [True]
    assert [one.action.id for one in found.echoes] == ["wamid.2"]


def test_messages_are_not_looked_for_among_echoes_nor_echoes_among_messages():
    found = parsed(
        envelope(change("smb_message_echoes", messages=[text()]), change("messages", message_echoes=[echo()]))
    )

    assert (found.messages, found.echoes, found.ignored) == ((), (), {"empty": 2})
