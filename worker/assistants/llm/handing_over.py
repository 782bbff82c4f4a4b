"""Hands a conversation over because a model wants it. Its reason is for the desk; the customer reads a sentence of ours."""

from collections.abc import Iterable

from session.turn import Turn
from worker.assistants.llm import guard
from worker.assistants.llm.schemas import ModelAnswer
from worker.assistants.wording.phrasebook import Speech

#: Characters of a reason.
_LONGEST = 200


def hand_over(answer: ModelAnswer, turn: Turn) -> str:
    """Hand over if an answer says so; return the sentence for the customer, "" if nothing is handed over.

    The turn of a timer hands nothing over: nobody has written, so nobody waits for an answer.
    """
    reason = " ".join(guard.plain(answer.hand_over).split())[:_LONGEST]
    if not reason or turn.timer:
        return ""
    return _handed_over(turn, f"the language model: {reason}")


def untold(tools: Iterable[str], turn: Turn) -> None:
    """Hand over because a model could not tell the customer what became of calls of tools."""
    names = ", ".join(dict.fromkeys(tools))
    turn.reply(_handed_over(turn, f"the customer was not told the result: {names}"[:_LONGEST]))


def _handed_over(turn: Turn, reason: str) -> str:
    # The desk reads whose words they are; after an order a person comes anyway, and needs to read what is ordered.
    reasons = filter(None, (turn.effects.escalation, reason))
    turn.escalate("; ".join(reasons), tells_when=True)
    return Speech(language=turn.language).say(
        "handoff.after", when=turn.reachable.words(turn.language, turn.now)
    )
