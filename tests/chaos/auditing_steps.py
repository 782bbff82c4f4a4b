"""Audits steps: what is booked for a message has one idempotency key, and is booked again only if a turn was repeated."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tests.chaos.assistant import is_booked
from tests.chaos.findings import Findings
from tests.chaos.options import Options
from tests.chaos.story import Retold
from tests.chaos.strikes import Strikes

#: Faults after which no turn is taken again.
_HARMLESS = ("provider-", "wakes-", "beat-", "two-beats", "broker-", "rabbitmq-", "silent-", "sentinel-")
#: How the time that an assistant takes may differ from the one that it has, in seconds: it is noted a little later.
_LATER = 0.5
#: Seconds from a booking to the end of its turn, or to the time-out of Redis, on a busy machine.
_LONGEST = 5


class _Call(NamedTuple):
    """One call of the assistant."""

    began: float
    ended: float
    how: str


def audit_bookings(told: Retold, notes: Path, strikes: Strikes, found: Findings) -> None:
    """Compare what was booked with what was answered."""
    calls: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for file in notes.glob("booked-*"):
        for line in file.read_text().splitlines():
            message, key, at = line.split()
            calls[message].append((key, float(at)))
    again, asked = 0, _calls(notes)
    # A takeover has ended the call, and nobody has answered until the time-out, or until the customer came back.
    asked_again = told.asked_again
    for message, several in calls.items():
        customer = told.ledger.by_id[message].customer
        if len({key for key, _ in several}) > 1:
            found.add("doubled effect", customer, f"{message} was booked with several keys: {several}")
        again += len(several) - 1
        first = min(at for _, at in several)
        meanwhile = [call for call in asked[customer] if call.began <= first <= call.ended]
        # Calls are noted under another name of a person than the one by which the texts call it.
        ended = message in asked_again and (
            customer in told.ledger.people or any(call.how != "answered" for call in meanwhile)
        )
        reason = ended or _in_vain(told.options, meanwhile) or was_repeated(strikes, first)
        if len(several) > 1 and not reason:
            found.add("doubled effect", customer, f"{message} was booked again without a reason: {several}")
    for story in told.stories.values():
        unheard = story.in_vain
        for post in story.answered:
            booked = is_booked(post.text, told.options.booking)
            if booked and post.id not in unheard and post.id not in calls:
                found.add(
                    "unanswered", story.customer, f"{post.id} was answered and nothing was booked for it"
                )
    found.figures |= {"bookings": len(calls), "booked again": again}


def _calls(notes: Path) -> defaultdict[str, list[_Call]]:
    """Return when the assistant was asked about each customer, and what came of that."""
    calls: defaultdict[str, list[_Call]] = defaultdict(list)
    for file in [*notes.glob("calls-*"), *notes.glob("left-*")]:
        for line in file.read_text().splitlines():
            customer, began, ended, how = line.split()
            calls[customer].append(_Call(float(began), float(ended), how))
    return calls


def _in_vain(options: Options, calls: list[_Call]) -> bool:
    """Whether the call in which something was booked was no answer in time, or a message has killed its process meanwhile."""
    late = options.assistant_timeout - _LATER
    if any(how != "answered" and ended - began > late for began, ended, how in calls):
        return True
    # Who is killed leaves nothing.
    return bool(options.killers and not calls)


def was_repeated(strikes: Strikes, at: float) -> bool:
    """Whether a turn that booked something at a time may have been taken again."""
    return any(
        strike.began_at - _LONGEST <= at <= strike.ended_at + _LONGEST
        for strike in strikes.done
        if not strike.kind.startswith(_HARMLESS)
    )
