"""Plays every script once, in several shards, and notes what each was given."""

from datetime import timedelta
from typing import Any

from session.agent_actions import AgentActionType
from session.agent_rules import act
from session.campaigns import Campaign, Recipient
from session.content_parts import Kind, Media
from session.conversations import customer_of
from session.dead_letters import BodyLetter, HookLetter, MessageLetter, ReplyLetter, StatusLetter
from session.events import ReplyFailed, SessionChanged, SignInNoted
from session.hook_work import SETTLED
from session.limits import MESSAGES, SEARCHES
from session.loads import Load
from session.messages import DeliveryState, Status
from session.models import State
from session.outgoing import TurnContext
from session.parcels import parcel_in
from session.pauses import Pause, Trouble
from session.policy import Policy
from session.records import from_ms, to_ms
from session.replies import Reply
from session.results import Accepted
from session.store import (
    AttemptKeys,
    AttemptLimits,
    DeadStore,
    HookSettled,
    Redis,
    RetentionStore,
    SignInStore,
    field_of,
)
from session.store.mending import Mender
from session.template_definitions import TemplateChange
from tests.clocks import ManualClock
from tests.stores import AtOnce, RecordingRunner, Stores
from tests.values import ROUTE, action, delivery, message, session, turn_result

Call = tuple[str, list[str], list[Any]]

CONVERSATIONS = [f"whatsapp:+2010{n:03}" for n in range(8)]


def play_every_script(
    client: Redis,
    clock: ManualClock,
    *,
    shards: int = 1,
    policy: Policy | None = None,
    run: RecordingRunner | None = None,
) -> list[Call]:
    """Let several conversations live through everything; returns the calls."""
    run = run or RecordingRunner(client)
    stores = Stores.on(client, shards=shards, policy=policy, run=run)
    intake_of_every_shard(stores, clock)
    media = (Media(id="1"),)
    batch = [
        message(f"m{n}", "", kind=Kind.IMAGE, customer=customer_of(name), media=media)
        for n, name in enumerate(CONVERSATIONS * 3)
    ]
    stores.mailboxes.receive(batch, now=clock.now())
    for conversation in CONVERSATIONS:
        life_of(stores, clock, conversation)
    for conversation in CONVERSATIONS[1::2]:
        agents_part(stores, clock, conversation)
    for conversation in CONVERSATIONS[2::2]:
        something_unreadable(stores, clock, conversation)
    two_names(stores, clock)
    clock.move(stores.policy.idle_after)
    parts = (stores.scripts, stores.keys)
    counters, dead = stores.counters, AtOnce(run, DeadStore(*parts))
    retention = AtOnce(run, RetentionStore(*parts, stores.policy))
    for shard in range(shards):
        members = stores.due.claim(shard, now=clock.now(), limit=100).members
        quiet = [name.removeprefix("lapse|") for name in members if name.startswith("lapse|")]
        stores.idle_timeouts.time_out(shard, quiet, now=clock.now())
        here = [name for name in CONVERSATIONS if stores.keys.shard_of(name) == shard]
        stores.timers.ring(shard, here, now=clock.now())
        counters.fold(shard, swept=clock.now())
        counters.queue_statistics(shard, now=clock.now())
        retention.trim(shard)
        hooks_of(stores, clock, shard)
    stores.intake.try_body()
    campaign_of(stores, clock)
    stores.loads.note("one", Load(conversations=1), now=clock.now())
    stores.templates.note(
        TemplateChange(account="meta:2", name="order_ready", language="en", what="status", after="PAUSED")
    )
    stores.troubles.note(Trouble(about="meta:1", kind="errors", code="131031"), now=clock.now())
    for letter in [one for one in dead.all() if one.letter.kind not in ("status", "unreadable")]:
        dead.revive(letter, now=clock.now())
    stores.forgetting.forget(CONVERSATIONS[0], now=clock.now())
    at_the_door(AtOnce(run, SignInStore(*parts, stores.policy)), clock)
    return run.calls


def hooks_of(stores: Stores, clock: ManualClock, shard: int) -> None:
    """A hook is told everything again, and one event is given up."""
    now = clock.now()
    stores.hooks.look(shard, ["crm", "bi"], now=now)
    stores.hooks.rewind(shard, "crm", from_ms(0), now=now)
    taken = stores.hooks.take(shard, "crm", holder="h", limit=2, now=now)
    letter = HookLetter(hook="crm", event="evt_0_1-0", why="it answers 500", raw="{}")
    for record, wait in zip(taken.records, (None, timedelta(0)), strict=True):
        settled = HookSettled(
            event=record.id,
            state={record.id: SETTLED},
            gone=["x"],
            letters=[letter],
            counts={"a": 1},
            release_in=wait,
        )
        stores.hooks.settle(shard, "crm", taken.lease, settled, now=now)


def campaign_of(stores: Stores, clock: ManualClock) -> None:
    """A campaign of two rows is loaded, started and handed over."""
    campaign = Campaign(name="spring", template="offer", language="en", sender="meta:1")
    stores.campaigns.create(campaign, now=clock.now())
    rows = [Recipient(customer=customer_of(one), body=("x",)) for one in CONVERSATIONS[:2]]
    stores.campaigns.add("spring", rows, now=clock.now())
    stores.campaigns.ready("spring", 0, now=clock.now())
    stores.run(stores.campaigns.bare.start("spring", clock.now()))
    taken = stores.campaign_work.take(
        campaign, holder="w", limit=1, every=timedelta(seconds=1), a_day=1, now=clock.now()
    )
    stores.campaign_work.settle(
        "spring", taken.lease, lambda one: one, release_in=timedelta(0), now=clock.now()
    )


def at_the_door(sign_ins: Any, clock: ManualClock) -> None:
    """Somebody guesses, somebody comes and goes, and somebody stays."""
    attempts, hour = AttemptKeys(pair="p", address="a"), timedelta(hours=1)
    limits = AttemptLimits(free_pair=0, free_address=1, first=hour, longest=hour, keep=hour)
    for _ in range(2):
        sign_ins.attempt(attempts, limits, now=clock.now())
    sign_ins.refuse(attempts, event=SignInNoted(what="refused"), now=clock.now())
    for cookie in ("one", "other"):
        sign_ins.enter(
            cookie,
            "{}",
            lasts=hour,
            attempts=attempts,
            event=SignInNoted(what="in"),
            now=clock.now(),
        )
    sign_ins.leave("one", event=SignInNoted(what="out"), now=clock.now())


def intake_of_every_shard(stores: Stores, clock: ManualClock) -> None:
    for n in range(20):
        stores.intake.store(b"{}", source="meta", now=clock.now(), ordering_key=f"sender{n}")
    for shard in range(stores.keys.shards):
        taken = stores.intake.take(shard, holder="w", now=clock.now(), limit=100)
        letter = BodyLetter(whole="yes", source="meta", why="x", raw="{}")
        ids = [body.id for body in taken.bodies]
        stores.settle(shard, taken.lease, ids, now=clock.now(), dead=[letter])


def life_of(stores: Stores, clock: ManualClock, conversation: str) -> None:
    now, customer = clock.now(), customer_of(conversation)
    was = session(customer, state=State.ACTIVE)
    stores.sessions.update(was, was="", now=now, event=SessionChanged(created="s1"))
    stores.sessions.count(conversation, MESSAGES, uses=1, now=now)
    stores.sessions.count(conversation, SEARCHES, uses=1, now=now)

    taken = stores.turns.take(conversation, holder="w", now=now, limit=1)
    stores.turns.abandon(conversation, taken.lease, wait=timedelta(0))
    fetched = stores.media.take(conversation, holder="f", now=now, limit=1)
    for field, record in getattr(fetched, "media", {}).items():
        stores.media.settle(conversation, fetched.lease, field, record, now=now)
    taken = stores.turns.take(conversation, holder="w", now=now, limit=1)
    stores.running.renew(conversation, taken.lease, now=now)
    stores.running.keep(conversation, taken.lease, '["step","m","book",1]', "{}", now=now)
    early = delivery(f"{conversation}.early", conversation=conversation)
    stores.running.say(
        conversation, taken.lease, '["said","m",1]', Reply(text="One moment."), [early], now=now, at=now
    )
    stores.running.more(conversation, taken.lease, taken=1, now=now)
    replies = tuple(delivery(f"{conversation}.{n}", conversation=conversation) for n in range(3))
    turn = turn_result(
        1,
        session=was,
        replies=replies,
        uses={"messages": 1, "searches": 1},
        dead=(MessageLetter.of(taken.messages[0], "x", now),),
    )
    stores.turns.commit(conversation, taken.lease, turn, now=now)

    outbox = stores.outbox.take(conversation, holder="c", now=now)
    stores.outbox.postpone(early, outbox.lease, wait=timedelta(0), attempts=1, now=now, doubts=1)
    outbox = stores.outbox.take(conversation, holder="c", now=now)
    failed = ReplyFailed(delivery=early.id, failed="1: x")
    letter = ReplyLetter.of(early, "x", now)
    stores.outbox.settle(early, outbox.lease, DeliveryState.FAILED, event=failed, now=now, dead=letter)
    read = Status(
        conversation=conversation, delivery="x", provider_id="p", state=DeliveryState.FAILED, at=0, code="1"
    )
    stores.statuses.note(read, now=now, dead=StatusLetter.of(read, "x", now))
    accepted = Accepted(delivery=early, raw=early.to_json(), of_the_past=False)
    stores.statuses.send_again(accepted, read, now=now, wait=timedelta(0))
    stores.pauses.opt_out(conversation, now=now)
    stores.pauses.doubt("meta:1", within=timedelta(minutes=1), now=now)
    stores.pauses.may_try(ROUTE, Pause(until=0, code="190", words=""), again=now)


def two_names(stores: Stores, clock: ManualClock) -> None:
    """An id turns out to be that of a number; later the number has another owner."""
    now, number, scoped = clock.now(), "+2010199", "EG.77ab"
    for one in (message("n1", customer=scoped), message("n2", customer=number, also=(scoped,))):
        stores.mailboxes.receive([one], now=now)
    moved = stores.turns.take(f"whatsapp:{scoped}", holder="w", now=now, limit=1)
    stores.turns.commit(f"whatsapp:{scoped}", moved.lease, turn_result(1, session=None), now=now)
    moved = stores.turns.take(f"whatsapp:{scoped}", holder="w", now=now)
    parcel = stores.merges.pack(moved.action, moved.lease, now=now)
    stores.merges.put(moved.action, parcel, now=now)
    ends = turn_result(1, session=None, finished=(field_of(moved.action),))
    stores.turns.commit(f"whatsapp:{scoped}", moved.lease, ends, now=now)
    taken = stores.turns.take(f"whatsapp:{number}", holder="w", now=now)
    stores.merges.take(taken.action, taken.lease, now=now)
    stores.merges.take_in(taken.action, taken.lease, parcel_in(parcel), [], now=now)
    ends = turn_result(1, session=None, finished=(field_of(taken.action),))
    stores.turns.commit(f"whatsapp:{number}", taken.lease, ends, now=now)
    away = message("n3", customer="+2010200", formerly=(number,), sent_at=to_ms(now))
    back = message("n4", customer=number, sent_at=to_ms(now) + 1000)
    stores.mailboxes.receive([away, back], now=now)


def something_unreadable(stores: Stores, clock: ManualClock, conversation: str) -> None:
    """A session that is no session, and a lease that is none."""
    own = stores.keys.of(conversation)
    stores.client.set(own.session, "{")
    stores.client.delete(own.turn_lease)
    stores.client.set(own.turn_lease, "no lease")
    stores.mailboxes.receive([message("late", customer=customer_of(conversation))], now=clock.now())
    taken = stores.turns.take(conversation, holder="w", now=clock.now())
    AtOnce(stores.run, Mender(stores.scripts, stores.keys)).give_back(
        taken.lease,
        keys=(own.turn_lease, own.shared.due),
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
    stores.mailboxes.receive(
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
            TurnContext(
                turn="t2",
                fence=taken.lease.fence,
                now=now,
                policy=stores.policy,
                render=lambda route, reply: (reply,),
            ),
            opted_out=False,
        )
        taken = stores.turns.commit(conversation, taken.lease, after, now=now).next_turn
    if taken and taken.action:
        stores.forgetter.forget_in_turn(taken.action, taken.lease, now=now)
