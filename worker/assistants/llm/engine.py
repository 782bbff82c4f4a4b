"""Asks a model over HTTP, on the loop of whoever asks: a turn that waits for it costs a little memory and no thread."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from session.errors import InturnError
from worker.assistants.llm.completions import ANSWER, SEARCH, Completion, Talk, ToolCall, UnusableAnswer
from worker.assistants.llm.model_client import (
    ModelServerError,
    SearchFor,
    TokensUsedUp,
    Tools,
    TurnUsage,
)
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.schemas import ModelAnswer
from worker.assistants.llm.settings import LlmSettings
from worker.channels.outcomes import InDoubt
from worker.channels.transport import AiohttpExchange, Http, HttpRequest, HttpResponse

#: Statuses that are a problem of the server or the account: wrong key or model, timeout, too many requests.
_FAULTS = frozenset({401, 402, 403, 404, 408, 429})
#: Those after which another attempt may succeed; so it is after all from 500 on.
_PASSING = frozenset({408, 409, 429})
_OK, _SERVER_ERROR = 200, 500
#: Seconds before another attempt.
_PAUSE = 0.5
#: How often a model may use a tool wrongly, or none.
_MISTAKES: Final = 1
_TOO_EARLY: Final = "You do not know yet what came of your other calls. Read it, then answer."


class ModelRefused(InturnError):
    """Raised when the server refuses a request for what it contains: a text that is too long, for example."""


class TooManyRequests(InturnError):
    """Raised when a model asks for more than a turn allows."""


class Engine:
    """Asks one model. It opens connections at the first request, on the loop of that request."""

    def __init__(self, settings: LlmSettings, *, http: Http | None = None) -> None:
        self._settings = settings
        self._http = http
        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
        self._url = f"{settings.llm_base_url.rstrip('/')}/chat/completions"
        self._headers = {
            # A local server may need no key, but some want the header.
            "Authorization": f"Bearer {key or 'none'}",
            "Content-Type": "application/json",
        }

    async def ask(
        self, question: Question, search: SearchFor, tools: Tools, turn_usage: TurnUsage, *, seconds: float
    ) -> ModelAnswer:
        """Return the answer of the model; see `ModelClient`."""
        until = asyncio.get_running_loop().time() + seconds
        run = _Run(self._settings, Talk(question, self._settings), search, tools, until)
        try:
            async with asyncio.timeout_at(until) as deadline:
                for left in reversed(range(self._settings.llm_max_requests)):
                    run.is_last = left == 0
                    completion, used_up = await self._complete(run, turn_usage)
                    if (answer := await run.follow(completion)) is not None:
                        return answer
                    if used_up:
                        raise TokensUsedUp
        except TimeoutError:
            if deadline.expired():
                raise ModelServerError("TimeoutError") from None
            raise
        raise TooManyRequests

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._http:
            await self._http.close()
        self._http = None

    async def _complete(self, run: "_Run", turn_usage: TurnUsage) -> tuple[Completion, bool]:
        """Return the answer to one request, and whether the day ends with it. Its tokens are counted in any case, also if nobody waits for it any more."""
        for attempt in range(1 + self._settings.llm_max_retries):
            if attempt:
                await asyncio.sleep(_PAUSE)
            estimate = run.estimate
            # If the day ends with this request, the model is asked for its answer now.
            used_up = not await turn_usage.reserve(estimate)
            run.is_last |= used_up
            turn_usage.tokens += estimate
            answer = await self._exchange(run.request())
            if isinstance(answer, HttpResponse) and answer.status_code == _OK:
                completion = Completion.read(answer.content)
                turn_usage.tokens += (estimate if completion.tokens is None else completion.tokens) - estimate
                return completion, used_up
            if not isinstance(answer, InDoubt):  # it may have been worked on
                turn_usage.tokens -= estimate
            if isinstance(answer, HttpResponse) and not _is_passing(answer.status_code):
                break
        raise _error(answer)

    async def _exchange(self, body: bytes) -> object:
        if self._http is None:
            settings = self._settings
            self._http = AiohttpExchange(settings.patience, connections=settings.worker_conversations)
        call = HttpRequest(method="POST", url=self._url, headers=self._headers, content=body)
        return await self._http.exchange(call)


@dataclass
class _Run:
    """What one turn and its model do until the model answers."""

    settings: LlmSettings
    talk: Talk
    search: SearchFor
    tools: Tools
    until: float  #: when the turn must have its answer, by the clock of the loop
    searches: int = 0
    is_last: bool = False  #: whether no further request may follow, so that nothing but an answer helps
    mistakes: Counter[str] = field(default_factory=Counter)

    @property
    def estimate(self) -> int:
        """The tokens of the next request and its answer."""
        return self.talk.tokens(self._offered) + self.settings.llm_max_output_tokens

    def request(self) -> bytes:
        # Without a search left the tool is not offered, so that the model ends with an answer, not an error.
        may_search = not self.is_last and self.searches < self.settings.llm_max_searches
        return self.talk.request(may_search=may_search, tools=self._offered)

    async def follow(self, completion: Completion) -> ModelAnswer | None:
        """Do what the model wants; return its answer, None if it must be asked again."""
        self.talk.heard(completion)
        calls = completion.calls
        if not calls:
            self._mistaken(ANSWER, completion)
        has_called = any(self.tools.knows(one.function.name) for one in calls)
        # A search together with an answer is not needed, or leads to no further request.
        for call in [one for one in calls if one.function.name == ANSWER]:
            answer = self.talk.read_answer(call)
            if isinstance(answer, ModelAnswer) and has_called:
                answer = _TOO_EARLY
            elif isinstance(answer, ModelAnswer):
                return answer
            else:
                self._mistaken(ANSWER, completion)
            self.talk.told(call, answer)
        for call in [one for one in calls if one.function.name != ANSWER and not self.is_last]:
            self.talk.told(call, await self._result(call, completion))
        return None

    @property
    def _offered(self) -> Sequence[Mapping[str, Any]]:
        return [] if self.is_last else self.tools.definitions

    async def _result(self, call: ToolCall, completion: Completion) -> str:
        name = call.function.name
        if self.tools.knows(name):
            # Half of what is left, so that the model can still tell what came of it, or that nothing came.
            left = self.until - asyncio.get_running_loop().time()
            return await self.tools.call(name, call.arguments, seconds=left / 2)
        if name != SEARCH:
            self._mistaken(name, completion)
            return "There is no such tool."
        wanted = self.talk.read_search(call)
        if isinstance(wanted, str):
            self._mistaken(SEARCH, completion)
            return wanted
        if self.searches >= self.settings.llm_max_searches:
            raise TooManyRequests
        self.searches += 1
        return await self.search(wanted)

    def _mistaken(self, tool: str, completion: Completion) -> None:
        self.mistakes[tool] += 1
        if completion.is_cut or self.mistakes[tool] > _MISTAKES:
            raise UnusableAnswer("the model does not use its tools as it must")


def _is_passing(status: int) -> bool:
    return status in _PASSING or status >= _SERVER_ERROR


def _error(answer: object) -> InturnError:
    """Return the error of a request: of the server, or of a long or malicious text (400, 413, 422). It quotes nothing that was sent."""
    if not isinstance(answer, HttpResponse):
        return ModelServerError(f"no answer: {getattr(answer, 'code', None) or 'connection lost'}")
    status = answer.status_code
    if status in _FAULTS or status >= _SERVER_ERROR:
        return ModelServerError(f"status {status}")
    return ModelRefused(f"status {status}")
