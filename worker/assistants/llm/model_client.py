"""The interface of a client that asks a model. Types only."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from session.errors import InturnError
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.schemas import ModelAnswer, SearchArguments

#: Runs a search and returns the result for the model.
SearchFor = Callable[[SearchArguments], Awaitable[str]]


class Tools(Protocol):
    """What a model may call in a turn beside `search` and `answer`."""

    @property
    def definitions(self) -> Sequence[Mapping[str, Any]]:
        """Those that may still be called, in OpenAI's form."""

    def knows(self, name: str) -> bool:
        """Whether there is such a tool."""

    async def call(self, name: str, written: str, *, seconds: float) -> str:
        """Call one with arguments as the model wrote them, within `seconds`; return what the model is told."""


class TurnUsage(Protocol):
    """The tokens that a turn has used so far, and what is left of the customer's day."""

    tokens: int

    async def reserve(self, estimate: int) -> bool:
        """Count a request before it is made; return whether its whole estimate is left, so that another may follow.

        Raises `TokensUsedUp` if nothing is left: then it is not counted, and must not be made.
        """


class TokensUsedUp(InturnError):
    """Raised when a customer has used all tokens of the day."""

    def __init__(self) -> None:
        super().__init__("this customer has used all tokens of the day")


class ModelServerError(InturnError):
    """Raised when the server is unavailable, slow or refuses the account, but not for what a customer can cause."""


class ModelClient(Protocol):
    """Asks a model."""

    async def ask(
        self, question: Question, search: SearchFor, tools: Tools, turn_usage: TurnUsage, *, seconds: float
    ) -> ModelAnswer:
        """Return the answer of the model within `seconds`; `turn_usage` is updated in any case.

        Raises `ModelServerError`, `TokensUsedUp`, or another error if the model fails.
        """

    async def close(self) -> None:
        """Close the connections."""
