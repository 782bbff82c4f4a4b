"""Whatever is posted to Meta's webhook is survived, and whatever is found in it can be kept."""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from session.agent_actions import AgentAction
from session.messages import Message, Status
from tests.values import read_back
from tests.worker.channels.meta.bodies import change, contact, envelope, parsed, status, text

STRINGS = st.text(st.characters(codec=None, categories=None), max_size=8) | st.sampled_from(
    ["", "text", "wamid.1", "EG.1", "201001234567", "1800000000", "whatsapp:+1 x", "\0", "\ud800"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**30, -(10**400), 1e308, 0, -1])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=8,
)

GOOD = envelope(
    change(
        messages=[
            text(context={"id": "wamid.Q", "forwarded": True}, from_user_id="EG.1"),
            {
                "from": "1555000",
                "id": "2",
                "type": "interactive",
                "interactive": {"list_reply": {"id": "r", "title": "t", "description": "d"}},
            },
            {
                "from": "1555000",
                "id": "3",
                "type": "image",
                "image": {"id": "5", "caption": "c", "mime_type": "m"},
            },
            {
                "from": "1555000",
                "id": "4",
                "type": "location",
                "location": {"latitude": 1, "longitude": 2.5, "name": "n"},
            },
            {
                "from": "1555000",
                "id": "5",
                "type": "contacts",
                "contacts": [{"name": {"formatted_name": "x"}}],
            },
            {
                "from": "1555000",
                "id": "6",
                "type": "edit",
                "edit": {"original_message_id": "1", "message": {"type": "order", "order": {"text": "t"}}},
            },
        ],
        contacts=[contact(user_id="EG.1")],
        statuses=[
            status("failed", errors=[{"code": 1, "title": "t", "error_data": {"details": "d"}}]),
            status("sent", biz_opaque_callback_data="whatsapp:+201001234567 t1.1"),
        ],
        errors=[{"code": 1}],
    ),
    change("standby", standby={"messages": [text(id="7")], "message_echoes": [text(id="8", to="1555000")]}),
    change("messaging_handovers", type="control_taken", sender={"phone_number": "1555000"}, control_taken={}),
    change(
        "user_preferences",
        user_preferences=[{"wa_id": "1555000", "category": "marketing_messages", "value": "stop"}],
    ),
    change(
        "history",
        history=[
            {
                "metadata": {"phase": 0},
                "threads": [{"id": "1555000", "messages": [text(history_context={"status": "READ"})]}],
            }
        ],
        messages=[text(id="9")],
    ),
)

MESSAGES = ("entry", 0, "changes", 0, "value", "messages")


def paths(node, path=()):
    yield path
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, inner in members:
        yield from paths(inner, (*path, name))


def replaced(body, path, value):
    if not path:
        return value
    changed = copy.deepcopy(body)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return changed


def can_be_kept(found):
    for one in (*found.messages, *found.statuses, *(echo.action for echo in found.echoes)):
        written = one.to_json()
        written.encode("utf-8")
        assert read_back(one) == one
        assert isinstance(one, Message | Status | AgentAction)
    for name in found.ignored:
        name.encode("utf-8")
    for broken in found.broken:
        broken.raw.encode("utf-8", "surrogateescape")


@settings(max_examples=150, deadline=None)
@given(ANY_JSON)
def test_any_json_is_survived(body):
    can_be_kept(parsed(json.dumps(body).encode()))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_survived(raw):
    (broken,) = parsed(raw).broken
    assert broken.raw.encode("utf-8", "surrogateescape") == raw


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(paths(GOOD))), ANY_JSON)
def test_any_value_in_any_place_is_survived(path, value):
    can_be_kept(parsed(json.dumps(replaced(GOOD, path, value)).encode()))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([path for path in paths(GOOD) if path[:6] == MESSAGES and path[6:]]), ANY_JSON)
def test_a_strange_message_never_costs_another_one(path, value):
    neighbours = ["wamid.IN", "2", "3", "4", "5", "6"]
    del neighbours[path[6]]

    found = parsed(json.dumps(replaced(GOOD, path, value)).encode())

    assert set(neighbours) <= {one.id for one in found.messages}
    assert len(found.statuses) == 2
