"""Audits effects: every message and action in exactly one turn; each answered by one reply, in the order of posting."""

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from session.agent_actions import AgentActionType
from session.events import ActionTaken, MessagesTaken
from tests.chaos.assistant import KILL, word_before
from tests.chaos.findings import Findings
from tests.chaos.ledger import Ledger, Post, read_answer
from tests.chaos.options import Options
from tests.chaos.story import Retold
from tests.chaos.timers import later_text
from tests.chaos.witness import Seen


def audit_turns(ledger: Ledger, seen: Seen, found: Findings) -> None:
    """Compare what was answered with 200 with what committed turns say they have taken."""
    taken: Counter[str] = Counter()
    together = 0
    for event in [record.event for record in seen.events]:
        if isinstance(event, MessagesTaken | ActionTaken):
            # A timer that is due while an agent has the conversation has its turn afterwards.
            if not (isinstance(event, MessagesTaken) and event.timers_moved):
                taken.update(event.received)
            together += len(event.received) if len(event.received) > 1 else 0
    posts, acts = ledger.posts(), list(ledger.acts.values())
    people = [post for person in ledger.people.values() for post in person.posts]
    for post in [*posts, *acts, *people]:
        times = taken.pop(post.id, 0)
        if times == 0 and post.ok_at is not None:
            found.add(
                "lost", post.customer, f"{post.id} was answered with 200, no committed turn has taken it"
            )
        if times > 1:
            found.add("doubled effect", post.customer, f"{post.id} was taken into {times} committed turns")
    for id_, times in taken.items():
        if id_.startswith(("timeout:", "timer:", "load:")) and times == 1:
            continue
        if id_.startswith(f"{AgentActionType.PREFERENCE}:"):
            continue  # audited with campaigns; of two customers in one second they have the same id
        found.add("doubled effect", "", f"{times} turns have taken {id_}, which nobody posted")
    found.figures |= {
        "posted": len(posts),
        "answered with 200": sum(1 for post in posts if post.ok_at is not None),
        "never answered with 200": sum(1 for post in posts if post.ok_at is None),
        "redelivered bodies": ledger.redelivered,
        "bodies of several messages": ledger.batches,
        "tries that got no 200": ledger.refused,
        "taken together": together,
    }


def audit_replies(told: Retold, found: Findings) -> None:
    """Compare what was posted with the replies that reached the provider: which, and in which order.

    Only what was taken while an agent had the conversation, what an agent's takeover cancelled, what is held for a
    person since two sends of it were in doubt, and what met a STOP or was written between STOP and START, needs none.
    """
    ledger, seen = told.ledger, told.seen
    deliveries: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    said_early: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    others: Counter[str] = Counter()
    newest: defaultdict[str, int] = defaultdict(int)
    waits: list[float] = []
    known = {(post.customer, post.number): post for post in ledger.posts()}
    for arrival in seen.arrivals:
        answered = read_answer(arrival.text)
        if arrival.text in ledger.answers or arrival.text.startswith(later_text("")):
            continue  # audited with agents and timers
        if answered is None:
            if arrival.text.startswith(word_before("")):
                said_early[arrival.customer, arrival.text].add(arrival.delivery)
            else:
                others[arrival.text[:40]] += 1
            continue
        if answered[0] in ledger.people:
            continue  # audited with their names
        if answered not in known or answered[0] != arrival.customer:
            found.add("doubled effect", arrival.customer, f"a reply to nothing posted: {arrival.text}")
            continue
        is_first = answered not in deliveries
        deliveries[answered].add(arrival.delivery)
        if is_first:
            customer, number = answered
            # What a person was left to answer may be behind what the assistant has answered meanwhile.
            if number < newest[customer] and not (
                told.options.assist and known[answered].id in told.asked_again
            ):
                found.add("out of order", customer, f"{number} was answered after {newest[customer]}")
            newest[customer] = max(newest[customer], number)
            ok_at = known[answered].ok_at
            if ok_at is not None:
                waits.append(arrival.at - ok_at)
    stories = told.stories.values()
    unheard = {id_ for story in stories for id_ in story.in_vain}
    of_people = {post.id for one in ledger.people.values() for post in one.posts} & told.asked_again
    again = of_people | {post.id for story in stories for post in story.unheard} - unheard
    for (customer, text), ids in said_early.items():
        # Once more by who answers what a takeover has interrupted.
        if len(ids) > 1 + any(word_before(ledger.by_id[id_].text) == text for id_ in again):
            found.add("doubled effect", customer, f"{text!r} was said early {len(ids)} times")
    for (customer, number), ids in deliveries.items():
        if len(ids) > 1:
            found.add("doubled effect", customer, f"{number} has {len(ids)} different replies: {sorted(ids)}")
    unsaid = {post.id for story in stories for post in story.unsaid} - unheard
    needing = [
        post
        for story in stories
        for post in story.answered
        if post.id not in unsaid | unheard and post.text != KILL
    ]
    answers = [(reply, reply.to.id) for reply in told.replies.values() if isinstance(reply.to, Post)]
    cancelled = {id_ for reply, id_ in answers if reply.cancelled}
    held = {id_ for reply, id_ in answers if reply.held}
    stopped = {id_ for reply, id_ in answers if reply.stopped}
    gone = cancelled | held | stopped
    for post in needing:
        if post.id not in gone and (post.customer, post.number) not in deliveries:
            found.add("unanswered", post.customer, f"{post.number} has no reply at the provider")
    found.figures |= {
        "answered by a reply": len(deliveries),
        "said early": len(said_early),
        "turns interrupted by an agent or a STOP": sum(len(story.interrupted) for story in stories),
        "not listened to": len(unheard),
        "passed on by a budget": sum(len(story.passed_on) for story in stories),
        "went back": sum(story.backs for story in stories),
        "kept for agents": sum(len(story.kept) for story in stories),
        "replies cancelled": len(cancelled),
        "replies not sent after STOP": len(stopped) + len(unsaid),
        "given up, since they kill": sum(len(story.given_up) for story in stories),
        "apologies that were sent": sum(
            post.id not in gone | unsaid for story in stories for post in story.given_up
        ),
        "written while out": sum(len(story.unasked) for story in stories),
        "replies held for a person": len(held),
        "replies that name no message": dict(others),
        "longest wait for a reply, s": round(max(waits, default=0.0), 2),
        "median wait for a reply, s": round(sorted(waits)[len(waits) // 2], 3) if waits else 0.0,
    }


def audit_calls(options: Options, calls: Path, found: Findings) -> None:
    """Look for conversations about which two assistants were asked at the same time.

    Only a call that was stopped or hung for longer than it may can still be at work when the next one begins.
    """
    lines = [line.split() for file in calls.glob("calls-*") for line in file.read_text().splitlines()]
    calls_of: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for customer, began, ended, _ in lines:
        calls_of[customer].append((float(began), float(ended)))
    free_after = min(options.lease, options.assistant_timeout) - 0.2
    for customer, spans in calls_of.items():
        spans.sort()
        for (began, ended), (next_began, _) in pairwise(spans):
            if next_began < ended and next_began < began + free_after:
                found.add(
                    "not one at a time",
                    customer,
                    f"asked at {began:.3f}, again at {next_began:.3f}, the first ended at {ended:.3f}",
                )
    found.figures["assistant calls"] = len(lines)
    found.figures["assistant calls cancelled"] = sum(how == "cancelled" for *_, how in lines)
