"""Audits what Redis holds: counters and histories agree with the messages, and nothing is left waiting."""

import json
from collections import Counter
from typing import Any

from session import phrases
from session.conversations import conversation_of
from session.dead_letters import HookLetter, MediumLetter, MessageLetter, from_fields
from session.limits import MESSAGES, REPLIES, SEARCHES
from tests.chaos.assistant import KILL, searches
from tests.chaos.findings import Findings
from tests.chaos.story import ACKNOWLEDGEMENT, Retold, Story
from tests.chaos.system import System
from tests.chaos.witness import Seen, place_of

_HISTORY = 20


def audit_records(system: System, told: Retold, found: Findings) -> None:
    """Compare every session and every counter with what the events tell, and look for what still waits."""
    with system.client() as client:
        for story in told.stories.values():
            _audit_customer(system, client, story, told, found)
        _audit_shards(system, client, told, found)
        _audit_events(system, client, told.seen, found)


def _audit_customer(system: System, client: Any, story: Story, told: Retold, found: Findings) -> None:
    own = system.keys.of(conversation_of(story.customer))
    waiting = {"mailbox": client.llen(own.mailbox), "outbox": client.llen(own.outbox)}
    leases = {"lease": client.exists(own.turn_lease), "delivery lease": client.exists(own.delivery_lease)}
    # By a release that knows none, steps are not removed; those of what is open are still wanted.
    kept = {"steps": 0 if told.options.old or story.open else client.hlen(own.steps)}
    for name, size in (waiting | leases | kept).items():
        if size:
            found.add("left waiting", story.customer, f"{name}: {size}")
    record = client.get(own.session)
    if record is None:
        if story.begun or story.closed:
            found.add("counters", story.customer, "its session is gone")
        return
    session = json.loads(record)
    heard, before = story.listened_to()
    searched, earlier = (sum(searches(post.text) for post in posts) for posts in (heard, before))
    begun = "NEW" if story.fresh else "ACTIVE"
    state = "WAITING_AGENT" if story.waits else "CLOSED" if story.closed else begun
    wanted = {
        "messageCount": (story.heard, session.get("messageCount")),
        "searchCount": (searched, session.get("searchCount")),
        "answered": (
            sum(post.text != KILL for post in heard),
            session["context"]["extractedInfo"].get("answered", 0),
        ),
        "rate:msg": (len(story.answered) + story.backs, int(client.get(own.usage_of(MESSAGES)) or 0)),
        "rate:search": (searched + earlier, int(client.get(own.usage_of(SEARCHES)) or 0)),
        "rate:said": (story.spent if told.options.budget else 0, int(client.get(own.usage_of(REPLIES)) or 0)),
        "history": (_kept_of(story.said, _said(session)), _said(session)),
        "state": (state, session["state"]),
        "heldBy": (story.holder, session.get("heldBy")),
        "waitingSince": (story.asked and story.waits, "waitingSince" in session),
    }
    for name, (expected, is_) in wanted.items():
        if expected != is_:
            found.add("counters", story.customer, f"{name} is {is_}, by the events it must be {expected}")
    if client.get(own.silence) == "all":
        found.add("left waiting", story.customer, "the assistant is silent for good: no action ends that")
    if (client.get(own.stop) or "").startswith("all"):
        found.add(
            "left waiting", story.customer, "nothing is sent for good: the STOP's turn has not ended that"
        )
    if bool(client.exists(own.opt_out)) != story.out:
        found.add("counters", story.customer, f"opted out must be {story.out}")
    for id_, state in client.hgetall(own.deliveries).items():
        reply = told.replies.get(id_)
        if state not in ("sent", "delivered", "read") and not (
            reply and (reply.cancelled or reply.held or reply.stopped)
        ):
            found.add("left waiting", story.customer, f"{id_} is {state}")


def _said(session: dict[str, Any]) -> list[tuple[str, str]]:
    said = [(entry["role"], entry["content"]) for entry in session["context"]["messageHistory"]]
    begins = phrases.awaited(None, "").partition(".")[0].rstrip()
    # When somebody answers follows from how long others have waited.
    return [(role, ACKNOWLEDGEMENT if text.startswith(begins) else text) for role, text in said]


def _kept_of(said: list[tuple[str, str]], kept: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what a history must have: the newest entries, unless it has what the customer asked before and nobody had answered."""
    found = said[-_HISTORY:]
    rest, older = iter(said), Counter(kept) - Counter(found)
    in_order = all(one in rest for one in kept) and kept[-1:] == said[-1:]
    stayed = len(kept) == len(found) and all(role == "user" for role, _ in older)
    return kept if in_order and stayed else found


def _audit_shards(system: System, client: Any, told: Retold, found: Findings) -> None:
    stories = told.stories.values()
    given_up = Counter(post.id for story in stories for post in (*story.given_up, *story.given_up_too))
    dropped = 0
    for number in range(system.options.shards):
        shard = system.keys.shard(number)
        if size := client.xlen(shard.intake):
            found.add("left waiting", "", f"intake of shard {number}: {size} bodies")
        # Timers are audited by themselves.
        later = ("lapse|", "timer|")
        due = [member for member in client.zrange(shard.due, 0, -1) if not str(member).startswith(later)]
        if due:
            found.add("left waiting", "", f"due in shard {number}: {due[:10]}")
        if paused := client.hgetall(shard.paused):
            found.add("left waiting", "", f"paused: {paused}")
        for _, fields in client.xrange(shard.dead, count=500):
            letter = from_fields(fields)
            if isinstance(letter, MediumLetter | HookLetter):
                continue  # audited with the files, and with what the hook was sent
            if letter.why.startswith("unknown:"):
                continue  # audited with the sends
            if isinstance(letter, MessageLetter) and given_up[json.loads(letter.raw)["id"]]:
                given_up[json.loads(letter.raw)["id"]] -= 1
                continue
            found.add("dead letter", fields.get("conversation", ""), f"{letter.kind}: {letter.why}")

        # Where the server was made full, letters above their share of it may have gone; that is counted.
        dropped += int(client.hget(shard.counters, "letters_dropped|number") or 0)
    for id_ in list(given_up.elements())[dropped:]:
        found.add("dead letter", "", f"{id_} kills whoever takes it, and is no dead letter")


def _audit_events(system: System, client: Any, seen: Seen, found: Findings) -> None:
    """An event that was seen once must still be there, unless the cap has dropped it with all that were before."""
    for number in range(system.options.shards):
        stream = system.keys.shard(number).events
        now_there = {id_ for id_, _ in client.xrange(stream)}
        oldest = min(now_there, key=place_of, default=None)
        for name, id_ in seen.event_ids:
            if name == stream and oldest and place_of(id_) >= place_of(oldest) and id_ not in now_there:
                found.add(
                    "lost", "", f"event {id_} was there and is not any more: the server has lost writes"
                )
