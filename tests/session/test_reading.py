"""Entries of a mailbox: one pair of functions tells actions from messages, and reads both."""

import pytest

from session.reading import Unreadable, is_action, parse_entry, read_entry
from tests.values import CONVERSATION, action, message


@pytest.mark.parametrize(("entry", "acts"), [(message(), False), (action(), True)])
def test_an_entry_is_read_as_what_it_was_written(entry, acts):
    raw = entry.to_json()

    assert is_action(raw) is acts
    assert parse_entry(raw) == read_entry(raw, CONVERSATION) == entry


@pytest.mark.parametrize("raw", ["", "{", "{}", '{"deed":', '{"deed":"invented"}', '{"id":"m1"}'])
def test_an_unreadable_record_is_a_value_with_its_bytes(raw):
    assert parse_entry(raw) is None
    found = read_entry(raw, CONVERSATION)
    assert isinstance(found, Unreadable)
    assert found.raw == raw
