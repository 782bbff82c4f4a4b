"""The assistant that asks a large language model: `ASSISTANT=worker.assistants.llm:assistant`, extra `inturn[llm]`.

It is opened when it is named, so that a missing extra or a wrong setting stops the start and not the first turn.
"""

from functools import cache
from typing import Any

from session.turn import Assistant
from worker.assistants.llm.opening import open_assistant
from worker.assistants.llm.settings import LlmSettings


@cache
def _assistant() -> Assistant:
    return open_assistant(LlmSettings.load())


def __getattr__(name: str) -> Any:
    """Return the assistant when a setting names it; importing this package opens nothing."""
    if name == "assistant":
        return _assistant()
    raise AttributeError(name)
