"""The assistant of the chaos runs: one reply for each message, named after it, so that the audit needs nothing else.

Everything it does follows from the texts alone, so a turn that is taken again does the same again.
"""

import os
import time
from pathlib import Path
from zlib import crc32

from session import Turn

#: A message that says just this kills the process in which the assistant is asked about it.
KILL = "KILL"
#: Of a hundred messages so many are answered slowly, and how long that takes, in seconds.
_SLOW_OF_100 = int(os.environ.get("CHAOS_SLOW_OF_100", "3"))
_SLOW_FOR = float(os.environ.get("CHAOS_SLOW_FOR", "0.8"))
#: Of a hundred messages so many make it ask for a person.
_PERSON_OF_100 = int(os.environ.get("CHAOS_PERSON_OF_100", "0"))
#: Where each process notes when it was asked about which conversation; nowhere by default.
_CALLS = os.environ.get("CHAOS_CALLS")


def searches(text: str) -> bool:
    """Return whether this message makes the assistant search."""
    return text != KILL and crc32(text.encode()) % 7 == 0


def is_slow(text: str, of_100: int) -> bool:
    """Return whether this message is answered slowly."""
    return crc32(text.encode()[::-1]) % 100 < of_100


def asks_for_a_person(text: str, of_100: int) -> bool:
    """Return whether this message makes the assistant ask for a person."""
    return crc32(text.encode() * 2) % 100 < of_100


def answer_to(text: str) -> str:
    """Return the one reply to a message."""
    return f"re {text}"


def assistant(turn: Turn) -> None:
    began = time.time()
    if any(message.text == KILL for message in turn.messages):
        os._exit(1)
    if any(is_slow(message.text, _SLOW_OF_100) for message in turn.messages):
        time.sleep(_SLOW_FOR)
    for message in turn.messages:
        if searches(message.text):
            turn.search("notes", message.text)
        turn.reply(answer_to(message.text))
        if asks_for_a_person(message.text, _PERSON_OF_100):
            turn.escalate("asked for a person")
    # Read, change, write: a turn that counts twice, or over another one, shows here.
    turn.remember(answered=(turn.known.answered or 0) + len(turn.messages))
    if _CALLS:
        # One short write: whole lines, whoever else writes. A call that is killed leaves none.
        line = f"{turn.customer} {began:.6f} {time.time():.6f}\n"
        with (Path(_CALLS) / str(os.getpid())).open("a") as calls:
            calls.write(line)


def catalogue(kind: str, query: str, /, **_filters: object) -> list[str]:
    """Find one thing, whatever is searched."""
    return [f"{kind}: {query}"]
