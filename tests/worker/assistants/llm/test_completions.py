"""What is written to a server with chat completions, and what is read of its answers, whatever they are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.llm.completions import Completion, Talk, ToolCall, UnusableAnswer
from worker.assistants.llm.prompts import BYTES_A_TOKEN, Question
from worker.assistants.llm.schemas import FORMS
from worker.assistants.llm.settings import LlmSettings

SETTINGS = LlmSettings(llm_base_url="http://127.0.0.1:9/v1", llm_model="m")
QUESTION = Question(
    kind="properties", rules="Be kind.", history=(("user", "hi"), ("assistant", "yes?")), text="a villa"
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "tool_calls", "function", "name", "arguments", "usage", "id"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


def completion(*calls, **fields):
    message = {"content": None, "tool_calls": [{"id": "c1", "function": call} for call in calls]}
    return Completion.read(json.dumps({"choices": [{"message": message}], **fields}).encode())


def call(name="answer", arguments="{}"):
    return ToolCall.model_validate({"id": "c1", "function": {"name": name, "arguments": arguments}})


@given(VALUES)
def test_whatever_a_server_sends_is_read_or_unusable(value):
    try:
        found = Completion.read(json.dumps(value).encode())
    except UnusableAnswer:
        return
    assert found.tokens is None or found.tokens >= 0
    talk = Talk(QUESTION, SETTINGS)
    talk.heard(found)
    for one in found.calls:
        talk.told(one, str(talk.read_answer(one)))
    json.loads(talk.request(may_search=True))


@given(st.binary(max_size=50))
def test_so_are_bytes(content):
    with pytest.raises(UnusableAnswer):
        Completion.read(content)


def test_arguments_may_be_json_or_an_object():
    written = {"text": "Hello", "intent": "greeting"}

    for arguments in (json.dumps(written), written):
        assert Talk(QUESTION, SETTINGS).read_answer(call(arguments=arguments)).text == "Hello"


def test_a_mistake_is_told_by_field_and_without_what_was_written():
    told = Talk(QUESTION, SETTINGS).read_answer(call(arguments='{"text": "secret", "intent": "handoff"}'))

    assert "intent" in told
    assert "secret" not in told


def test_a_model_that_calls_nothing_is_asked_to_and_a_result_follows_its_call():
    talk = Talk(QUESTION, SETTINGS)
    talk.heard(completion())
    found = completion({"name": "search", "arguments": "{}"}, usage={"total_tokens": 7})
    talk.heard(found)
    talk.told(found.calls[0], "nothing")

    body = json.loads(talk.request(may_search=False))

    assert [one["role"] for one in body["messages"]] == [
        *("system", "user", "assistant", "user"),
        *("assistant", "user", "assistant", "tool"),
    ]
    assert body["messages"][-1]["tool_call_id"] == body["messages"][-2]["tool_calls"][0]["id"] == "c1"
    assert [tool["function"]["name"] for tool in body["tools"]] == ["answer"]
    assert found.tokens == 7


@pytest.mark.parametrize("kind", FORMS)
def test_no_schema_spends_tokens_on_titles_and_all_keep_their_fields(kind):
    question = Question(kind=kind, rules="", history=(), text="x")

    for tool in json.loads(Talk(question, SETTINGS).request(may_search=True))["tools"]:
        schema = json.dumps(tool["function"]["parameters"])
        assert '"title": "' not in schema
        form = FORMS[kind].search if tool["function"]["name"] == "search" else FORMS[kind].answer
        fields = {field.alias or name for name, field in form.model_fields.items()}
        assert set(tool["function"]["parameters"]["properties"]) == fields


@pytest.mark.parametrize("kind", FORMS)
def test_the_estimate_of_a_request_is_not_below_its_size(kind):
    question = Question(kind=kind, rules="rules", history=(), text="a flat")
    body = Talk(question, SETTINGS).request(may_search=True)

    assert len(body) // BYTES_A_TOKEN <= question.tokens
