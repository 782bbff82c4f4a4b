"""Decides about a delivery: before the send, and after it. Pure; the courier carries the decision out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from session.dead_letters import ReplyLetter
from session.delivery_events import ReplyCancelled, ReplyFailed, ReplySent
from session.events import NO_MARKETING, OPTED_OUT
from session.leases import Lease
from session.messages import Delivery, DeliveryState
from session.outgoing import NO_SILENCE, Silence
from session.pauses import Pause
from session.policy import Policy
from session.printable import mask
from session.records import from_ms, to_ms
from worker.channels.outcomes import InDoubt, OptedOut, Outcome, Prepared, Rejected, Sent, Stopped, Throttled
from worker.retries import backoff

#: How long a paused sender is left alone before one delivery tries it again.
PROBE_AFTER = timedelta(seconds=30)
#: While one delivery tries whether a sender works again, the others wait for so long.
TRY_FOR = timedelta(seconds=5)

#: A reply in doubt after so many sends is not sent again: a person decides.
DOUBTS_AT_MOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to send one delivery, and everything known before it."""

    delivery: Delivery
    lease: Lease
    number: int  #: 1 for the first
    opted_out: bool = False  #: the customer has opted out
    silence: Silence = NO_SILENCE  #: replies of the assistant that are not sent
    pause: Pause | None = None  #: pause of its sender
    doubts: int = 0  #: earlier sends in doubt
    interrupted: bool = False  #: the latest of them just now, so the provider had no time for a status
    known: DeliveryState | None = None  #: the provider's status since then


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It leaves the outbox; the next one follows."""

    state: DeliveryState
    event: ReplySent | ReplyFailed | ReplyCancelled
    dead: ReplyLetter | None = None
    instead: Delivery | None = None  #: what was sent in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """It stays first in its outbox; nothing behind it is sent before."""

    wait: timedelta
    attempts: int  #: the basis of the next attempt
    doubts: int = 0
    again: bool = False  #: it is sent at once, without waiting for the sweep


@dataclass(frozen=True, slots=True)
class TooLate:
    """Its customer service window is over: a message template is sent in its place, or nothing."""


Decision = Done | Wait


def before_sending(attempt: Attempt, *, now: datetime, policy: Policy) -> Decision | TooLate | None:
    """Return why a delivery is not sent now, or None if it is.

    A send in doubt first waits for the provider's status; without one the policy decides. Replies from before a STOP are
    not sent, nor sent again; the same holds for replies of the assistant from before a takeover, and for marketing that the
    customer wishes no more.
    """
    delivery = attempt.delivery
    settled = _after_doubt(attempt, now, policy) if attempt.doubts else None
    if settled is not None:
        return settled
    if attempt.silence.covers(delivery):
        return Done(
            state=DeliveryState.CANCELLED, event=ReplyCancelled(**_about(delivery), cancelled=(delivery.id,))
        )
    if attempt.opted_out or attempt.silence.stops(delivery):
        return Done(state=DeliveryState.FAILED, event=_unwanted(delivery, OPTED_OUT))
    if attempt.silence.spares(delivery):
        return Done(state=DeliveryState.FAILED, event=_unwanted(delivery, NO_MARKETING))
    if 0 < delivery.window_until <= to_ms(now):
        return TooLate()
    if attempt.pause and from_ms(attempt.pause.until) > now:
        wait = from_ms(attempt.pause.until) - now
        return Wait(wait=wait, attempts=attempt.number - 1, doubts=attempt.doubts)
    return None


def too_late(delivery: Delivery, why: str, now: datetime) -> Done:
    """Return the decision about a free-form reply after its window in whose place nothing is sent; `why` says what to do."""
    closed = f"the customer service window closed at {from_ms(delivery.window_until):%Y-%m-%d %H:%M} UTC"
    return _given_up(delivery, "window", f"{closed}; {why}", now)


def _after_doubt(attempt: Attempt, now: datetime, policy: Policy) -> Decision | None:
    """Return the decision about an interrupted send, or None if it is to be sent again."""
    match attempt.known:
        case DeliveryState.SENT | DeliveryState.DELIVERED | DeliveryState.READ:
            return Done(
                state=attempt.known, event=ReplySent(**_about(attempt.delivery), sent="", settled_by="status")
            )
        case DeliveryState.FAILED:
            return _given_up(attempt.delivery, "failed", "the provider's status reports it", now)
        case DeliveryState.IN_DOUBT | DeliveryState.CANCELLED if not attempt.interrupted:
            if policy.in_doubt == "hold" or attempt.doubts >= DOUBTS_AT_MOST:
                return _given_up(attempt.delivery, "unknown", _in_doubt(attempt.doubts), now)
            return None
        case None | DeliveryState.QUEUED | DeliveryState.IN_DOUBT | DeliveryState.CANCELLED:
            return Wait(wait=policy.reconcile_for, attempts=attempt.number, doubts=attempt.doubts)
    assert_never(attempt.known)


def after_sending(
    attempt: Attempt, outcome: Outcome, *, now: datetime, policy: Policy, chance: float
) -> Decision:
    """Return what an outcome means for the delivery; `chance` (0 to 1) spreads the back-off."""
    match outcome:
        case Sent(provider_id=provider_id):
            sent = ReplySent(**_about(attempt.delivery), sent=provider_id, resent=attempt.doubts > 0)
            return Done(state=DeliveryState.SENT, event=sent)
        case Rejected(code=code, words=words):
            return _given_up(attempt.delivery, code, words, now)
        case OptedOut():
            return Done(state=DeliveryState.FAILED, event=_unwanted(attempt.delivery, OPTED_OUT))
        case Stopped():
            return Wait(wait=PROBE_AFTER, attempts=attempt.number - 1, doubts=attempt.doubts)
        case Throttled(retry_after=after):
            wait = (
                timedelta(seconds=after)
                if after is not None
                else backoff(
                    attempt.number, first=policy.retry_after, at_most=policy.retry_at_most, chance=chance
                )
            )
            return Wait(wait=wait, attempts=attempt.number, doubts=attempt.doubts)
        case Prepared():
            return Wait(wait=timedelta(), attempts=attempt.number - 1, doubts=attempt.doubts, again=True)
        case InDoubt():
            return Wait(wait=policy.reconcile_for, attempts=attempt.number, doubts=attempt.doubts + 1)
    assert_never(outcome)


def _in_doubt(doubts: int) -> str:
    return "it is unknown whether it was sent" + (f", {doubts} times" if doubts > 1 else "")


def _given_up(delivery: Delivery, code: str, words: str, now: datetime) -> Done:
    return Done(
        state=DeliveryState.IN_DOUBT if code == "unknown" else DeliveryState.FAILED,
        event=ReplyFailed(**_about(delivery), failed=mask(f"{code}: {words}")),
        dead=ReplyLetter.of(delivery, f"{code}: {words}", now),
    )


def _unwanted(delivery: Delivery, why: str) -> ReplyFailed:
    return ReplyFailed(**_about(delivery), failed=why)


def _about(delivery: Delivery) -> dict[str, Any]:
    """Return what every event of a delivery that has left its outbox says."""
    return {
        "delivery": delivery.id,
        "channel": delivery.route.channel,
        "queued": (delivery.queued_at,),
        "came": delivery.received_at,
        "template": delivery.reply.template.name if delivery.reply.template else None,
    }
