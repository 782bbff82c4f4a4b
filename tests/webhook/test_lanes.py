"""Bodies reach the shards of their customers, as the workers understand who that is."""

import json
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.conversations import conversation_of, customer_of
from session.keys import Keys
from tests.worker.channels.meta.bodies import change, contact, envelope, messages, parsed, status, text
from tests.worker.channels.meta.test_fuzz import ANY_JSON, paths, replaced
from webhook.lanes import Part, meta_parts, telegram_key

SHARDS = 8
shard_of = Keys(SHARDS).shard_of
MONA, OMAR, SCOPED = "201001234567", "201001234568", "EG.77ab"
assert len({shard_of(f"whatsapp:{name}") for name in (f"+{MONA}", f"+{OMAR}", SCOPED)}) == 3


def raw(body) -> bytes:
    return json.dumps(body).encode()


def echo(to, **members):
    return text(to=to, **{"from": "15550001111", **members})


def wish(customer):
    return {"wa_id": customer, "category": "marketing_messages", "value": "stop", "timestamp": 1_800_000_000}


MANY = envelope(
    change(
        messages=[text(), text(**{"from": OMAR, "id": "2"}), text(**{"from": ..., "from_user_id": SCOPED, "id": "3"})],
        contacts=[contact(), contact(wa_id=OMAR), contact(wa_id="", user_id=SCOPED), 5],
        statuses=[status(), status(biz_opaque_callback_data=f"whatsapp:estate:+{OMAR} t.1"), status(biz_opaque_callback_data=...)],
        errors=[{"code": 1}],
    ),
    change(messages=[text(**{"from": OMAR, "id": "4"})], contacts=[contact(wa_id="5511")]),
    change(messages=[text(**{"from": ..., "id": "5"})], contacts=[contact(wa_id=OMAR)]),
    change("smb_message_echoes", message_echoes=[echo(MONA, id="6"), echo(OMAR, id="7")]),
    change("account_update", event="DISABLED_UPDATE"),
    change("standby", messages=[text(id="8"), text(**{"from": OMAR, "id": "9"})], message_echoes=[echo(OMAR, id="10")]),
    change("standby", standby={"messages": [text(id="11"), text(**{"from": OMAR, "id": "12"})]}),
    change("user_preferences", user_preferences=[wish(MONA), wish(OMAR)]),
    change("messaging_handovers", type="control_taken", sender={"phone_number": OMAR}, control_taken={}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (messages(text()), f"whatsapp:+{MONA}"),
        (messages(text(), text(id="2")), f"whatsapp:+{MONA}"),
        (messages(text(**{"from": ..., "from_user_id": SCOPED})), f"whatsapp:{SCOPED}"),
        (messages(text(**{"from": ...}), contacts=[contact(wa_id=OMAR)]), f"whatsapp:+{OMAR}"),
        (envelope(change(statuses=[status()])), f"whatsapp:+{MONA}"),
        (
            envelope(change(statuses=[status(biz_opaque_callback_data=f"whatsapp:estate:+{OMAR} t.1")])),
            f"whatsapp:+{OMAR}",
        ),
        (envelope(change("smb_message_echoes", message_echoes=[echo(OMAR)])), f"whatsapp:+{OMAR}"),
        (envelope(change("standby", messages=[text()])), f"whatsapp:+{MONA}"),
        (envelope(change("standby", standby={"messages": [text()]})), f"whatsapp:+{MONA}"),
        (envelope(change("standby", standby=[{"message_echoes": [echo(OMAR)]}])), f"whatsapp:+{OMAR}"),
        (envelope(change("user_preferences", user_preferences=[wish(OMAR)])), f"whatsapp:+{OMAR}"),
        (
            envelope(change("messaging_handovers", sender={"phone_number": f"+{OMAR}"}, control_passed={})),
            f"whatsapp:+{OMAR}",
        ),
        (envelope(change(statuses=[status(biz_opaque_callback_data=...)])), "meta"),
        (envelope(change("account_update", event="DISABLED_UPDATE")), "meta"),
        ([], "meta"),
    ],
)
def test_a_body_for_one_customer_stays_as_it_came(body, key):
    assert meta_parts(raw(body), shard_of) == (Part(key, raw(body)),)


@pytest.mark.parametrize("body", [b"", b"\xff{", b"[" * 100_000, b'{"entry":[%s]}' % (b"9" * 5000), b"null"])
def test_what_cannot_be_read_stays_as_it_came(body):
    assert meta_parts(body, shard_of) == (Part("meta", body),)
    assert telegram_key(body) == "telegram"


def found_by_shard(body: bytes) -> tuple[dict, Counter]:
    """What a worker finds in a body, in order, by the shard that should read it; and what concerns nobody, counted."""
    found = parsed(body)
    by_shard = defaultdict(list)
    for one in (*found.messages, *found.statuses, *(echo.action for echo in found.echoes)):
        by_shard[shard_of(conversation_of(customer_of(one.conversation)))].append(one)
    ignored = {name: count for name, count in found.ignored.items() if name not in ("empty", "test")}
    return by_shard, Counter([broken.why for broken in found.broken]) + Counter(ignored) + Counter(found.news)


def check_division(body) -> None:
    """Each part holds exactly what concerns its shard, in order; nothing is lost, and nothing is there twice."""
    whole, others = found_by_shard(raw(body))
    parts = meta_parts(raw(body), shard_of)
    for part in parts:
        found, concerns_nobody = found_by_shard(part.body)
        shard = shard_of(part.ordering_key)
        assert found == ({shard: whole[shard]} if shard in whole else {})
        whole.pop(shard, None)
        others.subtract(concerns_nobody)
    assert not whole
    assert not any(others.values())


def test_a_body_for_several_customers_is_divided():
    check_division(MANY)
    assert len(meta_parts(raw(MANY), shard_of)) == 3


@given(st.sampled_from(list(paths(MANY))), ANY_JSON)
@settings(max_examples=400)
def test_whatever_is_in_a_body_its_division_is_that_of_the_workers(path, value):
    check_division(replaced(MANY, path, value))


def test_the_parts_of_a_body_wait_in_the_intakes_of_their_customers(webhook):
    edge = webhook(shards=SHARDS)

    assert edge.meta(raw(MANY)).status_code == 200

    expected = {shard_of(f"whatsapp:{name}") for name in (f"+{MONA}", f"+{OMAR}", SCOPED)}
    assert set(edge.wake.shards) == expected
    assert [len(edge.kept(f"{{s{shard}}}:intake")) for shard in expected] == [1, 1, 1]


CHAT = {"id": 123456789, "type": "private"}


@pytest.mark.parametrize(
    ("update", "key"),
    [
        ({"update_id": 1, "message": {"chat": CHAT}}, "telegram:123456789"),
        ({"update_id": 1, "edited_message": {"chat": CHAT}}, "telegram:123456789"),
        (
            {"update_id": 1, "callback_query": {"message": {"chat": CHAT}, "from": {"id": 5}}},
            "telegram:123456789",
        ),
        ({"update_id": 1, "poll": {}}, "telegram"),
        ([], "telegram"),
    ],
)
def test_an_update_of_telegrams_is_that_of_its_chat(update, key):
    assert telegram_key(raw(update)) == key
