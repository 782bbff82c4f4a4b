"""The session as a person reads it in Redis, and as an older or newer worker reads it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from session import KnownFacts, Member, Session, State
from session.history import HistoryEntry, Role
from session.models import Context, SearchEntry
from session.policy import Policy
from session.records import from_ms, to_ms
from tests.clocks import START
from tests.values import CUSTOMER, ROUTE, message, session

FULL = session(
    state=State.WAITING_AGENT,
    message_count=7,
    search_count=2,
    member=Member(user_id="u1", name="Alia", role="member"),
    route=ROUTE,
    profile_name="Alia",
    escalation="asked",
    context=Context(
        message_history=(HistoryEntry(role=Role.USER, content="hi", timestamp=START, message_id="m1"),),
        search_history=(
            SearchEntry(query="q", timestamp=START, intent="buy", entities={"area": 90}, result_count=3),
        ),
        extracted_info=KnownFacts(budget=5e6, propertyType="villa", pets="two cats"),
        intent="buy",
        language="ar",
    ),
)


def test_the_record_has_the_names_that_were_asked_for():
    record = json.loads(FULL.to_json())

    assert {
        "customerId",
        "agentId",
        "state",
        "createdAt",
        "lastActivity",
        "messageCount",
        "searchCount",
    } <= set(record)
    assert set(record["context"]) == {
        "messageHistory",
        "searchHistory",
        "extractedInfo",
        "intent",
        "language",
    }
    assert record["customerId"] == CUSTOMER
    assert record["state"] == "WAITING_AGENT"
    assert record["createdAt"] == "2100-01-01T12:00:00Z"
    assert record["context"]["messageHistory"] == [
        {"role": "user", "content": "hi", "timestamp": "2100-01-01T12:00:00Z", "messageId": "m1"}
    ]
    assert record["context"]["searchHistory"] == [
        {
            "query": "q",
            "timestamp": "2100-01-01T12:00:00Z",
            "intent": "buy",
            "entities": {"area": 90},
            "resultCount": 3,
        }
    ]
    assert record["context"]["extractedInfo"] == {
        "budget": 5000000.0,
        "propertyType": "villa",
        "pets": "two cats",
    }


def test_a_fresh_session_says_as_little_as_possible():
    assert set(json.loads(session().to_json())) == {
        "id",
        "scope",
        "customerId",
        "agentId",
        "state",
        "createdAt",
        "lastActivity",
        "messageCount",
        "searchCount",
        "notices",
        "context",
    }


@pytest.mark.parametrize(
    "one", [FULL, session(), message(), message(details={"deep": [{"a": [1.5, "x", True]}]})]
)
def test_what_was_written_is_read_back_the_same(one):
    assert type(one).model_validate_json(one.to_json()) == one


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
instants = st.integers(0, to_ms(START) * 2).map(from_ms)


@given(
    content=texts,
    at=instants,
    state=st.sampled_from(State),
    count=st.integers(0, 10**9),
    extra=st.dictionaries(
        texts.filter(lambda name: name not in KnownFacts.model_fields),
        st.one_of(texts, st.booleans(), st.integers(-(2**53), 2**53), st.lists(texts, max_size=3)),
        max_size=3,
    ),
)
def test_any_session_is_read_back_the_same(content, at, state, count, extra):
    info = KnownFacts().updated({f"x{name}": value for name, value in extra.items()})
    one = session(now=at, state=state, message_count=count).with_entry(
        HistoryEntry(role=Role.USER, content=content, timestamp=at, message_id=content), Policy()
    )
    one = one.change_context(extracted_info=info)

    assert Session.model_validate_json(one.to_json()) == one


def test_what_a_newer_worker_added_does_not_stop_an_older_one():
    record = json.loads(FULL.to_json()) | {"mood": "fine"}
    record["context"]["weather"] = {"sun": True}
    record["context"]["messageHistory"][0]["tone"] = "kind"

    assert Session.model_validate_json(json.dumps(record)) == FULL


def test_what_an_older_worker_did_not_write_has_its_default():
    least = {
        "id": "s1",
        "customerId": CUSTOMER,
        "agentId": "default",
        "createdAt": "2100-01-01T12:00:00Z",
        "lastActivity": "2100-01-01T12:00:00Z",
    }

    assert Session.model_validate_json(json.dumps(least)) == session()


@pytest.mark.parametrize("field", ["id", "customerId", "createdAt"])
def test_a_record_without_required_fields_is_not_a_session(field):
    record = json.loads(FULL.to_json())
    del record[field]

    with pytest.raises(ValidationError, match=field):
        Session.model_validate_json(json.dumps(record))


def test_a_session_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        FULL.state = State.NEW


# -- what one session holds has an end


def test_history_entries_are_kept_up_to_4096_characters():
    said = HistoryEntry(role=Role.ASSISTANT, content="x" * 100_000, timestamp=START, message_id="d1")

    kept = session().with_entry(said, Policy()).context.message_history[-1]

    assert (len(kept.text), kept.text[-1], kept.cut) == (4096, "…", True)
    assert session().with_entry(said.model_copy(update={"text": "hi"}), Policy()).context.message_history[
        -1
    ] == said.model_copy(update={"text": "hi"})


def test_of_a_search_a_long_query_is_cut_and_large_entities_are_left_out():
    entry = SearchEntry(query="q" * 100_000, timestamp=START, entities={"places": ["x" * 100] * 1000})

    kept = session().with_search(entry, Policy()).context.search_history[-1]

    assert (len(kept.query), kept.entities) == (4096, {})
    small = entry.model_copy(update={"query": "villa", "entities": {"places": ["Zayed"]}})
    assert session().with_search(small, Policy()).context.search_history[-1] == small


def test_known_facts_have_a_maximum_size():
    known = session().context.extracted_info

    assert known.extended({"note": "x" * 32_000}).note == "x" * 32_000
    with pytest.raises(ValueError, match="32768 characters"):
        known.extended({"note": "x" * 20_000}).extended({"more": "x" * 20_000})


def test_the_largest_session_that_can_be_built_is_bounded():
    """Twenty of the longest texts, ten of the longest searches, and all that may be known, of four bytes a letter."""
    longest = session()
    for n in range(40):
        said = HistoryEntry(role=Role.USER, content="🏠" * 50_000, timestamp=START, message_id=f"m{n}")
        entry = SearchEntry(query="🏠" * 50_000, timestamp=START, entities={"x": "🏠" * 8000})
        longest = longest.with_entry(said, Policy()).with_search(entry, Policy())
    known = longest.context.extracted_info.extended({"note": "🏠" * 32_000})

    assert len(longest.change_context(extracted_info=known).to_json().encode()) < 1_000_000
