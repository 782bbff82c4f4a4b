"""Audits agents: every action came to what it must, every answer was delivered once and in order, nothing is left over."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from session.agent_actions import AgentActionType
from session.conversations import conversation_of
from session.models import Session
from session.records import to_ms
from session.store import CounterStore, Scripts
from tests.chaos.findings import Findings
from tests.chaos.ledger import Post
from tests.chaos.story import Retold, Story
from tests.chaos.system import System
from tests.chaos.witness import Seen
from tests.stores import at_once


def audit_agents(system: System, told: Retold, found: Findings) -> None:
    """Look at actions and answers, at the list of conversations that wait, and at what is counted."""
    ledger, seen = told.ledger, told.seen
    for customer, what in told.wrong:
        found.add("agents", customer, what)
    _audit_answers(told, found)
    for story in told.stories.values():
        _audit_order_of_sends(story, seen, found)
        _audit_order_of_turns(story, found, acts_only=system.options.shards > 1)
    with system.client() as client:
        for shard in range(system.options.shards):
            _audit_waiting(system, client, shard, told, found)
        _audit_counters(system, client, told, found)
    acts = [one for one in ledger.acts.values() if one.action.type is not AgentActionType.SEND]
    declined = Counter(why for why in told.came_to.values() if why)
    found.figures |= {
        "actions": len(acts),
        "actions submitted": sum(act.tries for act in acts),
        "actions declined": dict(declined),
        "agents late": told.late,
    }


def _audit_answers(told: Retold, found: Findings) -> None:
    """Every answer that was not declined has reached its customer as one delivery; no other has reached anybody."""
    ledger, deliveries = told.ledger, dict[str, set[str]]()
    for arrival in told.seen.arrivals:
        act = ledger.answers.get(arrival.text)
        if act is None:
            continue
        deliveries.setdefault(act.id, set()).add(arrival.delivery)
        if act.customer != arrival.customer or told.came_to.get(act.id) != "":
            came_to = told.came_to.get(act.id)
            found.add("agents", arrival.customer, f"{arrival.text!r} for {act.customer} ({came_to}) arrived")
    for id_, ids in deliveries.items():
        if len(ids) > 1:
            found.add("doubled effect", ledger.acts[id_].customer, f"{id_} has {len(ids)} deliveries")
    for words in ledger.strange:
        found.add("agents", "", words)
    unsent = {
        reply.to.id
        for reply in told.replies.values()
        if (reply.held or reply.stopped or reply.cancelled) and reply.to
    }
    for id_, came_to in told.came_to.items():
        act = ledger.acts[id_]
        if (
            act.action.type in (AgentActionType.ANSWER, AgentActionType.SEND)
            and not came_to
            and id_ not in deliveries.keys() | unsent
        ):
            found.add("unanswered", act.customer, f"the answer {id_} has not reached the provider")
    sends = [id_ for id_ in deliveries if ledger.acts[id_].action.type is AgentActionType.SEND]
    found.figures["answers delivered"] = len(deliveries) - len(sends)
    found.figures["sends of programs"] = len(ledger.sendings)
    found.figures["sends asked for"] = sum(one.tries for one in ledger.sendings)
    found.figures["sends delivered"] = len(sends)


def _audit_order_of_sends(story: Story, seen: Seen, found: Findings) -> None:
    """What reaches a customer, first arrivals only, comes in the order in which it was queued, whoever says it."""
    place = {reply.id: n for n, reply in enumerate(story.replies)}
    newest, arrived = -1, set[str]()
    for arrival in seen.of(story.customer):
        if arrival.delivery not in place:
            found.add(
                "doubled effect", story.customer, f"no event has queued {arrival.delivery}: {arrival.text!r}"
            )
        elif arrival.delivery not in arrived:
            arrived.add(arrival.delivery)
            if place[arrival.delivery] < newest:
                found.add("out of order", story.customer, f"{arrival.text!r} arrived too late")
            newest = max(newest, place[arrival.delivery])
    for reply in story.replies:
        if not (reply.cancelled or reply.held or reply.stopped) and reply.id not in arrived:
            found.add("unanswered", story.customer, f"{reply} has not reached the provider")


def _audit_order_of_turns(story: Story, found: Findings, *, acts_only: bool) -> None:
    """What was begun to be posted after something else was known to be kept is taken after it.

    Messages and actions go through one intake only where there is one shard.
    """
    newest = 0.0
    for entry, _ in story.taken:
        if acts_only and isinstance(entry, Post):
            continue
        if entry.ok_at is not None and entry.ok_at < newest:
            found.add("out of order", story.customer, f"{entry.id} was taken after something newer")
        newest = max(newest, entry.began_at)


def _audit_waiting(system: System, client: Any, shard: int, told: Retold, found: Findings) -> None:
    """The list of conversations that wait for agents is that of the sessions that say so, each since when."""
    keys = system.keys.shard(shard)
    listed = dict(client.zrange(keys.waiting, 0, -1, withscores=True))
    wanted: dict[str, float] = {}
    people = [name for person in told.ledger.people.values() for name in person.everything]
    for customer in [*told.stories, *people]:
        conversation = conversation_of(customer)
        record = client.get(system.keys.of(conversation).session)
        session = Session.model_validate_json(record) if record else None
        if session and session.state == "WAITING_AGENT" and system.keys.shard_of(conversation) == shard:
            wanted[conversation] = to_ms(session.waiting_since or session.last_activity)
    for conversation in sorted(wanted.keys() | listed.keys()):
        since, is_ = wanted.get(conversation), listed.get(conversation)
        if since != is_:
            found.add("counters", conversation, f"waits since {since}, the list says {is_}")


def _audit_counters(system: System, client: Any, told: Retold, found: Findings) -> None:
    """By what is counted nothing waits any more, and as many replies were cancelled, or met a STOP, as events say so."""
    counters = at_once(client, CounterStore(Scripts.load(), system.keys))
    counted: Counter[str] = Counter()
    wanted = Counter[str]({f"consent|{which}": count for which, count in told.consents.items()})
    wanted.update({f"replies|{channel}|cancelled": count for channel, count in told.cancelled.items()})
    wanted.update({f"replies|{channel}|opted_out": count for channel, count in told.stopped.items()})
    for shard in range(system.options.shards):
        counters.fold(shard, now=datetime.now(UTC), pages=1000)
        statistics = counters.queue_statistics(shard, now=datetime.now(UTC))
        if statistics.mailboxes.count or statistics.outboxes.count or statistics.counts["unreadable"]:
            found.add("counters", "", f"by the counters of shard {shard} something waits: {statistics}")
        for name in wanted:
            counted[name] += statistics.counts[name]
    # A server that was not started for this run has counted others as well.
    if system.options.redis_url is None and counted != wanted:
        found.add("counters", "", f"the counters says {counted}, the events {wanted}")
