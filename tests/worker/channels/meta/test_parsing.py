"""Batches, broken neighbours, and whatever else may be posted: nothing stops the walk through a body."""

import json

import pytest

from tests.values import read_back
from tests.worker.channels.meta.bodies import change, envelope, messages, parsed, status, text

BOMB = b'{"a":' * 50_000 + b"1" + b"}" * 50_000


def test_a_batch_over_several_entries_and_changes_keeps_its_order():
    body = envelope(
        change(messages=[text(id="1"), text(id="2")], statuses=[status("sent")]),
        change(messages=[text(id="3")]),
    )
    body["entry"].append(
        {"id": "78", "changes": [change(messages=[text(id="4")], statuses=[status("read")])]}
    )

    found = parsed(body)

    assert [one.id for one in found.messages] == ["1", "2", "3", "4"]
    assert [one.state for one in found.statuses] == ["sent", "read"]
    assert not found.broken


def test_one_broken_message_costs_its_neighbours_nothing_and_keeps_its_own_json():
    nameless = text("متى؟", id=...)

    found = parsed(messages(text(id="1"), nameless, "not even an object", text(id="2")))

    assert [one.id for one in found.messages] == ["1", "2"]
    assert [one.why for one in found.broken] == ["a message without an id", "not an object"]
    assert json.loads(found.broken[0].raw) == nameless
    assert json.loads(found.broken[1].raw) == "not even an object"


@pytest.mark.parametrize("missing", [..., None, "", "  ", True, 1.5, ["wamid"], {}])
def test_a_message_that_could_not_be_told_from_its_repetition_is_broken(missing):
    assert [one.why for one in parsed(messages(text(id=missing))).broken] == ["a message without an id"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b'{"object":"whatsapp_business_account","entry":[',
        b"[]",
        b"null",
        b'{"object":"instagram","entry":[]}',
        b'{"object":"whatsapp_business_account"}',
        BOMB,
    ],
    ids=[
        "empty",
        "words",
        "no utf-8",
        "cut off",
        "a list",
        "null",
        "another product",
        "no entries",
        "a bomb",
    ],
)
def test_what_is_no_envelope_is_one_broken_with_the_whole_body(raw):
    found = parsed(raw)

    assert (found.messages, found.statuses, found.ignored) == ((), (), {})
    (broken,) = found.broken
    assert broken.raw.encode("utf-8", "surrogateescape") == raw
    assert broken.why


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"object": "whatsapp_business_account", "entry": [5]}, "an entry without changes"),
        (envelope({"value": {}, "field": 5}), "a change without a field"),
        (envelope("x"), "a change without a field"),
        (envelope({"field": "messages", "value": 5}), "a change without a value"),
        (envelope(change(messages={"id": "1"})), "messages is no list"),
    ],
)
def test_a_part_that_is_not_what_it_should_be_is_broken_alone(body, why):
    body["entry"].append({"id": "78", "changes": [change(messages=[text()])]})

    found = parsed(body)

    assert [one.why for one in found.broken] == [why]
    assert len(found.messages) == 1


def test_what_is_no_message_is_counted_under_its_name():
    found = parsed(
        envelope(
            change("account_update", event="DISABLED"),
            change("smb_app_state_sync", state_sync=[{"type": "contact"}]),
            change("smb_app_state_sync", state_sync=[{"type": "contact"}]),
            change(errors=[{"code": 131000}, {"code": 130429}]),
            change(),
        )
    )

    assert found.ignored == {"account_update": 1, "smb_app_state_sync": 2, "empty": 1}
    assert [news.trouble.code for news in found.news] == ["131000", "130429"]
    assert (found.messages, found.broken) == ((), ())


def test_a_message_nested_beyond_reason_is_broken_and_its_neighbour_is_not():
    pit = []
    for _ in range(100):
        pit = [pit]

    found = parsed(messages(text(id="1", strange=pit), text(id="2")))

    assert [one.id for one in found.messages] == ["2"]
    assert [one.why for one in found.broken] == ["nested too deeply"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "9" * 4000, "-" + "9" * 4000])
def test_a_number_that_cannot_be_is_kept_as_it_was_written(number):
    raw = json.dumps(messages(text(strange="HERE"))).replace('"HERE"', number).encode()

    (found,) = parsed(raw).messages

    assert found.details == {"strange": number}
    assert read_back(found) == found


def test_lone_surrogates_are_replaced_so_that_everything_can_be_written():
    raw = json.dumps(messages(text("a\ud800b \ud83d\ude00", **{"\udfff": ["\udc00"]}))).encode()

    (found,) = parsed(raw).messages

    assert found.text == "a\ufffdb 😀"
    assert found.details == {"\ufffd": ["\ufffd"]}


def test_bytes_that_are_no_utf8_cost_their_own_characters_only():
    raw = json.dumps(messages(text("1"), text("XX", id="2"))).encode().replace(b"XX", b"\xff\xc3")

    assert [one.text for one in parsed(raw).messages] == ["1", "\ufffd\ufffd"]


def test_nul_is_a_character_like_others():
    (found,) = parsed(messages(text("a\0b"))).messages

    assert found.text == "a\0b"
    assert read_back(found) == found
