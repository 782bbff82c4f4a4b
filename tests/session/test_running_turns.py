"""What a turn does while it is in progress: renewal, steps, early replies, messages that join, and what it is told."""

import json
from datetime import timedelta

import pytest

from session.agent_actions import AgentActionType
from session.content_parts import Kind, Media
from session.leases import Held, Listener, Stale
from session.media_work import MediumState
from session.policy import Policy
from session.records import to_ms
from session.replies import Reply
from session.results import NoRoom, Renewed, SaidEarly
from session.steps import EarlyReply
from tests.stores import Stores, everything
from tests.values import CONVERSATION, action, delivery, message, turn_result

STEP, KEYED, SAID = '["step","m1","book",1]', '["key","book","m2"]', '["said","m1",1]'
ALL_OF_IT = Listener(channel="worker", messages=True)


@pytest.fixture
def turn(stores, clock):
    stores.mailboxes.receive([message("m1"), message("m2")], now=clock.now())
    return stores.turns.take(CONVERSATION, holder="w1", now=clock.now())


@pytest.fixture
def stale(stores, clock, turn):
    """The turn after another worker has taken it."""
    clock.move(stores.policy.lease_for)
    stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    return turn


@pytest.fixture
def told(valkey, clock, hears):
    """Whatever a channel of a worker carries, after it has taken the turn of m1."""
    stores = Stores.on(valkey)
    stores.mailboxes.receive([message("m1")], now=clock.now())
    channel = valkey.pubsub(ignore_subscribe_messages=True)
    channel.subscribe("worker")
    stores.turns.take(CONVERSATION, holder="w1", now=clock.now(), listener=hears)
    yield stores, lambda: heard(valkey, channel)
    channel.close()


@pytest.fixture
def hears():
    """What the worker wants to hear."""
    return ALL_OF_IT


def heard(valkey, channel):
    """Return what was published until now."""
    valkey.publish("worker", "end")
    found = []
    while not found or found[-1] != "end":
        one = channel.get_message(timeout=5)
        found += [one["data"]] if one else []
    return found[:-1]


# -- renewal


def test_a_renewed_lease_lasts_its_full_time_from_then_on(stores, clock, turn):
    clock.move(stores.policy.lease_for - timedelta(seconds=1))

    renewed = stores.running.renew(CONVERSATION, turn.lease, now=clock.now())

    assert renewed == Renewed(entries=2, silenced=False)
    clock.move(stores.policy.lease_for - timedelta(seconds=1))
    assert isinstance(stores.turns.take(CONVERSATION, holder="w2", now=clock.now()), Held)
    until = to_ms(clock.now() + timedelta(seconds=1))
    assert stores.waiting_since()[f"turn|{CONVERSATION}"] == until
    clock.move(seconds=1)
    assert stores.turns.take(CONVERSATION, holder="w2", now=clock.now()).crashes == 1


def test_a_renewal_tells_what_has_come_meanwhile(stores, clock, turn):
    taken_over = action(AgentActionType.TAKE_OVER)
    stores.mailboxes.receive([message("m3"), taken_over], now=clock.now())

    assert stores.running.renew(CONVERSATION, turn.lease, now=clock.now()) == Renewed(
        entries=4, silenced=True
    )


def test_a_renewal_tells_which_stop_waits(stores, clock, turn):
    stores.mailboxes.receive([message("s", "STOP")], now=clock.now())

    assert stores.running.renew(CONVERSATION, turn.lease, now=clock.now()).stop == "s"


def test_a_silence_of_an_earlier_takeover_is_none_of_this_turn(stores, clock, turn):
    stores.client.set(f"silence:{CONVERSATION}", "0", ex=60)

    assert stores.running.renew(CONVERSATION, turn.lease, now=clock.now()).silenced is False


def test_a_lease_that_ran_out_is_renewed_if_nobody_else_has_taken_it(stores, clock, turn):
    clock.move(2 * stores.policy.lease_for)

    assert isinstance(stores.running.renew(CONVERSATION, turn.lease, now=clock.now()), Renewed)


# -- whoever has lost the lease


def test_who_has_lost_the_lease_writes_nothing(stores, clock, stale):
    before = everything(stores.client)
    on, lease, now = stores.running, stale.lease, clock.now()

    answers = [
        on.renew(CONVERSATION, lease, now=now),
        on.keep(CONVERSATION, lease, STEP, "{}", now=now),
        on.say(CONVERSATION, lease, SAID, Reply(text="x"), [delivery()], at=now),
        on.more(CONVERSATION, lease, taken=0, now=now),
    ]

    assert {type(answer) for answer in answers} == {Stale}
    assert everything(stores.client) == before


# -- steps


def test_what_was_kept_first_is_what_every_repetition_gets(stores, clock, turn):
    first = stores.running.keep(CONVERSATION, turn.lease, STEP, '{"last":"m2","result":1}', now=clock.now())
    second = stores.running.keep(CONVERSATION, turn.lease, STEP, '{"last":"m2","result":2}', now=clock.now())

    assert first == second == '{"last":"m2","result":1}'
    clock.move(stores.policy.lease_for)
    again = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    assert again.kept == {STEP: first}


def test_a_commit_removes_the_steps_that_end_with_it_and_hands_on_the_others(stores, clock, turn):
    for place in (STEP, KEYED):
        stores.running.keep(CONVERSATION, turn.lease, place, '{"last":"m2","result":1}', now=clock.now())

    one = turn_result(1, finished=(STEP,))
    following = stores.turns.commit(CONVERSATION, turn.lease, one, now=clock.now()).next_turn

    assert following.kept == {KEYED: '{"last":"m2","result":1}'}
    assert [entry.id for entry in following.messages] == ["m2"]


def test_nothing_is_kept_when_nothing_waits(stores, clock, turn):
    stores.running.keep(CONVERSATION, turn.lease, KEYED, "{}", now=clock.now())

    stores.turns.commit(CONVERSATION, turn.lease, turn_result(2), now=clock.now())

    assert stores.client.exists(f"steps:{CONVERSATION}") == 0


def test_steps_of_a_turn_that_never_ends_expire(stores, clock, turn):
    stores.running.keep(CONVERSATION, turn.lease, STEP, "{}", now=clock.now())

    expires = stores.client.pexpiretime(f"steps:{CONVERSATION}")

    assert expires == to_ms(clock.now() + stores.policy.seen_for)


def test_a_key_of_a_wrong_type_is_put_aside(stores, clock):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    stores.client.set(f"steps:{CONVERSATION}", "no hash", ex=60)

    turn = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert turn.kept == {}
    assert [letter["place"] for letter in stores.dead()] == [f"steps:{CONVERSATION}"]


# -- early replies


def say(stores, clock, turn, *ids, place=SAID):
    deliveries = [delivery(id_) for id_ in ids]
    return stores.running.say(
        CONVERSATION, turn.lease, place, Reply(text="One moment."), deliveries, at=clock.now()
    )


def test_an_early_reply_leaves_before_its_turn_ends(stores, clock, turn):
    said = say(stores, clock, turn, "t1.0", "t1.1")

    assert said.wake_delivery is True
    outbox = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
    assert [one.id for one in outbox.deliveries] == ["t1.0", "t1.1"]
    assert EarlyReply.model_validate_json(said.value) == EarlyReply(
        text="One moment.", ids=("t1.0", "t1.1"), at=to_ms(clock.now())
    )


def test_it_comes_before_the_other_replies_of_its_turn(stores, clock, turn):
    say(stores, clock, turn, "t1.0")
    said = turn_result(2, replies=(delivery("t1.1"),))

    committed = stores.turns.commit(CONVERSATION, turn.lease, said, now=clock.now())

    # It was woken already.
    assert committed.wake_delivery is False
    outbox = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
    assert [one.id for one in outbox.deliveries] == ["t1.0", "t1.1"]


def test_a_repeated_turn_does_not_say_it_again(stores, clock, turn):
    first = say(stores, clock, turn, "t1.0")
    clock.move(stores.policy.lease_for)
    again = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())

    second = say(stores, clock, again, "t2.0")

    assert second == SaidEarly(value=first.value, wake_delivery=False)
    assert stores.client.llen(f"outbox:{CONVERSATION}") == 1


def test_its_event_says_what_was_queued(stores, clock, turn):
    say(stores, clock, turn, "t1.0")

    event = stores.events()[-1]

    assert (event["conversation"], json.loads(event["early"])) == (CONVERSATION, ["t1.0"])


def test_a_full_outbox_takes_no_early_reply(redis, clock):
    stores = Stores.on(redis, policy=Policy(outbox_at_most=1))
    stores.mailboxes.receive([message("m1")], now=clock.now())
    turn = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    before = everything(redis)

    assert say(stores, clock, turn, "t1.0", "t1.1") == NoRoom()
    assert everything(redis) == before
    assert isinstance(say(stores, clock, turn, "t1.0"), SaidEarly)


# -- messages that join


def test_messages_that_came_later_can_join(stores, clock, turn):
    assert stores.running.more(CONVERSATION, turn.lease, taken=2, now=clock.now()).messages == []
    stores.mailboxes.receive([message("m3"), message("m4")], now=clock.now())

    more = stores.running.more(CONVERSATION, turn.lease, taken=2, now=clock.now()).messages

    assert [one.id for one in more] == ["m3", "m4"]
    assert [
        one.id for one in stores.running.more(CONVERSATION, turn.lease, taken=3, now=clock.now()).messages
    ] == ["m4"]


def test_a_turn_does_not_grow_beyond_the_messages_of_a_turn(redis, clock):
    stores = Stores.on(redis, policy=Policy(turn_messages=3))
    stores.mailboxes.receive([message(f"m{n}") for n in range(9)], now=clock.now())
    turn = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    for taken, joins in ((1, ["m1", "m2"]), (2, ["m2"]), (3, []), (4, [])):
        more = stores.running.more(CONVERSATION, turn.lease, taken=taken, now=clock.now()).messages
        assert [one.id for one in more] == joins


@pytest.mark.parametrize(
    "end", [action(), message("stop", "STOP"), message("start", "start"), "junk", '{"format":99}']
)
def test_what_ends_a_turn_ends_what_can_join_it(stores, clock, turn, end):
    stores.mailboxes.receive([message("m3")], now=clock.now())
    if isinstance(end, str):
        stores.client.rpush(f"mailbox:{CONVERSATION}", end)
    else:
        stores.mailboxes.receive([end], now=clock.now())
    stores.mailboxes.receive([message("m4")], now=clock.now())

    more = stores.running.more(CONVERSATION, turn.lease, taken=2, now=clock.now()).messages

    assert [one.id for one in more] == ["m3"]


def photo(id_, clock):
    media = Media(id="7", mime_type="image/png")
    return message(id_, "", kind=Kind.IMAGE, media=(media,), received_at=to_ms(clock.now()))


def test_a_photo_joins_as_soon_as_it_is_known_what_became_of_it(redis, clock):
    """Until then it waits for a turn of its own, and what is behind it too; to begin anew a turn needs no more."""
    stores = Stores.on(redis, policy=Policy(media_wait=timedelta(seconds=10)))
    stores.mailboxes.receive([message("m1")], now=clock.now())
    turn = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    stores.mailboxes.receive([message("m2"), photo("m3", clock), message("m4")], now=clock.now())

    def joins(**how):
        more = stores.running.more(CONVERSATION, turn.lease, taken=1, now=clock.now(), **how).messages
        return [one.id for one in more], [medium for one in more for medium in one.media]

    assert joins() == (["m2"], [])
    assert joins(unfetched=True)[0] == ["m2", "m3", "m4"]

    fetch = stores.media.take(CONVERSATION, holder="f1", limit=1, now=clock.now())
    (record,) = fetch.media.values()
    media = record.media.model_copy(update={"stored": "x", "words": "a villa"})
    kept = record.model_copy(update={"state": MediumState.KEPT, "media": media})
    stores.media.settle(CONVERSATION, fetch.lease, "m3/0", kept, now=clock.now())
    assert joins() == (["m2", "m3", "m4"], [media])


def test_a_photo_that_does_not_come_joins_without_it_after_a_while(redis, clock):
    stores = Stores.on(redis, policy=Policy(media_wait=timedelta(seconds=10)))
    stores.mailboxes.receive([message("m1")], now=clock.now())
    turn = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    stores.mailboxes.receive([photo("m2", clock)], now=clock.now())
    assert stores.running.more(CONVERSATION, turn.lease, taken=1, now=clock.now()).messages == []

    clock.move(seconds=11)

    (joined,) = stores.running.more(CONVERSATION, turn.lease, taken=1, now=clock.now()).messages
    assert joined.media[0].why_not == "it has not arrived yet"


# -- what a turn is told


def test_a_turn_is_told_of_each_message_at_once(told, clock):
    stores, published = told

    stores.mailboxes.receive([message("m2"), message("m3")], now=clock.now())
    stores.mailboxes.receive([message("m3"), message("m4")], now=clock.now())

    assert published() == [f"message|{CONVERSATION}"] * 2


def test_it_is_told_of_a_takeover_and_of_no_other_action(told, clock):
    stores, published = told

    stores.mailboxes.receive([action("take_over"), action("close"), action("take_over")], now=clock.now())

    assert published() == [f"takeover|{CONVERSATION}"]


def test_it_is_told_of_a_stop(told, clock):
    stores, published = told

    stores.mailboxes.receive([message("m2"), message("s", "STOP"), message("m3")], now=clock.now())

    assert published() == [f"stop|{CONVERSATION}"]


@pytest.mark.parametrize("hears", [Listener(channel="worker")])
def test_a_worker_whose_turns_do_not_begin_anew_is_not_told_of_messages(told, clock):
    stores, published = told

    stores.mailboxes.receive([message("m2"), message("s", "STOP")], now=clock.now())
    stores.mailboxes.receive([message("m3"), action("take_over")], now=clock.now())

    assert published() == [f"stop|{CONVERSATION}", f"takeover|{CONVERSATION}"]


def test_it_is_told_as_long_as_its_worker_goes_on(told, clock):
    stores, published = told
    again = stores.turns.take(CONVERSATION, holder="w1", now=clock.now(), listener=ALL_OF_IT)
    stores.mailboxes.receive([message("m2")], now=clock.now())
    stores.turns.commit(CONVERSATION, again.lease, turn_result(1), now=clock.now())
    stores.mailboxes.receive([message("m3")], now=clock.now())

    assert published() == [f"message|{CONVERSATION}"] * 2


def test_nobody_is_told_for_another_worker(told, clock):
    stores, published = told
    clock.move(stores.policy.lease_for)
    stores.turns.take(CONVERSATION, holder="w2", now=clock.now())

    stores.mailboxes.receive([message("m2")], now=clock.now())

    assert published() == []
