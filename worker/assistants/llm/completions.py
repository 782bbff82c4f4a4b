"""Requests and answers of a server with OpenAI's chat completions.

The format is described at https://platform.openai.com/docs/api-reference/chat/create; other servers leave out much of it, so
nothing is read that is not needed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from session.errors import InturnError
from worker.assistants.llm.prompts import BYTES_A_TOKEN, Question
from worker.assistants.llm.schemas import FORMS, ModelAnswer, SearchArguments
from worker.assistants.llm.settings import LlmSettings

_T = TypeVar("_T", bound=BaseModel)

SEARCH, ANSWER = "search", "answer"
#: More tokens than any model takes; a server that reports more is not believed.
_MOST_TOKENS: Final = 10_000_000
#: Errors of an answer that the model is told.
_TOLD_ERRORS = 5
_NO_TOOL = "Call a tool; a plain text reaches nobody."


class UnusableAnswer(InturnError):
    """Raised when the server answers, but not with anything that can be used. Its text quotes nobody."""


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Function(_Read):
    name: str
    arguments: str | dict[str, Any] = ""


class ToolCall(_Read):
    """What a model wants to be done."""

    id: str = ""
    function: _Function

    @property
    def arguments(self) -> str:
        """The arguments as JSON, as the model wrote them."""
        written = self.function.arguments
        return written if isinstance(written, str) else json.dumps(written)


class _Said(_Read):
    content: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None


class _Choice(_Read):
    message: _Said
    finish_reason: str | None = None


class Completion(_Read):
    """One answer of a model."""

    choices: tuple[_Choice, ...] = Field(min_length=1)
    usage: Any = None

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """What it wants to be done, in its order."""
        return self.choices[0].message.tool_calls or ()

    @property
    def is_cut(self) -> bool:
        """Whether it ended before the model was done."""
        return self.choices[0].finish_reason in ("length", "content_filter")

    @property
    def tokens(self) -> int | None:
        """The tokens that the server has counted, None if it says nothing of use."""
        counted = self.usage.get("total_tokens") if isinstance(self.usage, Mapping) else None
        return counted if isinstance(counted, int) and 0 <= counted <= _MOST_TOKENS else None

    @classmethod
    def read(cls, content: bytes) -> "Completion":
        """Return an answer. Raises `UnusableAnswer` if it cannot be read."""
        try:
            return cls.model_validate_json(content)
        except ValidationError:
            raise UnusableAnswer("not a chat completion") from None


class Talk:
    """The messages between one turn and a model."""

    def __init__(self, question: Question, settings: LlmSettings) -> None:
        self._form = FORMS[question.kind]
        self._settings = settings
        self._asked = question.tokens
        self._messages: list[dict[str, Any]] = [
            {"role": "system", "content": question.rules},
            *({"role": role, "content": text} for role, text in question.history),
            {"role": "user", "content": _content(question)},
        ]
        self._first = len(self._messages)  # of what is said in this turn

    def tokens(self, tools: Sequence[Mapping[str, Any]]) -> int:
        """Return an estimate of the tokens of the next request: of the question, of these tools, and of all that was said since."""
        since = [*self._messages[self._first :], *tools]
        written = json.dumps(since, ensure_ascii=False).encode("utf-8", "replace")
        return self._asked + len(written) // BYTES_A_TOKEN

    def request(self, *, may_search: bool, tools: Sequence[Mapping[str, Any]] = ()) -> bytes:
        """Return the body of the next request. Without `may_search` and `tools` the model can only answer."""
        settings = self._settings
        offered = [*([_SEARCH_TOOLS[self._form.search]] if may_search else []), *tools]
        body = {
            "model": settings.llm_model,
            "messages": self._messages,
            "tools": [*offered, _ANSWER_TOOLS[self._form.answer]],
            "tool_choice": settings.llm_tool_choice,
            settings.llm_output_limit: settings.llm_max_output_tokens,
        }
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")

    def heard(self, completion: Completion) -> None:
        """Add what the model said."""
        said = completion.choices[0].message
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.arguments},
            }
            for call in completion.calls
        ]
        self._messages.append(
            {"role": "assistant", "content": said.content} | ({"tool_calls": calls} if calls else {})
        )
        if not calls:
            self._messages.append({"role": "user", "content": _NO_TOOL})

    def told(self, call: ToolCall, result: str) -> None:
        """Add the result of what the model wanted to be done."""
        self._messages.append({"role": "tool", "tool_call_id": call.id, "content": result})

    def read_search(self, call: ToolCall) -> SearchArguments | str:
        """Return what is searched, or what the model must be told of its arguments."""
        return _read(self._form.search, call)

    def read_answer(self, call: ToolCall) -> ModelAnswer | str:
        """Return the answer, or what the model must be told of it."""
        return _read(self._form.answer, call)


def _content(question: Question) -> str | list[dict[str, Any]]:
    if not question.pictures:
        return question.text
    pictures = ({"type": "image_url", "image_url": {"url": url}} for url in question.pictures)
    return [{"type": "text", "text": question.text}, *pictures]


def _read(model: type[_T], call: ToolCall) -> _T | str:
    try:
        return model.model_validate_json(call.arguments)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[:_TOLD_ERRORS]
        told = [{"field": ".".join(map(str, one["loc"])), "problem": one["msg"]} for one in found]
        return json.dumps({"errors": told, "now": "correct them and call the tool again"})


def _tool(name: str, description: str, model: type[BaseModel]) -> dict[str, Any]:
    parameters = _without_titles(model.model_json_schema(by_alias=True))
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


def _without_titles(schema: Any) -> Any:
    """Return a schema without the titles that repeat the names: they cost tokens."""
    if isinstance(schema, list):
        return [_without_titles(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_titles(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }


_SEARCH_TOOLS = {
    form.search: _tool(
        SEARCH,
        "Find records, five a page. Ask for the next page of the same search with `page`.",
        form.search,
    )
    for form in FORMS.values()
}
_ANSWER_TOOLS = {
    form.answer: _tool(ANSWER, "Use this to answer the customer.", form.answer) for form in FORMS.values()
}
