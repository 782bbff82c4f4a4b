"""The assistant of the chaos runs: one reply for each message, named after it, so that the audit needs nothing else.

Everything it does follows from the texts alone, so a turn that is taken again does the same again. For some messages it books
something at another service, in a step.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from session import AsyncTurn, Message, Turn
from session.errors import TurnLost
from tests.chaos.timers import OPEN_FOR, approval_of, cancels, outcome_of, plan_of

if TYPE_CHECKING:
    from session.approvals import Decision

#: A message that says just this kills the process in which the assistant is asked about it.
KILL = "KILL"
#: Of a hundred messages so many are answered slowly, and how long that takes, in seconds.
_SLOW_OF_100 = int(os.environ.get("CHAOS_SLOW_OF_100", "3"))
_SLOW_FOR = float(os.environ.get("CHAOS_SLOW_FOR", "0.8"))
#: Of a hundred messages so many make it ask for a person.
_PERSON_OF_100 = int(os.environ.get("CHAOS_PERSON_OF_100", "0"))
#: Of a hundred messages so many make it book something.
_BOOKED_OF_100 = int(os.environ.get("CHAOS_BOOKED_OF_100", "0"))
#: Of a hundred messages so many are answered with a message template, whose only parameter is all that it says.
_TEMPLATES_OF_100 = int(os.environ.get("CHAOS_TEMPLATES_OF_100", "0"))
TEMPLATE = "said"
#: Of a hundred messages so many make it plan something for later.
_PLANNED_OF_100 = int(os.environ.get("CHAOS_PLANNED_OF_100", "0"))
#: Of a hundred messages so many make it ask a person for a yes.
_ASKED_OF_100 = int(os.environ.get("CHAOS_ASKED_OF_100", "0"))
#: Whether it says something before a slow answer.
_SAYS_EARLY = os.environ.get("CHAOS_SAYS_EARLY", "true") == "true"
#: Share of the time of a slow answer that a booking takes.
_BOOKING = 0.25
#: Where each process notes when it was asked about which conversation, and what it has booked; nowhere by default.
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


def is_booked(text: str, of_100: int) -> bool:
    """Return whether this message makes the assistant book something."""
    return text != KILL and crc32(text.encode() * 3) % 100 < of_100


def answer_to(text: str) -> str:
    """Return the one reply to a message."""
    return f"re {text}"


def word_before(text: str) -> str:
    """Return what is said early in a turn that begins with this message."""
    return f"wait {text}"


async def assistant(turn: AsyncTurn) -> None:
    """Answer each message, also those that come meanwhile if they may join the turn."""
    wanted, waits = turn.messages, False
    with _noted(turn):
        if turn.timer:
            turn.reply(turn.timer.text)
            return
        if _ASKED_OF_100 and (decided := turn.decision):
            if is_slow(decided.data, _SLOW_OF_100):
                await asyncio.sleep(_SLOW_FOR)
            if decided.approved:
                await turn.step("carry out", partial(_carry_out, decided.data))
            turn.reply(_outcome_of(decided))
            return
        while wanted:
            if _is_slow(wanted):
                if _SAYS_EARLY and not waits:
                    await turn.say_now(word_before(turn.messages[0].text))
                waits = True
                await asyncio.sleep(_SLOW_FOR)
            for booked in _to_book(wanted):
                # Messages of a turn that has failed are taken one by one: what belongs to one has a key of its own.
                await turn.step("book", partial(_book, booked), key=booked)
            _answer(turn, wanted)
            wanted = await turn.more()


def plain(turn: Turn) -> None:
    """Do the same in a thread, which is left when the turn ends without it."""
    with _noted(turn):
        if turn.timer:
            turn.reply(turn.timer.text)
            return
        if _ASKED_OF_100 and (decided := turn.decision):
            if is_slow(decided.data, _SLOW_OF_100):
                time.sleep(_SLOW_FOR)
            if decided.approved:
                turn.step("carry out", partial(_carry_out, decided.data))
            turn.reply(_outcome_of(decided))
            return
        if _is_slow(turn.messages):
            if _SAYS_EARLY:
                turn.say_now(word_before(turn.messages[0].text))
            time.sleep(_SLOW_FOR)
        for booked in _to_book(turn.messages):
            turn.step("book", partial(_book_in_a_thread, booked), key=booked)
        _answer(turn, turn.messages)
        # Who has been left is told so, and has answered nothing. A step that an earlier run of the turn has kept would tell nothing.
        turn.step("answer", lambda: None, key=f"{time.time():.6f}")


def _is_slow(messages: Sequence[Message]) -> bool:
    if any(message.text == KILL for message in messages):
        os._exit(1)
    return any(is_slow(message.text, _SLOW_OF_100) for message in messages)


def _to_book(messages: Sequence[Message]) -> list[str]:
    return [message.id for message in messages if is_booked(message.text, _BOOKED_OF_100)]


async def _book(message: str, key: str) -> str:
    """Book something for a message, at a service that heeds the idempotency key; it takes a while."""
    _note("booked", f"{message} {key} {time.time():.6f}")
    await asyncio.sleep(_SLOW_FOR * _BOOKING)
    return key


def _book_in_a_thread(message: str, key: str) -> str:
    _note("booked", f"{message} {key} {time.time():.6f}")
    time.sleep(_SLOW_FOR * _BOOKING)
    return key


def _carry_out(about: str, key: str) -> str:
    """Do what was approved, at a service that heeds the idempotency key."""
    _note("carried", f"{key} {time.time():.6f} {about}")
    return key


def _outcome_of(decided: "Decision") -> str:
    how = "done" if decided.approved else "not" if decided.by else "over"
    return outcome_of(decided.data, how)


def _reply(turn: Turn, text: str) -> None:
    if text == KILL or crc32(text.encode() * 4) % 100 >= _TEMPLATES_OF_100:
        turn.reply(answer_to(text))
        return
    from session import Template  # noqa: PLC0415  (the last release has none)

    turn.reply(template=Template(name=TEMPLATE, language="en", body=(answer_to(text),)))


def _answer(turn: Turn, messages: Sequence[Message]) -> None:
    for message in messages:
        if searches(message.text):
            turn.search("notes", message.text)
        _reply(turn, message.text)
        if plan := plan_of(message.text, _PLANNED_OF_100):
            turn.later(
                plan.name,
                in_=timedelta(seconds=plan.seconds),
                text=plan.text,
                until_takeover=plan.until_takeover,
            )
        elif name := cancels(message.text, _PLANNED_OF_100):
            turn.cancel_later(name)
        if asked := approval_of(message.text, _ASKED_OF_100):
            turn.ask_approval(asked.name, text=asked.text, data=asked.about)
        if asks_for_a_person(message.text, _PERSON_OF_100):
            turn.escalate("asked for a person")
    # Read, change, write: a turn that counts twice, or over another one, shows here.
    turn.remember(answered=(turn.known.answered or 0) + len(messages))


@contextmanager
def _noted(turn: Turn) -> Iterator[None]:
    """Note when the assistant was asked, and until when; one that is killed leaves nothing."""
    began, kind, how = time.time(), "calls", "answered"
    try:
        yield
    except asyncio.CancelledError:
        how = "cancelled"
        raise
    except TurnLost:
        # It was left long ago, and only finds out: that is no call at the same time as the next one.
        kind, how = "left", "left"
    finally:
        _note(kind, f"{turn.customer} {began:.6f} {time.time():.6f} {how}")


def _note(kind: str, line: str) -> None:
    if _CALLS:
        # One short write: whole lines, whoever else writes.
        with (Path(_CALLS) / f"{kind}-{os.getpid()}").open("a") as notes:
            notes.write(line + "\n")


def catalogue(kind: str, query: str, /, **_filters: object) -> list[str]:
    """Find one thing, whatever is searched."""
    return [f"{kind}: {query}"]


if _ASKED_OF_100:
    from session import approvals

    # Nobody would wait for the end of it, and the last release has none.
    approvals.OPEN_FOR = timedelta(seconds=OPEN_FOR)  # type: ignore[misc]

#: Where the run says so, they are asked while a person is awaited.
assistant.while_waiting = plain.while_waiting = True  # type: ignore[attr-defined]
