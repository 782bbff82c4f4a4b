"""Plays every script once, in several shards, and notes what each was given."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from session.agent_actions import AgentActionType
from session.agent_rules import act
from session.conversations import customer_of
from session.dead_letters import BodyLetter, MessageLetter, ReplyLetter, StatusLetter
from session.events import ReplyFailed, SessionChanged, SignInNoted
from session.idle_timeouts import IdleTimeouts
from session.messages import DeliveryState, Status
from session.models import State
from session.pauses import Pause, Trouble
from session.policy import Policy
from session.results import Accepted
from session.store import DeadStore, DoorStore, Patience, Redis, RetentionStore, Scripts, TrialStore, Tries
from session.store.counters import CounterStore
from session.store.newer import leave_to_newer
from tests.clocks import ManualClock
from tests.stores import Stores
from tests.values import ROUTE, action, delivery, message, session, turn_result

Call = tuple[str, list[str], list[Any]]

CONVERSATIONS = [f"whatsapp:+2010{n:03}" for n in range(8)]


class RecordingScripts(Scripts):
    """Notes the keys and values of every call."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self.calls: list[Call] = []

    def call(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> list[Any]:
        self.calls.append((name, list(keys), list(args)))
        return super().call(name, keys, args)


def play_every_script(
    client: Redis, clock: ManualClock, *, shards: int = 1, policy: Policy | None = None
) -> list[Call]:
    """Let several conversations live through everything; returns the calls."""
    scripts = RecordingScripts(client)
    stores = Stores.on(client, shards=shards, policy=policy, scripts=scripts)
    intake_of_every_shard(stores, clock)
    batch = [message(f"m{n}", customer=customer_of(name)) for n, name in enumerate(CONVERSATIONS * 3)]
    stores.intake.receive(batch, now=clock.now())
    for conversation in CONVERSATIONS:
        life_of(stores, clock, conversation)
    for conversation in CONVERSATIONS[1::2]:
        agents_part(stores, clock, conversation)
    for conversation in CONVERSATIONS[2::2]:
        something_unreadable(stores, clock, conversation)
    clock.move(stores.policy.idle_after)
    counters, dead = CounterStore(scripts, stores.keys), DeadStore(scripts, stores.keys)
    for shard in range(shards):
        members = stores.due.claim(shard, now=clock.now(), limit=100)
        quiet = [name.removeprefix("lapse|") for name in members if name.startswith("lapse|")]
        IdleTimeouts(stores.sessions, stores.intake, stores.policy).time_out(shard, quiet, now=clock.now())
        counters.fold(shard, now=clock.now(), swept=True)
        counters.queue_statistics(shard, now=clock.now())
        RetentionStore(scripts, stores.keys, stores.policy).trim(shard)
    TrialStore(scripts, stores.keys, stores.policy).try_body()
    stores.troubles.note(Trouble(about="meta:1", kind="errors", code="131031"), now=clock.now())
    for letter in [one for one in dead.all() if one.letter.kind not in ("status", "unreadable")]:
        dead.revive(letter, now=clock.now())
    stores.sessions.forget(CONVERSATIONS[0], now=clock.now())
    at_the_door(DoorStore(scripts, stores.keys, stores.policy), clock)
    return scripts.calls


def at_the_door(door: DoorStore, clock: ManualClock) -> None:
    """Somebody guesses, somebody comes and goes, and somebody stays."""
    tries, hour = Tries(pair="p", address="a"), timedelta(hours=1)
    patience = Patience(free_pair=0, free_address=1, first=hour, longest=hour, keep=hour)
    for _ in range(2):
        door.guess(tries, patience, now=clock.now())
    door.refuse(tries, event=SignInNoted(door="refused"), now=clock.now())
    for cookie in ("one", "other"):
        door.enter(
            cookie, "{}", until=clock.now() + hour, tries=tries, event=SignInNoted(door="in"), now=clock.now()
        )
    door.leave("one", event=SignInNoted(door="out"), now=clock.now())


def intake_of_every_shard(stores: Stores, clock: ManualClock) -> None:
    for n in range(20):
        stores.intake.store(b"{}", source="meta", now=clock.now(), ordering_key=f"sender{n}")
    for shard in range(stores.keys.shards):
        taken = stores.intake.take(shard, holder="w", now=clock.now(), limit=100)
        letter = BodyLetter(whole="yes", source="meta", why="x", raw="{}")
        ids = [body.id for body in taken.bodies]
        stores.intake.settle(shard, taken.lease, ids, now=clock.now(), dead=[letter])


def life_of(stores: Stores, clock: ManualClock, conversation: str) -> None:
    now, customer = clock.now(), customer_of(conversation)
    was = session(customer, state=State.ACTIVE)
    stores.sessions.update(was, was="", now=now, event=SessionChanged(created="s1"))
    own = stores.keys.of(conversation)
    stores.sessions.count(own.rate_messages, limit=9, uses=1, now=now)
    stores.sessions.count(own.rate_searches, limit=9, uses=1, now=now)

    taken = stores.turns.take(conversation, holder="w", now=now, limit=1)
    stores.turns.abandon(conversation, taken.lease, retry_at=now)
    taken = stores.turns.take(conversation, holder="w", now=now, limit=1)
    replies = tuple(delivery(f"{conversation}.{n}", conversation=conversation) for n in range(3))
    turn = turn_result(
        1,
        session=was,
        replies=replies,
        counted_messages=1,
        counted_searches=1,
        dead=(MessageLetter.of(taken.messages[0], "x", now),),
    )
    stores.turns.commit(conversation, taken.lease, turn, now=now)

    outbox = stores.outbox.take(conversation, holder="c", now=now)
    stores.outbox.postpone(replies[0], outbox.lease, retry_at=now, attempts=1, now=now, doubts=1)
    outbox = stores.outbox.take(conversation, holder="c", now=now)
    failed = ReplyFailed(delivery=replies[0].id, failed="1: x")
    letter = ReplyLetter.of(replies[0], "x", now)
    stores.outbox.settle(replies[0], outbox.lease, DeliveryState.FAILED, event=failed, now=now, dead=letter)
    read = Status(
        conversation=conversation, delivery="x", provider_id="p", state=DeliveryState.FAILED, at=0, code="1"
    )
    stores.statuses.note(read, now=now, dead=StatusLetter.of(read, "x", now))
    accepted = Accepted(delivery=replies[0], raw=replies[0].to_json(), of_the_past=False)
    stores.statuses.send_again(accepted, read, now=now, retry_at=now)
    stores.pauses.may_try(ROUTE, Pause(until=0, code="190", words=""), again=now)


def something_unreadable(stores: Stores, clock: ManualClock, conversation: str) -> None:
    """A session that is no session, and a lease that is none."""
    own = stores.keys.of(conversation)
    stores.client.set(own.session, "{")
    stores.client.delete(own.turn_lease)
    stores.client.set(own.turn_lease, "no lease")
    stores.intake.receive([message("late", customer=customer_of(conversation))], now=clock.now())
    taken = stores.turns.take(conversation, holder="w", now=clock.now())
    leave_to_newer(
        stores.scripts,
        taken.lease,
        keys=(own.turn_lease, stores.keys.shard_for(conversation).due),
        member=own.turn_due,
        now=clock.now(),
        was={},
    )
    clock.move(seconds=2)
    taken = stores.turns.take(conversation, holder="w", now=clock.now())
    only = turn_result(len(taken.messages), session=session(customer_of(conversation)))
    stores.turns.commit(conversation, taken.lease, only, now=clock.now(), go_on=False)


def agents_part(stores: Stores, clock: ManualClock, conversation: str) -> None:
    """A person takes over, closes, and wants one customer to be forgotten."""
    now, customer = clock.now(), customer_of(conversation)
    deeds = [AgentActionType.TAKE_OVER, AgentActionType.CLOSE] + (
        [AgentActionType.FORGET] if conversation == CONVERSATIONS[1] else []
    )
    stores.intake.receive(
        [action(action_type, id=f"{conversation}{action_type}", customer=customer) for action_type in deeds],
        now=now,
    )
    taken = stores.turns.take(conversation, holder="w", now=now)
    while not taken.action:
        only = turn_result(len(taken.messages), session=taken.session)
        taken = stores.turns.commit(conversation, taken.lease, only, now=now).next_turn
    while taken and taken.action and taken.action.type is not AgentActionType.FORGET:
        after = act(
            taken.session,
            taken.action,
            turn="t2",
            fence=taken.lease.fence,
            now=now,
            policy=stores.policy,
            render=lambda route, reply: (reply,),
            opted_out=False,
        )
        taken = stores.turns.commit(conversation, taken.lease, after, now=now).next_turn
    if taken and taken.action:
        stores.forgetter.forget_in_turn(taken.action, taken.lease, now=now)
