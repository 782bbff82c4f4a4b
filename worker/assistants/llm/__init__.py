"""The assistant with a large language model: `ASSISTANT=worker.assistants.llm:assistant`, extra `inturn[llm]`.

It is created when the setting is loaded, so a missing extra or a wrong setting stops the start, not the first turn.
"""

from functools import cache
from typing import Any

from session.consulting import AsyncAssistant


@cache
def _assistant() -> AsyncAssistant:
    # Imported here, because the pure modules of this package need neither Redis nor logging.
    from worker.assistants.llm.composition import open_assistant  # noqa: PLC0415
    from worker.assistants.llm.settings import LlmSettings  # noqa: PLC0415

    return open_assistant(LlmSettings.load())


def __getattr__(name: str) -> Any:
    """Create and return the attribute `assistant`; importing this package alone creates nothing."""
    if name == "assistant":
        return _assistant()
    raise AttributeError(name)
