"""Audits what a hook was sent: every event at least once, and those of a conversation in their order."""

from collections import defaultdict

from session.dead_letters import HookLetter, from_fields
from session.event_records import EventRecord
from tests.chaos.clock import wait_until
from tests.chaos.findings import Findings
from tests.chaos.receiver import WANTED
from tests.chaos.system import System
from tests.chaos.witness import place_of
from worker.hooks.bodies import event_id, kind_of

#: So many seconds are given to what the last sweeps find.
_AFTER_ALL = 10


def audit_hooks(system: System, found: Findings) -> None:
    """Compare what the receiver has accepted with what stands in the streams."""
    receiver = system.receiver
    # The sweep finds out that there is something new, so the last events may not have been due when all else had ended.
    if not system.options.old:
        wait_until(lambda: not _not_sent(system)[0], within=_AFTER_ALL)
    accepted = list(receiver.accepted)
    known = {id_ for _, id_ in accepted}
    found.figures["events for the hook"] = len(known)
    found.figures["events sent more than once"] = len(accepted) - len(known)
    found.figures["events refused"] = receiver.refused
    if receiver.forged:
        found.add("hooks", "", f"{receiver.forged} requests are not signed as they must be")
    if system.options.old:
        return
    missing, given_up = _not_sent(system)
    for id_ in missing:
        found.add("hooks", "", f"{id_} was not sent")
    first: defaultdict[str, list[str]] = defaultdict(list)
    for conversation, id_ in accepted:
        if id_ not in first[conversation] and id_ not in given_up:
            first[conversation].append(id_)
    for conversation, ids in first.items():
        # What concerns no conversation has an order within its shard.
        for shard in {id_.split("_")[1] for id_ in ids}:
            places = [place_of(id_.split("_")[2]) for id_ in ids if id_.split("_")[1] == shard]
            if places != sorted(places):
                found.add("hooks", conversation, "its events were sent out of order")


def _not_sent(system: System) -> tuple[set[str], set[str]]:
    """Return the ids of events that the receiver has not accepted and that are no dead letters; and the ids of those that are."""
    known = {id_ for _, id_ in list(system.receiver.accepted)}
    missing, given_up = set[str](), set[str]()
    with system.client() as client:
        for number in range(system.options.shards):
            shard = system.keys.shard(number)
            letters = [from_fields(fields) for _, fields in client.xrange(shard.dead)]
            given_up |= {letter.event for letter in letters if isinstance(letter, HookLetter)}
            for id_, fields in client.xrange(shard.events):
                record = EventRecord.of(fields, shard=number, id=id_)
                if kind_of(record) in WANTED:
                    missing.add(event_id(record))
    return missing - known - given_up, given_up
