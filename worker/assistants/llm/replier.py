"""The assistant: asks a model within its budgets, checks what it says, and else lets the fallback answer."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

from loguru import logger

from session.bounds import LONGEST_TEXT
from session.errors import InturnError
from session.messages import Reply
from session.turn import Assistant, Turn
from worker.assistants.llm import guard, prompts, rendering
from worker.assistants.llm.answers import FORMS, Answer
from worker.assistants.llm.asking import Asker, Bill, ServerFault
from worker.assistants.llm.breaker import Breaker, LeftAlone
from worker.assistants.llm.budget import DailyTokens
from worker.assistants.llm.searches import Searches
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding, changes
from worker.deadline import DeadlineExceeded


class NotAsked(InturnError):
    """Raised when the model is not asked this time, or its answer cannot be used; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a process asks a model with."""

    asker: Asker
    tokens: DailyTokens
    breaker: Breaker


class LlmAssistant:
    """Answers turns. Whatever a model does wrong, the customer gets the fallback's answer."""

    def __init__(self, settings: LlmSettings, *, means: Callable[[], Means], fallback: Assistant) -> None:
        self._settings = settings
        self._means = means
        self._fallback = fallback

    def __call__(self, turn: Turn) -> str | Reply | None:
        """Answer a turn."""
        try:
            draft = self._answered(turn)
        except DeadlineExceeded:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the customer shall have an answer)
            # No other error's own words: they may repeat what somebody wrote.
            why = (
                str(error) if isinstance(error, NotAsked | LeftAlone | ServerFault) else type(error).__name__
            )
            logger.warning("the fallback answers: {}", why)
            return self._fallback(turn)
        turn.effects = draft.effects
        return None

    def _answered(self, turn: Turn) -> Turn:
        """Return a copy of the turn with everything that the model asked for: all of it or, after an error, nothing."""
        if turn.kind not in FORMS:
            raise NotAsked(f"it knows no records of the kind {turn.kind!r}")
        if not all(message.text and message.payload is None for message in turn.messages):
            raise NotAsked("it reads written messages only")
        draft = copy(turn)
        draft.effects = replace(
            turn.effects,
            replies=[*turn.effects.replies],
            searches=[*turn.effects.searches],
            remembered={**turn.effects.remembered},
        )
        understood = understand(
            turn.text,
            domain=FORMS[turn.kind].domain,
            last_language=turn.language,
            today=turn.now.date(),
        )
        draft.set_language(understood.language)
        searches = Searches(draft, at_most=self._settings.llm_max_searches)
        answer = self._asked(draft, understood, searches)
        _take(answer, draft, understood, searches)
        return draft

    def _asked(self, turn: Turn, understood: Understanding, searches: Searches) -> Answer:
        means, now, conversation = self._means(), turn.now, turn.session.conversation
        question = prompts.question(
            turn,
            understood,
            searches,
            characters=self._settings.llm_max_input_characters,
            turns=self._settings.llm_history_turns,
        )
        reserved = question.tokens + self._settings.llm_max_output_tokens
        if not means.tokens.reserve(conversation, reserved, now):
            raise NotAsked("the tokens of this customer are used up for today")
        bill = Bill()
        try:
            with means.breaker.watching(now):
                return means.asker.ask(question, searches.search, bill, seconds=self._settings.patience)
        finally:
            means.tokens.settle(conversation, reserved=reserved, used=bill.tokens, now=now)


def _take(answer: Answer, turn: Turn, understood: Understanding, searches: Searches) -> None:
    """Do what an answer may do: keep what was learned, and say a text with records below it."""
    learned = replace(
        understood,
        intent=answer.intent,
        entities=answer.learned.given(),
        excluded={},
        withdrawn=answer.withdrawn,
        signals=(),
    )
    known = turn.known.model_dump(by_alias=True, exclude_none=True)
    turn.remember(**changes(known, learned))
    turn.set_intent(answer.intent)
    records = searches.chosen(answer.records)
    text = guard.plain(answer.text)
    if not guard.is_clean(text, known=_figures(turn, searches)):
        logger.warning("the model told figures or contacts of its own; they are left out")
        text = ""
    if not records:
        if not text:
            raise NotAsked("the model said nothing that can be passed on")
        turn.reply(text)
        return
    turn.remember(**searches.memory(records))
    shown = rendering.listed(records, searches.found, contacts=answer.contacts, language=turn.language)
    turn.reply(f"{text or rendering.lead(turn.language)}\n\n{shown}")


def _figures(turn: Turn, searches: Searches) -> set[float]:
    """Return the large figures that may be said: those that the customer has told, and prices of records at hand."""
    told = turn.known.model_dump().values()
    figures = {float(value) for value in told if isinstance(value, int | float)}
    prices = {
        float(price) for record in searches.records.values() if (price := getattr(record, "price", None))
    }
    return figures | prices | set(guard.figures(turn.text[:LONGEST_TEXT]))
