"""The settings of the assistant with a large language model."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from session.addresses import Url
from session.settings import Seconds
from worker.settings import Dotted, WorkerSettings

#: Share of the assistant's time-out; the rest is for Redis and for the fallback.
_SHARE = 0.7
_REDIS_SHARE = 0.05


class TranscriptionSettings(WorkerSettings):
    """The server that makes texts of voice notes: that of the model, or another one with the same key."""

    llm_base_url: Url = ""
    llm_api_key: SecretStr | None = None
    llm_transcription_url: Url = ""
    llm_transcription_model: str = "whisper-1"

    @property
    def transcription_url(self) -> str:
        """The address of the server, with its /v1."""
        return self.llm_transcription_url or self.llm_base_url


class LlmSettings(TranscriptionSettings):
    """The model, the options of its server, and the limits of a turn and of a day."""

    llm_model: str = ""
    llm_fallback: Dotted = "worker.assistants.concierge:assistant"

    llm_output_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    llm_tool_choice: Literal["required", "auto"] = "auto"
    llm_max_retries: Annotated[int, Field(ge=0, le=1)] = 0

    llm_timeout_seconds: Seconds = 7
    llm_max_requests: Annotated[int, Field(ge=1, le=10)] = 3
    llm_max_searches: Annotated[int, Field(ge=0, le=10)] = 2
    mcp_file: Path | None = None
    llm_max_tool_calls: Annotated[int, Field(ge=0, le=20)] = 3
    llm_max_input_characters: Annotated[int, Field(ge=1, le=20_000)] = 2000
    llm_max_output_tokens: Annotated[int, Field(ge=16, le=10_000)] = 300
    llm_history_turns: Annotated[int, Field(ge=0, le=100)] = 10
    llm_images: bool = False
    llm_daily_tokens: Annotated[int, Field(ge=0)] = 100_000

    @model_validator(mode="after")
    def _somebody_is_asked(self) -> Self:
        if not self.llm_base_url or not self.llm_model:
            raise ValueError("worker.assistants.llm needs LLM_BASE_URL and LLM_MODEL")
        return self

    @property
    def patience(self) -> float:
        """Seconds for the model in a turn, always less than the time-out of the assistant."""
        return min(self.llm_timeout_seconds, _SHARE * self.assistant_timeout_seconds)

    @property
    def redis_patience(self) -> float:
        """Seconds for one answer of Redis, which may be asked twice; all but the last of a turn are in the time of the model."""
        return min(self.redis_timeout_seconds, _REDIS_SHARE * self.assistant_timeout_seconds)
