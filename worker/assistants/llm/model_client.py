"""The interface of a client that asks a model. Types only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from session.errors import InturnError
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.schemas import ModelAnswer, SearchArguments

#: Runs a search and returns the result for the model.
SearchFor = Callable[[SearchArguments], Awaitable[str]]


@dataclass(slots=True)
class TurnUsage:
    """The tokens that a turn has used so far."""

    tokens: int = 0


class ModelServerError(InturnError):
    """Raised when the server is unavailable, slow or refuses the account, but not for what a customer can cause."""


class ModelClient(Protocol):
    """Asks a model."""

    async def ask(
        self, question: Question, search: SearchFor, turn_usage: TurnUsage, *, seconds: float
    ) -> ModelAnswer:
        """Return the answer of the model within `seconds`; `turn_usage` is updated in any case.

        Raises `ModelServerError`, or another error if the model fails.
        """

    async def close(self) -> None:
        """Close the connections."""
