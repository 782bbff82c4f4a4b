"""The default assistant: answers from loaded records, offline, in English, Arabic and Franco-Arabic.

It is called once for each turn. What it understands is kept in the session as slots; it searches as soon as enough is
known, hands over to a person on request, and offers one where it does not understand. The table in `moves` says it all.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.assistants.concierge.decisions import assistant

__all__ = ["assistant"]


def __getattr__(name: str) -> Any:
    """Return `assistant`, loaded on first use: the pure modules of this package need no logging."""
    if name == "assistant":
        from worker.assistants.concierge.decisions import assistant  # noqa: PLC0415

        return assistant
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
