"""Audits timers: each rings once, not too early and in order; what was cancelled, or met a STOP, does not come."""

from collections import Counter, defaultdict

from session.conversations import conversation_of
from tests.chaos.findings import Findings
from tests.chaos.story import Retold
from tests.chaos.system import System
from tests.chaos.timers import later_text


def audit_timers(system: System, told: Retold, found: Findings) -> None:
    """Compare what the assistant has planned with what its customers have read, and look for what still waits."""
    for customer, what in told.untimely:
        found.add("timers", customer, what)
    read: defaultdict[str, set[str]] = defaultdict(set)
    for arrival in told.seen.arrivals:
        if arrival.text.startswith(later_text("")):
            read[arrival.text].add(arrival.delivery)
            if told.replies.get(arrival.delivery) is None:
                found.add("timers", arrival.customer, f"{arrival.text!r} arrived, which no turn has said")
    for text, deliveries in read.items():
        if len(deliveries) > 1:
            found.add("timers", "", f"{text!r} was said {len(deliveries)} times")
    arrived = {id_ for ids in read.values() for id_ in ids}
    with system.client() as client:
        for story in told.stories.values():
            for id_ in story.timers.said:
                reply = told.replies[id_]
                if id_ not in arrived and not (reply.cancelled or reply.stopped or reply.held):
                    found.add("timers", story.customer, f"{id_} says what was planned, and has not arrived")
            own = system.keys.of(conversation_of(story.customer))
            # What was due while an agent has it waits for that agent.
            kept = {name for name, one in story.timers.waiting.items() if story.holder and one.shown}
            left = {*story.timers.waiting, *client.hkeys(own.timers)} - kept
            if left or story.timers.rung:
                found.add("timers", story.customer, f"at rest these wait: {sorted(left)}")
    kinds = Counter(bool(story.timers.had_turn) for story in told.stories.values())
    found.figures["timers that had their turn"] = sum(one.timers.had_turn for one in told.stories.values())
    found.figures["timers that a load has rung"] = sum(one.timers.hastened for one in told.stories.values())
    found.figures["customers with timers"] = kinds[True]
