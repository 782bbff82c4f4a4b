"""What a model is told of a conversation: who said what, what became of it, and what is new. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from session.agent_actions import APP
from session.delivery_states import UNSAID
from session.history import HistoryEntry, Role
from session.messages import DeliveryState
from session.turn import Turn
from worker.assistants.llm.customer_text import about
from worker.assistants.llm.guard import without_contacts

#: Before what a person of the business has written: the model shall not take it for its own words.
_PERSON = "[a colleague of yours, a person, wrote:]"
_APP = "[another program of the business wrote:]"
#: Before what may not have reached the customer: the model shall not build on it, and may say it again.
_DOUBTS: Mapping[DeliveryState | None, str] = {
    **dict.fromkeys(UNSAID, "[this did not reach the customer:]"),
    DeliveryState.IN_DOUBT: "[nobody knows whether this reached the customer:]",
}
#: What a model is told of them.
MARKS = """\
Some earlier messages of your side were written by a person or another program, or may not have reached the customer, and
  say so. Do not refer to what did not reach the customer. Write no such mark yourself."""
_WRITES = "the customer writes:"
_PLANNED = "nobody has written; what you had planned for now is due, so write to the customer about it:"
_DECIDED = "nobody has written; this became of what you had asked a colleague for, so tell the customer:"

#: A part of a talk: who speaks, and what.
Said = tuple[Literal["user", "assistant"], str]


def told_before(turn: Turn, *, entries: int, characters: int, contacts: bool = False) -> tuple[Said, ...]:
    """Return the history before this turn, roles alternating and the user first, as some servers require.

    It has at most so many `entries`, each of so many `characters`. Without `contacts` those of the business's side are hidden.
    """
    new = {message.id for message in turn.messages}
    before = [
        said
        for said in turn.history
        if said.message_id not in new
        and said.role is not Role.TIMER
        and said.text
        and said.deleted_at is None
    ]
    merged: list[Said] = []
    for said in _latest(before, entries):
        role: Literal["user", "assistant"] = "user" if said.role is Role.USER else "assistant"
        text = sound(said.text[:characters])
        if role == "assistant":
            text = text if contacts else without_contacts(text)
        elif said.quoted:
            text = f"{sound(about(said.quoted))}{text}"
        if said.role is Role.AGENT:
            text = f"{_APP if said.agent == APP else _PERSON} {text}"
        if mark := _DOUBTS.get(said.state):
            text = f"{mark} {text}"
        if merged and merged[-1][0] == role:
            merged[-1] = (role, f"{merged[-1][1]}\n{text}")
        elif merged or role == "user":
            merged.append((role, text))
    return tuple(merged)


def told_now(turn: Turn, text: str, facts: Mapping[str, Any]) -> str:
    """Return what a model is told in this turn: what is known, each fact that is not empty in a line, and the new text."""
    known = [
        f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}"
        for name, value in facts.items()
        if value
    ]
    comes = _PLANNED if turn.timer else _DECIDED if turn.decision else _WRITES
    return sound("\n".join([*known, comes, text]))


def sound(text: str) -> str:
    """Return a text that can be encoded: texts from providers may contain lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _latest(entries: Sequence[HistoryEntry], count: int) -> Sequence[HistoryEntry]:
    return entries[-count:] if count else ()
