"""Audits sends: a reply that reached the provider twice needs a reason - its answer was lost in the middle of a send."""

from collections import defaultdict

from tests.chaos.findings import DoubledSend, Findings
from tests.chaos.ledger import read_answer
from tests.chaos.options import Options
from tests.chaos.strikes import Strike, Strikes
from tests.chaos.witness import Arrival, Seen

#: Seconds that may lie between the arrival of a send at the provider and the note in Redis that it was sent.
_SETTLES_WITHIN = 1.5

#: What can come between a send and the note of it, and the words for it.
_REASONS = {
    "child-kill": "worker killed in the middle of a send",
    "group-kill": "worker killed in the middle of a send",
    "child-stop": "worker stopped in the middle of a send",
    "group-stop": "worker stopped in the middle of a send",
    "deploy": "worker ended in the middle of a send",
    "valkey-kill": "Redis away before the send was noted",
    "valkey-stop": "Redis away before the send was noted",
    "valkey-full": "Redis away before the send was noted",
    "redis-cut": "Redis away before the send was noted",
    "redis-hole": "Redis away before the send was noted",
    "provider-drop": "provider hung up after it had accepted",
    "provider-slow": "provider answered later than the time-out",
}


def audit_sends(options: Options, seen: Seen, strikes: Strikes, found: Findings) -> None:
    """List every reply that arrived more than once, with its reason; one without is a broken promise."""
    arrivals: defaultdict[tuple[str, int], list[Arrival]] = defaultdict(list)
    for arrival in seen.arrivals:
        answered = read_answer(arrival.text)
        if answered:
            arrivals[answered].append(arrival)
    for (customer, number), several in arrivals.items():
        if len(several) < 2:
            continue
        reasons = [_reason(options, arrival, strikes) for arrival in several[:-1]]
        reason = "; ".join(sorted(set(reasons))) if all(reasons) else ""
        found.doubled_sends.append(
            DoubledSend(customer=customer, number=number, times=len(several), reason=reason)
        )
        if not reason:
            times = ", ".join(f"{arrival.at:.3f}" for arrival in several)
            found.add("doubled send", customer, f"the reply to {number} arrived at {times} without a reason")


def _reason(options: Options, arrival: Arrival, strikes: Strikes) -> str:
    """Return why the answer to a send may have been lost; "" if nothing says so."""
    for strike in strikes.done:
        if strike.kind in _REASONS and _hits(options, strike, arrival):
            return _REASONS[strike.kind]
    return ""


def _hits(options: Options, strike: Strike, arrival: Arrival) -> bool:
    if strike.customers and arrival.customer not in strike.customers:
        return False
    before = _SETTLES_WITHIN + (options.send_timeout if strike.kind.startswith("group") else 0)
    ended = strike.ended_at or float("inf")
    return strike.began_at - before <= arrival.at <= ended + _SETTLES_WITHIN
