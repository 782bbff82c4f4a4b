"""What a model plans for later. It is a part of its answer, so it happens with the answer or not at all.

A reminder is a timer of the conversation. When it rings, the model is told what it had planned, and answers; if it cannot, the
fallback sends the text as it stands. So the text is checked like every text of a model.
"""

from collections.abc import Iterable

from session.turn import Turn
from worker.assistants.llm import guard
from worker.assistants.llm.schemas import ModelAnswer


def time_of(turn: Turn) -> str:
    """Return the present time as people at the business read it."""
    return f"{turn.now.astimezone(turn.time_zone):%A %Y-%m-%d %H:%M}"


def waiting(turn: Turn) -> list[dict[str, str]]:
    """Return the reminders that wait."""
    return [
        {"name": plan.name, "at": f"{plan.at.astimezone(turn.time_zone):%Y-%m-%dT%H:%M}", "text": plan.text}
        for plan in turn.timers.values()
    ]


def plan(answer: ModelAnswer, turn: Turn, known: Iterable[float]) -> None:
    """Set and cancel what an answer says; `known` are the figures that may be sent.

    Raises `ValueError` for a time that has passed or is too far, and for a text that may not be sent.
    """
    for name in answer.cancel_reminders:
        turn.cancel_later(name)
    figures = tuple(known)
    for reminder in answer.remind_later:
        at = reminder.at if reminder.at.tzinfo else reminder.at.replace(tzinfo=turn.time_zone)
        text = guard.plain(reminder.text)
        if at <= turn.now or not guard.is_clean(text, known=figures):
            raise ValueError("a reminder has passed, or has unknown figures or contacts")
        turn.later(reminder.name, at=at, text=text)
