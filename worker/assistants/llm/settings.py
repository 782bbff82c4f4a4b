"""The settings of the assistant that asks a large language model."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from session.settings import Seconds
from worker.settings import Dotted, Url, WorkerSettings

#: Of the time that an assistant has; the rest is for Redis and for the assistant that answers in its place.
_SHARE = 0.7
_REDIS_SHARE = 0.05


class LlmSettings(WorkerSettings):
    """Which model is asked, how the server wants to be asked, and what a turn and a day may cost."""

    llm_base_url: Url | Literal[""] = ""
    llm_api_key: SecretStr | None = None
    llm_model: str = ""
    llm_fallback: Dotted = "worker.assistants.concierge:assistant"

    llm_output_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    llm_tool_choice: Literal["required", "auto"] = "auto"
    llm_max_retries: Annotated[int, Field(ge=0, le=1)] = 0

    llm_timeout_seconds: Seconds = 7
    llm_max_requests: Annotated[int, Field(ge=1, le=10)] = 3
    llm_max_searches: Annotated[int, Field(ge=0, le=10)] = 2
    llm_max_input_characters: Annotated[int, Field(ge=1, le=20_000)] = 2000
    llm_max_output_tokens: Annotated[int, Field(ge=16, le=10_000)] = 300
    llm_history_turns: Annotated[int, Field(ge=0, le=100)] = 10
    llm_daily_tokens: Annotated[int, Field(ge=0)] = 100_000

    @model_validator(mode="after")
    def _somebody_is_asked(self) -> Self:
        if not self.llm_base_url or not self.llm_model:
            raise ValueError("worker.assistants.llm needs LLM_BASE_URL and LLM_MODEL")
        return self

    @property
    def patience(self) -> float:
        """Seconds that the model has for a turn: always less than the assistant's own deadline."""
        return min(self.llm_timeout_seconds, _SHARE * self.assistant_timeout_seconds)

    @property
    def redis_patience(self) -> float:
        """Seconds for one answer of Redis; a turn asks it twice, and each may be asked for once more."""
        return min(self.redis_timeout_seconds, _REDIS_SHARE * self.assistant_timeout_seconds)
