"""The assistant: asks a model within its budgets and checks the answer; otherwise the fallback answers."""

import asyncio
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from inspect import iscoroutinefunction
from typing import Any, Final

from loguru import logger

from session.async_turn import AsyncTurn
from session.bounds import LONGEST_TEXT
from session.consulting import Assistant, AsyncAssistant, is_async
from session.errors import TurnLost
from session.replies import Reply
from session.turn import Turn
from worker.assistants.catalogue.facts import facts_about
from worker.assistants.catalogue.watches import TIMER as SAVED_SEARCHES
from worker.assistants.concierge.saved_searches import tell_waiting_news
from worker.assistants.customer_input import CustomerInput, read_input
from worker.assistants.llm import answers, handing_over, prompts
from worker.assistants.llm.answers import ModelNotUsed
from worker.assistants.llm.circuit_breaker import CircuitBreaker, CircuitOpen
from worker.assistants.llm.customer_text import text_of
from worker.assistants.llm.model_client import ModelClient, ModelServerError, TokensUsedUp
from worker.assistants.llm.pictures import pictures_of
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.schemas import FORMS, ModelAnswer, SearchArguments
from worker.assistants.llm.searches import Searches
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.token_budget import DailyTokens, TurnTokens
from worker.assistants.llm.tool_servers.approvals import ServerCall
from worker.assistants.llm.tool_servers.calls import TurnTools
from worker.assistants.llm.tool_servers.toolbox import Toolbox
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding

#: The share of the time of a turn in which tool servers may list their tools.
_LISTING: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccess:
    """What a process needs to ask a model."""

    client: ModelClient
    tokens: DailyTokens
    breaker: CircuitBreaker
    toolbox: Toolbox | None = None  #: the tools of MCP servers


class LlmAssistant:
    """Answers turns with a model; after any failure of the model the fallback answers."""

    known_facts = staticmethod(facts_about)

    def __init__(
        self,
        settings: LlmSettings,
        *,
        access: Callable[[], ModelAccess],
        fallback: Assistant | AsyncAssistant,
    ) -> None:
        self._settings = settings
        self._open = access
        self._opened: ModelAccess | None = None
        self._fallback = fallback

    async def __call__(self, turn: AsyncTurn) -> str | Reply | None:
        """Answer a turn."""
        call = ServerCall.of(turn.decision)
        try:
            draft = await (self._carried_out(turn, call) if call else self._draft(turn))
        except Exception as error:
            if isinstance(error, TurnLost) or call:
                raise  # a decision is tried again
            logger.warning("the fallback answers: {}", _words_of(error))
            return await self._fall_back(turn)
        turn.effects = draft.effects
        if not turn.messages[0].is_timer:
            await asyncio.to_thread(tell_waiting_news, turn.in_thread())
        return None

    async def close(self) -> None:
        """Close the connections, before the process ends."""
        if self._opened:
            await self._opened.client.close()
            if self._opened.toolbox:
                await self._opened.toolbox.close()
            await self._opened.tokens.run.close()
        close = getattr(self._fallback, "close", None)
        if iscoroutinefunction(close):
            await close()

    async def _fall_back(self, turn: AsyncTurn) -> str | Reply | None:
        fallback: Any = self._fallback
        if is_async(fallback):
            answer: str | Reply | None = await fallback(turn)
            return answer
        # It computes for long, for example when it searches.
        return await asyncio.to_thread(fallback, turn.in_thread())

    async def _draft(self, turn: AsyncTurn) -> AsyncTurn:
        """Return a copy of the turn with all effects of the model's answer, so that after an error the turn has none."""
        if turn.decision:
            # Asked for by a former assistant, so nobody here can do it.
            handing_over.untold([turn.decision.name], draft := _copied(turn))
            return draft
        if turn.kind not in FORMS:
            raise ModelNotUsed(f"the model is not used for records of the kind {turn.kind!r}")
        if turn.timer and turn.timer.name == SAVED_SEARCHES:
            raise ModelNotUsed("saved searches are told from the records")
        pictures = await pictures_of(turn) if self._settings.llm_images else {}
        text = text_of(turn.messages, seen=pictures)
        if text is None:
            raise ModelNotUsed("the model is used for what can be read only")
        draft = _copied(turn)
        entered = read_input(turn.messages, lambda _: "", members=turn.kind == "members")
        understood = _understood(turn, entered)
        if understood.intent == "handoff":
            raise ModelNotUsed("the customer wants a person")
        draft.set_language(understood.language)
        if entered.order:
            draft.escalate(entered.order)
        until = self._until()
        tools = await self._tools(draft)
        return await self._answered(draft, text, understood, tools, until, pictures=tuple(pictures.values()))

    async def _carried_out(self, turn: AsyncTurn, call: ServerCall) -> AsyncTurn:
        """Return a copy of a turn in which somebody has decided about a call: it is made, and told, if that was the decision."""
        draft, decision, until = _copied(turn), turn.decision, self._until()
        assert decision is not None  # noqa: S101  (the call is in it)
        tools = await self._tools(draft)
        fate, text = await tools.carry_out(call, decision, seconds=self._settings.patience / 2)
        if draft.waiting:
            draft.reply(text)  # it is for the person who has the conversation
        elif fate == "doubt" or turn.kind not in FORMS:
            handing_over.untold(tools.untold, draft)
        else:
            understood = _understood(turn, read_input(turn.messages, lambda _: "", members=False))
            draft = await self._answered(draft, text, understood, tools, until)
        return draft

    async def _answered(
        self,
        draft: AsyncTurn,
        text: str,
        understood: Understanding,
        tools: TurnTools,
        until: float,
        *,
        pictures: tuple[str, ...] = (),
    ) -> AsyncTurn:
        """Return the draft with what follows from the answer of the model to a text."""
        searches = Searches(draft, at_most=self._settings.llm_max_searches)
        question = prompts.question(
            draft,
            text,
            understood,
            searches,
            characters=self._settings.llm_max_input_characters,
            turns=self._settings.llm_history_turns,
            has_tools=bool(tools.definitions),
        )
        asked = replace(question, pictures=pictures)
        unanswered = _copied(draft)
        try:
            answer = await self._ask_model(draft, asked, searches, tools, until)
            said = (text[:LONGEST_TEXT], *asked.answers, *tools.results)
            answers.apply(answer, draft, understood, searches, answers.figures_of(draft, said, searches))
        except Exception as error:
            if isinstance(error, TurnLost) or not tools.untold:
                raise
            # No fallback knows what was done.
            logger.warning("a person tells what became of the calls of a model: {}", _words_of(error))
            handing_over.untold(tools.untold, unanswered)
            return unanswered
        return draft

    def _until(self) -> float:
        """Return when the model must have answered, by the clock of the loop."""
        return asyncio.get_running_loop().time() + self._settings.patience

    def _access(self) -> ModelAccess:
        self._opened = self._opened or self._open()
        return self._opened

    async def _tools(self, turn: AsyncTurn) -> TurnTools:
        toolbox = self._access().toolbox
        if toolbox is None:
            return TurnTools(turn, {}, (), at_most=0)
        seconds = _LISTING * self._settings.patience
        return await toolbox.of(turn, at_most=self._settings.llm_max_tool_calls, seconds=seconds)

    async def _ask_model(
        self, turn: Turn, question: Question, searches: Searches, tools: TurnTools, until: float
    ) -> ModelAnswer:
        access = self._access()
        tokens = TurnTokens(access.tokens, turn.session.conversation, turn.now)

        async def search(wanted: SearchArguments) -> str:
            return await asyncio.to_thread(searches.search, wanted)

        try:
            with access.breaker.watching(turn.now):
                seconds = until - asyncio.get_running_loop().time()
                return await access.client.ask(question, search, tools, tokens, seconds=seconds)
        finally:
            # Also if the turn was cancelled: what the model was asked by then is counted.
            await tokens.settle()


def _copied(turn: AsyncTurn) -> AsyncTurn:
    """Return the same turn with effects of its own."""
    draft, effects = copy(turn), turn.effects
    draft.effects = replace(
        effects,
        replies=[*effects.replies],
        searches=[*effects.searches],
        remembered={**effects.remembered},
        planned={**effects.planned},
    )
    return draft


def _words_of(error: Exception) -> str:
    """Return what the log says of an error: the texts of most may quote the customer."""
    told = isinstance(error, ModelNotUsed | CircuitOpen | ModelServerError | TokensUsedUp)
    return str(error) if told else type(error).__name__


def _understood(turn: Turn, entered: CustomerInput) -> Understanding:
    """Return what a simple grammar reads in the messages of a turn; a form or a place says nothing of the language."""
    understood = understand(
        entered.text,
        domain=FORMS[turn.kind].domain,
        last_language=turn.language,
        now=turn.now.astimezone(turn.time_zone),
    )
    known = turn.language if turn.language in ("en", "ar", "franco") else None
    return understood if entered.written or known is None else replace(understood, language=known)
