"""What an answer of Redis means for its call: its result, its error, or that it must be asked in other words."""

from typing import Any

from redis import exceptions

from session.errors import NotDurable
from session.store.calls import Call
from session.store.failures import FAILURES, unavailable
from session.store.wire import Unconfirmed, sendable


def result(call: Call[Any], answer: Any) -> Any:
    """Return the result of a call from its answer, or its error. An unreadable answer concerns only its call."""
    if isinstance(answer, FAILURES):
        away = unavailable(call.name, answer)
        if away is not None:
            away.__cause__ = answer
        return away or answer
    if isinstance(answer, Exception):
        return answer
    why = ""
    if isinstance(answer, Unconfirmed):
        answer, why = answer.answer, answer.why if call.wait else ""
    try:
        value = call.read(answer) if call.read else answer
        return NotDurable(call.name, why, value) if why else value
    except Exception as error:  # noqa: BLE001  (it is raised where the result is wanted)
        return error


def in_other_words(call: Call[Any], answer: Any) -> Call[Any] | None:
    """Return the call as it must be sent after this answer; None if it has been answered."""
    if isinstance(answer, exceptions.NoScriptError) and call.words[0] == "EVALSHA":
        # It teaches the server the script as well, on the node of the keys, for the next call.
        return call._replace(words=("EVAL", call.text, *call.words[2:]))
    if isinstance(answer, UnicodeEncodeError) and any(isinstance(word, str) for word in call.words[1:]):
        # Nothing was sent. Checking every value beforehand would cost more than the rest of a call.
        values = (sendable(word) if isinstance(word, str) else word for word in call.words[1:])
        return call._replace(words=(call.words[0], *values))
    return None
