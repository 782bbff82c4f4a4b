"""Answers a turn: reads it once, and makes the first move of the table that fits."""

from dataclasses import replace

from loguru import logger

from session.errors import NoCatalogue
from session.facts import with_facts
from session.turn import Turn
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.catalogue.facts import facts_about
from worker.assistants.catalogue.watches import TIMER
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.moves import move
from worker.assistants.concierge.pointers import with_ad, with_quoted
from worker.assistants.concierge.saved_searches import tell_news, tell_waiting_news
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.concierge.visits import remind
from worker.assistants.customer_input import read_input


@with_facts(facts_about)
def assistant(turn: Turn) -> str | None:
    """Answer one turn; that of a timer with its text. Raises `SearchLimitReached`, which the caller turns into a reply."""
    if turn.timer and turn.timer.name == TIMER:
        tell_news(turn)
        return None
    if turn.timer:
        return remind(turn)
    context = ConciergeTurn.of(turn)
    entered = read_input(turn.messages, context.places_in, members=context.kind == "members")
    context = replace(context, said=entered.text or turn.text)
    understood = context.understand(entered.text)
    if entered.text.strip():
        heard = understood.language if entered.written else turn.language or understood.language
        context = context.in_language(heard).with_rate(understood)
    try:
        context = with_quoted(with_ad(context), understood)
        entered = entered.chosen_from(context.dialogue.options)
        move(context, Heard(context=context, entered=entered, understood=understood))
        tell_waiting_news(turn)
    except (NoCatalogue, CatalogueError) as error:
        logger.error("the concierge cannot search: {}", error)
        turn.effects.replies.clear()
        if not turn.waiting:
            context.hand_over("the catalogue cannot be searched", "handoff.away")
    return None


assistant.while_waiting = True  # type: ignore[attr-defined]  # the rows of the table say what is answered meanwhile
