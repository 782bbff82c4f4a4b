"""Audits sends: a reply that reached the provider twice needs a reason - its answer was lost in the middle of a send."""

from collections import defaultdict

from tests.chaos.assistant import word_before
from tests.chaos.findings import DoubledSend, Findings
from tests.chaos.ledger import Post, read_answer
from tests.chaos.options import Options
from tests.chaos.story import Retold
from tests.chaos.strikes import Strike, Strikes
from tests.chaos.timers import later_text
from tests.chaos.witness import Arrival

#: Seconds that may lie between the arrival of a send at the provider and the note in Redis that it was sent.
_SETTLES_WITHIN = 1.5

#: What can come between a send and the note of it, and the words for it.
#: A reply may be in doubt after these as well, but then it has not arrived.
_NOT_ARRIVED = {"provider-html": "a gateway answered in the place of the provider, which got nothing"}
_REASONS = {
    "child-kill": "worker killed in the middle of a send",
    "group-kill": "worker killed in the middle of a send",
    "child-stop": "worker stopped in the middle of a send",
    "group-stop": "worker stopped in the middle of a send",
    "deploy": "worker ended in the middle of a send",
    "valkey-kill": "Redis away before the send was noted",
    "valkey-stop": "Redis away before the send was noted",
    "valkey-full": "Redis away before the send was noted",
    "disk-full": "Redis away before the send was noted",
    "primary-kill": "Redis away before the send was noted",
    "master-kill": "Redis away before the send was noted",
    "master-stop": "Redis away before the send was noted",
    "slot-move": "a key moved before the send was noted",
    "replace": "worker ended in the middle of a send",
    "redis-cut": "Redis away before the send was noted",
    "redis-hole": "Redis away before the send was noted",
    "provider-drop": "provider hung up after it had accepted",
    "provider-gateway": "a gateway answered in the place of the provider, which had accepted",
    "provider-slow": "provider answered later than the time-out",
}


def audit_sends(told: Retold, strikes: Strikes, found: Findings) -> None:
    """List every reply that arrived more than once, with its reason; one without is a broken promise.

    So is a reply that was cancelled, or met a STOP, after it had arrived: nobody may have known of it.
    """
    arrivals: defaultdict[tuple[str, str], list[Arrival]] = defaultdict(list)
    options, late = told.options, set[str]()
    for arrival in told.seen.arrivals:
        early = arrival.text.startswith((word_before(""), later_text("")))
        if early or read_answer(arrival.text) or arrival.text in told.ledger.answers:
            # What is said early is said again by who answers what a takeover has interrupted.
            said = f"{arrival.text} ({arrival.delivery})" if early else arrival.text
            arrivals[arrival.customer, said].append(arrival)
        reply = told.replies.get(arrival.delivery)
        if reply and (reply.cancelled or reply.stopped):
            if isinstance(reply.to, Post):
                late.add(reply.id)
            if not reason_of(options, arrival, strikes):
                found.add(
                    "agents",
                    arrival.customer,
                    f"{reply.id} was not to be sent, it arrived at {arrival.at:.3f}",
                )
    found.figures["cancelled in doubt, had arrived"] = len(late)
    for customer, story in told.stories.items():
        if not _in_doubt(customer, strikes):
            for reply in [one for one in story.replies if one.held]:
                found.add("dead letter", customer, f"{reply.id} is held for a person without a reason")
    for (customer, text), several in arrivals.items():
        if len(several) < 2:
            continue
        reasons = [reason_of(options, arrival, strikes) for arrival in several[:-1]]
        reason = "; ".join(sorted(set(reasons))) if all(reasons) else ""
        found.doubled_sends.append(
            DoubledSend(customer=customer, text=text, times=len(several), reason=reason)
        )
        if not reason:
            times = ", ".join(f"{arrival.at:.3f}" for arrival in several)
            found.add("doubled send", customer, f"{text!r} arrived at {times} without a reason")


def reason_of(options: Options, arrival: Arrival, strikes: Strikes) -> str:
    """Return why the answer to a send may have been lost; "" if nothing says so."""
    for strike in strikes.done:
        if strike.kind in _REASONS and _hits(options, strike, arrival):
            return _REASONS[strike.kind]
    return ""


def _in_doubt(customer: str, strikes: Strikes) -> bool:
    """Whether any fault of the run may have left a doubt about what was sent to a customer."""
    kinds = _REASONS | _NOT_ARRIVED
    return any(
        strike.kind in kinds and (not strike.customers or customer in strike.customers)
        for strike in strikes.done
    )


def _hits(options: Options, strike: Strike, arrival: Arrival) -> bool:
    if strike.customers and arrival.customer not in strike.customers:
        return False
    before = _SETTLES_WITHIN + (options.send_timeout if strike.kind.startswith("group") else 0)
    ended = strike.ended_at or float("inf")
    return strike.began_at - before <= arrival.at <= ended + _SETTLES_WITHIN
