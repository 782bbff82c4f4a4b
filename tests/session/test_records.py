"""Records: what is written is read back, and times keep their milliseconds."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Session
from session.models import Context
from session.records import from_ms, to_ms
from tests.values import session


@pytest.mark.parametrize(
    "wrong",
    [
        {"escalation": 5},
        {"message_count": "many"},
        {"state": "ACTIVE"},
        {"profile_name": "half a character \ud83d"},
        {"context": Context().model_copy(update={"intent": object()})},
    ],
)
def test_what_could_not_be_read_back_is_not_written(wrong):
    with pytest.raises(ValueError, match="serializ"):
        session(**wrong).to_json()


def test_an_instant_is_written_for_a_person_and_read_back_exactly():
    now = datetime(2100, 1, 1, 12, 0, 0, 123_999, tzinfo=UTC)
    one = session(now=now)

    assert json.loads(one.to_json())["createdAt"] == "2100-01-01T12:00:00.123999Z"
    assert Session.model_validate_json(one.to_json()).created_at == now


@given(st.integers(0, 253_402_300_799_999))
def test_milliseconds_survive_the_way_there_and_back(ms):
    assert to_ms(from_ms(ms)) == ms
    assert from_ms(ms).tzinfo is UTC
