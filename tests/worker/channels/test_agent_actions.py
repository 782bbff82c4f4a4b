"""What the desk puts into the intake: one action a body, and nothing that is no agent's doing."""

import json

import pytest

from session.agent_actions import PHONE, AgentAction, AgentActionType
from tests.values import CUSTOMER, action
from worker.channels.agent_actions import AgentActionParser

AT = 1_800_000_005_000


def parsed(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return AgentActionParser().parse(raw, source="desk", received_at=AT)


TEMPLATE = {"template": {"name": "sale", "language": "en"}}
STORED = {"template": TEMPLATE["template"] | {"header": {"kind": "image", "stored": "folder/picture"}}}
HERE = {"template": TEMPLATE["template"] | {"header": {"kind": "image", "path": "/etc/passwd.png"}}}


def spelled(**fields):
    """An answer as the desk spells it; `...` leaves a field out."""
    fields = {"deed": "answer", "id": "a1", "customer": CUSTOMER, "agent": "mona", "text": "hi"} | fields
    return {"receivedAt": 7} | {name: value for name, value in fields.items() if value is not ...}


@pytest.mark.parametrize(
    "action_type",
    [
        AgentActionType.TAKE_OVER,
        AgentActionType.ANSWER,
        AgentActionType.HAND_BACK,
        AgentActionType.CLOSE,
        AgentActionType.FORGET,
    ],
    ids=str,
)
def test_an_action_is_read_as_it_was_written_and_counts_from_when_it_was_kept(action_type):
    written = action(action_type, text="hi", scope="estate", keeps=True, holder="ali")

    found = parsed(written.to_json().encode())

    assert found.actions == (written.model_copy(update={"received_at": AT}),)
    assert (found.messages, found.broken) == ((), ())


def test_an_answer_may_be_a_message_template():
    (found,) = parsed(spelled(text="", reply=TEMPLATE)).actions

    assert found.says.template.name == "sale"


def test_a_file_above_the_text_of_a_template_is_in_the_media_store():
    (found,) = parsed(spelled(text="", reply=STORED)).actions

    assert found.says.file.stored == "folder/picture"


def test_the_order_of_the_fields_is_nothing_to_care_about():
    (found,) = parsed(dict(reversed(spelled().items()))).actions

    assert found.to_json().startswith('{"deed":"answer"')
    assert AgentAction.model_validate_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", "no action"),
        (b"[]", "no action"),
        ({}, "no action: deed"),
        (spelled(deed="sing"), "no action: deed"),
        (spelled(id=...), "no action: id"),
        (spelled(deed="echo"), "echo is not an action of an agent"),
        (spelled(deed="time_out"), "time_out is not an action of an agent"),
        (spelled(customer="201001234567"), "without a customer"),
        (spelled(customer="+2010 {x}"), "without a customer"),
        (spelled(scope="a:b"), "without a customer"),
        (spelled(id=""), "without an id"),
        (spelled(id="x" * 201), "without an id"),
        (spelled(agent=" "), "without an agent"),
        (spelled(agent=PHONE), "without an agent"),
        (spelled(text="  "), "without a text"),
        (spelled(text="", reply={"text": "x"}), "a reply that is no template"),
        (spelled(reply=TEMPLATE), "with something else"),
        (spelled(text="", reply=HERE), "neither at a public address nor in the media store"),
    ],
)
def test_what_is_no_action_of_an_agent_is_broken_and_kept_whole(body, why):
    found = parsed(body)

    (broken,) = found.broken
    assert why in broken.why
    assert broken.raw.encode("utf-8", "surrogateescape") == (
        body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    assert found.actions == ()
