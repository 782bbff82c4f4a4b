"""The assistant: asks a model within its budgets and checks the answer; otherwise the fallback answers."""

import asyncio
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from inspect import iscoroutinefunction
from typing import Any

from loguru import logger

from session.async_turn import AsyncTurn
from session.bounds import LONGEST_TEXT
from session.consulting import Assistant, AsyncAssistant, is_async
from session.errors import InturnError
from session.replies import Reply
from session.turn import Turn
from worker.assistants.catalogue.facts import facts_about
from worker.assistants.catalogue.watches import TIMER as SAVED_SEARCHES
from worker.assistants.customer_input import CustomerInput, read_input
from worker.assistants.llm import guard, handing_over, prompts, record_lines, reminders
from worker.assistants.llm.circuit_breaker import CircuitBreaker, CircuitOpen
from worker.assistants.llm.customer_text import text_of
from worker.assistants.llm.model_client import ModelClient, ModelServerError, TokensUsedUp
from worker.assistants.llm.pictures import pictures_of
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.schemas import FORMS, ModelAnswer, SearchArguments
from worker.assistants.llm.searches import Searches
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.token_budget import DailyTokens, TurnTokens
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding, changes


class ModelNotUsed(InturnError):
    """Raised when the model is not asked, or its answer cannot be used; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccess:
    """What a process needs to ask a model."""

    client: ModelClient
    tokens: DailyTokens
    breaker: CircuitBreaker


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
        try:
            draft = await self._draft(turn)
        except Exception as error:  # noqa: BLE001  (the customer gets an answer in any case)
            # The texts of other errors may quote the customer.
            why = (
                str(error)
                if isinstance(error, ModelNotUsed | CircuitOpen | ModelServerError | TokensUsedUp)
                else type(error).__name__
            )
            logger.warning("the fallback answers: {}", why)
            return await self._fall_back(turn)
        turn.effects = draft.effects
        return None

    async def close(self) -> None:
        """Close the connections, before the process ends."""
        if self._opened:
            await self._opened.client.close()
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
        if turn.kind not in FORMS:
            raise ModelNotUsed(f"the model is not used for records of the kind {turn.kind!r}")
        if turn.timer and turn.timer.name == SAVED_SEARCHES:
            raise ModelNotUsed("saved searches are told from the records")
        pictures = await pictures_of(turn) if self._settings.llm_images else {}
        text = text_of(turn.messages, seen=pictures)
        if text is None:
            raise ModelNotUsed("the model is used for what can be read only")
        draft = copy(turn)
        draft.effects = replace(
            turn.effects,
            replies=[*turn.effects.replies],
            searches=[*turn.effects.searches],
            remembered={**turn.effects.remembered},
            planned={**turn.effects.planned},
        )
        entered = read_input(turn.messages, lambda _: "", members=turn.kind == "members")
        understood = _understood(turn, entered)
        if understood.intent == "handoff":
            raise ModelNotUsed("the customer wants a person")
        draft.set_language(understood.language)
        if entered.order:
            draft.escalate(entered.order)
        searches = Searches(draft, at_most=self._settings.llm_max_searches)
        question = prompts.question(
            draft,
            text,
            understood,
            searches,
            characters=self._settings.llm_max_input_characters,
            turns=self._settings.llm_history_turns,
        )
        asked = replace(question, pictures=tuple(pictures.values()))
        answer = await self._ask_model(draft, asked, searches)
        figures = _figures(draft, (text[:LONGEST_TEXT], *asked.answers), searches)
        _apply(answer, draft, understood, searches, figures)
        return draft

    async def _ask_model(self, turn: Turn, question: Question, searches: Searches) -> ModelAnswer:
        access = self._opened = self._opened or self._open()
        tokens = TurnTokens(access.tokens, turn.session.conversation, turn.now)

        async def search(wanted: SearchArguments) -> str:
            return await asyncio.to_thread(searches.search, wanted)

        try:
            with access.breaker.watching(turn.now):
                return await access.client.ask(question, search, tokens, seconds=self._settings.patience)
        finally:
            # Also if the turn was cancelled: what the model was asked by then is counted.
            await tokens.settle()


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


def _apply(
    answer: ModelAnswer, turn: Turn, understood: Understanding, searches: Searches, figures: set[float]
) -> None:
    """Apply an answer to the turn: keep the slots that it has learned, and send its text with the records below."""
    learned = replace(
        understood,
        intent=answer.intent,
        entities=answer.learned.given(),
        excluded={},
        withdrawn=answer.withdrawn,
        signals=(),
    )
    turn.remember(**changes(turn.known.stored(), learned))
    turn.set_intent(answer.intent)
    try:
        reminders.plan(answer, turn, figures)
    except ValueError:
        raise ModelNotUsed("the model plans what cannot be planned") from None
    records = searches.chosen(answer.records)
    text = guard.plain(answer.text)
    if not guard.is_clean(text, known=figures):
        logger.warning("the text of the model has unknown figures or contacts; it is not sent")
        text = ""
    if records:
        turn.remember(**searches.memory(records))
        shown = record_lines.listed(records, searches.found, contacts=answer.contacts, language=turn.language)
        text = f"{text or record_lines.lead(turn.language)}\n\n{shown}"
    said = "\n\n".join(filter(None, (text, handing_over.hand_over(answer, turn))))
    if not said:
        raise ModelNotUsed("the answer of the model has nothing that can be sent")
    turn.reply(said)


def _figures(turn: Turn, texts: Iterable[str], searches: Searches) -> set[float]:
    """Return the figures that may be sent: those in what the model was told, what is known, and prices of its records."""
    known = turn.known.stored().values()
    figures = {float(value) for value in known if isinstance(value, int | float)}
    prices = {
        float(price) for record in searches.records.values() if (price := getattr(record, "price", None))
    }
    return figures.union(prices, *map(guard.figures, texts))
