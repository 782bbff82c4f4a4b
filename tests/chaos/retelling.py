"""Retells every conversation from the events: who had it when, and which reply answers which message or is whose word.

It is the house's behaviour once more, in few words and from the outside: what an action must come to follows from
what agents posted and from the order of the events, and whatever differs from that is noted.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from session import phrases
from session.actions import SILENCING, Action, Deed
from session.keys import conversation_of
from tests.chaos.assistant import answer_to, asks_for_a_person
from tests.chaos.ledger import Act, Ledger, Post
from tests.chaos.options import Options
from tests.chaos.witness import Seen, place_of


@dataclass(slots=True)
class Reply:
    """One delivery; places are those of events, by which it is told what came before what."""

    id: str
    place: int  #: where its turn was committed
    to: Post | Act | None  #: what it answers, or the agent's action that says it; None: words of the house
    left: int | None = None  #: where it left its outbox
    doubted: int | None = None  #: where it was noted first that a send of it was interrupted
    cancelled: bool = False
    held: bool = False  #: for a person: two sends of it are in doubt
    resent: bool = False

    @property
    def by_agent(self) -> bool:
        return isinstance(self.to, Act)


@dataclass(slots=True)
class Silencing:
    """An action after which no reply of an earlier turn of the assistant may be begun to be sent."""

    act: Act
    place: int  #: where its turn was committed
    at_once: bool  #: whether it does so as soon as it is in the mailbox


@dataclass(slots=True)
class Story:
    """One conversation, as far as it is told."""

    customer: str
    begun: bool = False  #: there is a session, and it is not closed
    closed: bool = False
    waits: bool = False  #: for an agent, or with one
    asked: bool = False  #: somebody waits for an agent's answer
    holder: str | None = None
    given_back_at: float = 0.0  #: when it was with an agent last, in seconds since the epoch; 0: never
    #: messages and actions, each with the place where its turn was committed
    taken: list[tuple[Post | Act, int]] = field(default_factory=list)
    heard: int = 0  #: messages of this session, those for agents included
    answered: list[Post] = field(default_factory=list)
    before: int = 0  #: of these, how many in sessions that are closed
    kept: list[Post] = field(default_factory=list)  #: for agents: the assistant was not asked
    said: list[tuple[str, str]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)  #: in the order of the outbox
    silencings: list[Silencing] = field(default_factory=list)
    taken_over: list[tuple[Act, int]] = field(
        default_factory=list
    )  #: takeovers and answers, whatever they came to


@dataclass(slots=True)
class Retold:
    """What a run was and what was seen of it, all conversations, and what was not as it must be."""

    options: Options
    ledger: Ledger
    seen: Seen
    stories: dict[str, Story] = field(default_factory=dict)  #: by customer
    replies: dict[str, Reply] = field(default_factory=dict)  #: by delivery
    came_to: dict[str, str] = field(default_factory=dict)  #: action -> why it was declined, "" if it was done
    wrong: list[tuple[str, str]] = field(default_factory=list)  #: customer, and what
    late: int = 0  #: customers who were told that no agent is free
    cancelled: Counter[str] = field(default_factory=Counter)  #: by channel


def retell(options: Options, ledger: Ledger, seen: Seen) -> Retold:
    """Return what the events say."""
    stories = {name: Story(customer=name) for name in ledger.customers}
    told = Retold(options=options, ledger=ledger, seen=seen, stories=stories)
    by_conversation = {conversation_of(name): story for name, story in told.stories.items()}
    for place, event in enumerate(seen.events):
        story = by_conversation.get(event.get("conversation", ""))
        if story is None:
            continue
        if event.get("action") == Deed.TIME_OUT:
            _tell_timeout(story, event, place, told)
        elif "action" in event:
            _tell_action(story, event, place, told)
        elif "received" in event:
            _tell_messages(story, event, place, told)
        elif event.get("delivery") in told.replies:
            _tell_delivery(told.replies[event["delivery"]], event, place, told)
    return told


def _tell_messages(story: Story, event: dict[str, str], place: int, told: Retold) -> None:
    options, by_id = told.options, told.ledger.by_id
    posts = [by_id[id_] for id_ in json.loads(event["received"]) if id_ in by_id]
    ids = json.loads(event.get("replied", "[]"))
    given = [] if story.waits else posts[: max(0, options.limit - len(story.answered))]
    if story.waits and ids:
        told.wrong.append((story.customer, f"the assistant answers, an agent has it: {event}"))
    elif len(ids) < len(given) or (len(ids) > len(given) and len(given) == len(posts)):
        told.wrong.append((story.customer, f"{len(ids)} replies to {len(given)} messages: {event}"))
    asks = any(asks_for_a_person(post.text, options.person_of_100) for post in given)
    if asks != ("escalated" in event):
        told.wrong.append((story.customer, f"a person is {'' if asks else 'not '}asked for: {event}"))
    heard = posts if story.waits else given
    if story.closed:
        # Another session begins: nothing of the last one counts, nothing of it is in the history.
        story.heard, story.before, story.closed, story.said = 0, len(story.answered), False, []
    story.begun = True
    story.taken += [(post, place) for post in posts]
    story.heard += len(heard)
    story.said += [("user", post.text) for post in heard]
    if story.waits:
        story.kept += posts
        story.asked = True
    story.answered += given
    story.said += [("assistant", answer_to(post.text)) for post in given]
    _queue(story, ids, [*given, *[None] * len(ids)], place, told)
    if asks:
        story.waits = story.asked = True


def _tell_action(story: Story, event: dict[str, str], place: int, told: Retold) -> None:
    act = told.ledger.acts.get(event["action_id"])
    if act is None or json.loads(event["received"]) != [act.id] or event.get("by") != act.action.agent:
        told.wrong.append((story.customer, f"an action that nobody posted so: {event}"))
        return
    action, came_to = act.action, event.get("declined", "")
    must = _must_come_to(story, action)
    if came_to != must:
        who = f"{story.holder or 'nobody'} has it"
        told.wrong.append(
            (
                story.customer,
                f"{act.id} {action.deed} came to {came_to or 'done'}, not {must or 'done'}: {who}",
            )
        )
    takes_over = not came_to and not story.waits
    ids = json.loads(event.get("replied", "[]"))
    says = action.deed is Deed.ANSWER and not came_to
    if len(ids) != says:
        told.wrong.append((story.customer, f"{act.id} {action.deed}: {len(ids)} deliveries"))
    told.came_to[act.id] = came_to
    story.taken.append((act, place))
    _queue(story, ids, [act] * len(ids), place, told)
    if action.deed in SILENCING:
        story.taken_over.append((act, place))
    if action.deed is Deed.TAKE_OVER or (says and takes_over):
        # An answer does so from its arrival only if no agent has the conversation by then.
        at_once = action.deed is Deed.TAKE_OVER or story.given_back_at < act.began_at
        story.silencings.append(Silencing(act=act, place=place, at_once=at_once))
    if not came_to:
        _carry_out(story, action)
        if not story.waits and not takes_over:
            story.given_back_at = _after(place, told)


def _tell_timeout(story: Story, event: dict[str, str], place: int, told: Retold) -> None:
    """Tell what the house itself did; only whether it was in time follows from no event."""
    came_to, ids = event.get("declined", ""), json.loads(event.get("replied", "[]"))
    waits = story.waits and story.asked
    can = ("gone",) if not story.begun else ("", "state") if waits else ("state",)
    if (
        came_to not in can
        or len(ids) != (not came_to)
        or event["received"] != json.dumps([event["action_id"]])
    ):
        told.wrong.append((story.customer, f"waits: {waits}, and the agents are late: {event}"))
    _queue(story, ids, [None] * len(ids), place, told)
    if not came_to:
        told.late += 1
        story.said.append(("assistant", phrases.nobody_free(None, stays=False)))
        story.waits, story.asked, story.holder = False, False, None
        story.given_back_at = _after(place, told)


def _after(place: int, told: Retold) -> float:
    """Return a time after an event: milliseconds are cut off, and clocks are rounded."""
    return place_of(told.seen.event_ids[place][1])[0] / 1000 + 0.002


def _must_come_to(story: Story, action: Action) -> str:
    """Return why an action must be declined, "" if it must be done."""
    if not story.begun:
        return "gone"
    seen = action.deed is Deed.TAKE_OVER and action.holder == story.holder
    if story.holder not in (None, action.agent) and not seen:
        return "held"
    return "state" if action.deed is Deed.HAND_BACK and not story.waits else ""


def _carry_out(story: Story, action: Action) -> None:
    if action.deed is Deed.ANSWER:
        story.said.append(("agent", action.text))
    if action.deed is Deed.CLOSE:
        story.begun, story.closed = False, True
    stays = action.deed is Deed.TAKE_OVER or action.keeps
    # Who takes over has the customer still waiting; who answers has not.
    story.asked = action.deed is Deed.TAKE_OVER
    story.waits = stays
    story.holder = action.agent if stays else None


def _queue(story: Story, ids: list[str], to: Sequence[Post | Act | None], place: int, told: Retold) -> None:
    for id_, one in zip(ids, to, strict=False):
        reply = Reply(id=id_, place=place, to=one)
        story.replies.append(reply)
        told.replies[id_] = reply


def _tell_delivery(reply: Reply, event: dict[str, str], place: int, told: Retold) -> None:
    if "unknown" in event:
        reply.doubted = reply.doubted or place
    if not {"sent", "failed", "cancelled"} & set(event):
        return
    if reply.left is not None:
        told.wrong.append((event["conversation"], f"{reply.id} has left its outbox twice: {event}"))
    reply.left = place
    reply.resent = "resent" in event
    reply.cancelled = "cancelled" in event
    reply.held = event.get("failed", "").startswith("unknown:")
    told.cancelled[event.get("channel", "")] += reply.cancelled
