"""What follows from an answer of a model: what is remembered, planned and said, as far as it may be said."""

from collections.abc import Iterable
from dataclasses import replace

from loguru import logger

from session.errors import InturnError
from session.turn import Turn
from worker.assistants.llm import guard, handing_over, record_lines, reminders
from worker.assistants.llm.schemas import ModelAnswer
from worker.assistants.llm.searches import Searches
from worker.assistants.understanding.slots import Understanding, changes


class ModelNotUsed(InturnError):
    """Raised when the model is not asked, or its answer cannot be used; its text says why."""


def apply(
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


def figures_of(turn: Turn, texts: Iterable[str], searches: Searches) -> set[float]:
    """Return the figures that may be sent: those in what the model was told, what is known, and prices of its records."""
    known = turn.known.stored().values()
    figures = {float(value) for value in known if isinstance(value, int | float)}
    prices = {
        float(price) for record in searches.records.values() if (price := getattr(record, "price", None))
    }
    return figures.union(prices, *map(guard.figures, texts))
