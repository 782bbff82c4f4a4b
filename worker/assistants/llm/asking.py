"""What the assistant needs of whoever asks a model. Types only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from session.errors import InturnError
from worker.assistants.llm.answers import Answer, Search
from worker.assistants.llm.prompts import Question

#: Does a search, and returns what the model is told of it.
SearchFor = Callable[[Search], str]


@dataclass(slots=True)
class Bill:
    """What a turn has cost so far."""

    tokens: int = 0


class ServerFault(InturnError):
    """Raised when the server is at fault: away, slow, refusing us. Not when a customer could have brought it about."""


class Asker(Protocol):
    """Asks a model."""

    def ask(self, question: Question, search: SearchFor, bill: Bill, *, seconds: float) -> Answer:
        """Return the model's answer, in time; `bill` says in any case what it has cost.

        Raises `ServerFault`, or anything else if it is the model that fails.
        """
