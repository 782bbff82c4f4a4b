"""The default assistant: answers from loaded records, offline, in English, Arabic and Franco-Arabic.

It is called once for each turn. What it understands is kept in the session as slots; it searches as soon as enough is
known, and hands over to a person on request or after two messages in a row that it did not understand.
"""

from worker.assistants.concierge.decisions import assistant

__all__ = ["assistant"]
