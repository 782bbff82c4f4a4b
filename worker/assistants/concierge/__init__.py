"""The assistant of the house: answers from loaded records, offline, in English, Arabic and Franco-Arabic.

It is asked once a turn. What it understood goes into the session as slots, a search comes as soon as it makes sense,
and a person takes over when one is asked for or when two messages in a row were not understood.
"""

from worker.assistants.concierge.answering import assistant

__all__ = ["assistant"]
