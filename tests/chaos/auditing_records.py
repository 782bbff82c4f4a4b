"""Audits what Redis holds: counters and histories agree with the messages, and nothing is left waiting."""

import json
from collections import Counter, defaultdict
from typing import Any

from session.keys import conversation_of
from tests.chaos.assistant import answer_to, searches
from tests.chaos.findings import Findings
from tests.chaos.house import House
from tests.chaos.ledger import Customer, Ledger
from tests.chaos.witness import Seen

_HISTORY = 20


def audit_records(house: House, ledger: Ledger, seen: Seen, found: Findings) -> None:
    """Compare every session and every counter with what was taken, and look for what still waits."""
    turns: defaultdict[str, list[list[str]]] = defaultdict(list)
    for event in seen.events:
        if "received" in event:
            turns[event.get("conversation", "")].append(json.loads(event["received"]))
    with house.client() as client:
        for customer in list(ledger.customers.values()):
            _audit_customer(house, client, customer, turns[conversation_of(customer.name)], found)
        _audit_shards(house, client, found)
        _audit_events(house, client, seen, found)


def _audit_customer(
    house: House, client: Any, customer: Customer, turns: list[list[str]], found: Findings
) -> None:
    own = house.keys.of(conversation_of(customer.name))
    by_id = {post.id: post for post in customer.posts}
    taken = [[by_id[id_] for id_ in ids if id_ in by_id] for ids in turns]
    counted = sum(map(len, taken))
    given = [post for posts in taken for post in posts][: house.options.limit]
    record = client.get(own.session)
    if record is None:
        if counted:
            found.add("counters", customer.name, "its session is gone")
        return
    session = json.loads(record)
    wanted = {
        "messageCount": (len(given), session.get("messageCount")),
        "searchCount": (sum(searches(post.text) for post in given), session.get("searchCount")),
        "answered": (len(given), session["context"]["extractedInfo"].get("answered", 0)),
        "rate:msg": (len(given), int(client.get(own.rate_messages) or 0)),
        "rate:search": (
            sum(searches(post.text) for post in given),
            int(client.get(own.rate_searches) or 0),
        ),
    }
    for name, (expected, is_) in wanted.items():
        if expected != is_:
            found.add("counters", customer.name, f"{name} is {is_}, {expected} messages say so")
    said = [(entry["role"], entry["content"]) for entry in session["context"]["messageHistory"]]
    if counted <= house.options.limit and said != _history(taken):
        found.add("counters", customer.name, f"history is {said}, expected {_history(taken)}")
    waiting = {"mailbox": client.llen(own.mailbox), "outbox": client.llen(own.outbox)}
    leases = {"lease": client.exists(own.turn_lease), "delivery lease": client.exists(own.delivery_lease)}
    for name, size in (waiting | leases).items():
        if size:
            found.add("left waiting", customer.name, f"{name}: {size}")
    states = Counter(client.hvals(own.deliveries))
    for state, times in states.items():
        if state not in ("sent", "delivered", "read"):
            found.add("left waiting", customer.name, f"{times} deliveries are {state}")


def _history(taken: list[list[Any]]) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    for posts in taken:
        said += [("user", post.text) for post in posts]
        said += [("assistant", answer_to(post.text)) for post in posts]
    return said[-_HISTORY:]


def _audit_shards(house: House, client: Any, found: Findings) -> None:
    for number in range(house.options.shards):
        shard = house.keys.shard(number)
        if size := client.xlen(shard.intake):
            found.add("left waiting", "", f"intake of shard {number}: {size} bodies")
        due = [member for member in client.zrange(shard.due, 0, -1) if not str(member).startswith("lapse|")]
        if due:
            found.add("left waiting", "", f"due in shard {number}: {due[:10]}")
        if paused := client.hgetall(shard.paused):
            found.add("left waiting", "", f"paused: {paused}")
        for _, letter in client.xrange(shard.dead, count=50):
            found.add(
                "dead letter", letter.get("conversation", ""), f"{letter.get('kind')}: {letter.get('why')}"
            )


def _audit_events(house: House, client: Any, seen: Seen, found: Findings) -> None:
    """An event that was seen once must still be there, unless the cap has dropped it with all that were before."""
    for number in range(house.options.shards):
        stream = house.keys.shard(number).events
        now_there = {id_ for id_, _ in client.xrange(stream)}
        oldest = min(now_there, key=_place, default=None)
        for name, id_ in seen.event_ids:
            if name == stream and oldest and _place(id_) >= _place(oldest) and id_ not in now_there:
                found.add(
                    "lost", "", f"event {id_} was there and is not any more: the server has lost writes"
                )


def _place(id_: str) -> tuple[int, int]:
    at, _, number = id_.partition("-")
    return int(at), int(number)
