"""Timers of a conversation: set and cancelled with the commit, rung once by the sweep, and in order."""

import json
from datetime import timedelta

import pytest

from session.admission import Admission
from session.agent_rules import act
from session.contents import Timer
from session.hours import ALWAYS, Hours
from session.limits import Usages
from session.models import State
from session.outgoing import TurnContext
from session.parcels import Parcel, timers_of
from session.policy import Policy
from session.records import FORMAT, to_ms
from session.refusing import settle_refusal, turn_away
from session.ringing import admit_timer
from session.testing import timer, turn
from session.timer_changes import TimerChanges, planned
from session.timers import Planned, is_current, read_timers
from session.turn import Effects
from session.turn_result import settle
from tests.clocks import START
from tests.values import CONVERSATION, CUSTOMER, ROUTE, action, message, session, turn_result

HOUR = timedelta(hours=1)
FORMER = "+201009999999"
OWN = session(CUSTOMER, route=ROUTE, state=State.ACTIVE, window_until=START + 24 * HOUR)


def plan(name, in_=HOUR, **fields):
    at = START + in_
    return Planned(**{"name": name, "at": at, "meant": at, "text": f"about {name}"} | fields)


def set_timers(stores, clock, *plans, known=None, messages=(), turn="t1", **fields):
    """A turn sets timers."""
    stores.mailboxes.receive([message(f"m.{turn}")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder=turn, now=clock.now())
    while taken.messages[0].is_timer:
        taken = stores.turns.commit(
            CONVERSATION, taken.lease, turn_result(1, session=OWN), now=clock.now()
        ).next_turn
    changes = planned(taken.timers, (), {one.name: one for one in plans}, OWN, turn=turn, now=clock.now())
    result = turn_result(1, session=OWN, timers=changes, **fields)
    return stores.turns.commit(CONVERSATION, taken.lease, result, now=clock.now())


def ring(stores, clock):
    members = stores.due.claim(0, now=clock.now(), limit=100).members
    conversations = [one.removeprefix("timer|") for one in members if one.startswith("timer|")]
    return stores.timers.ring(0, conversations, now=clock.now())


def waiting(stores):
    return [
        json.loads(raw)["content"]["name"] for raw in stores.client.lrange(f"mailbox:{CONVERSATION}", 0, -1)
    ]


def due(stores):
    return stores.waiting_since().get(f"timer|{CONVERSATION}")


def test_what_is_set_is_due_when_the_earliest_rings(stores, clock):
    set_timers(stores, clock, plan("late", 3 * HOUR), plan("soon"))

    assert due(stores) == to_ms(START + HOUR)
    assert ring(stores, clock).count == 0
    clock.move(HOUR)
    rang = ring(stores, clock)

    assert (rang.count, rang.woken) == (1, (CONVERSATION,))
    assert waiting(stores) == ["soon"]
    assert due(stores) == to_ms(START + 3 * HOUR)
    assert stores.events()[-1]["rang"] == '["soon"]'


def test_they_ring_once_and_in_the_order_of_time_however_often_it_is_swept(stores, clock):
    set_timers(stores, clock, plan("b", 2 * HOUR), plan("c", 3 * HOUR), plan("a"))
    clock.move(4 * HOUR)

    ring(stores, clock)
    stores.timers.ring(0, [CONVERSATION], now=clock.now())
    clock.move(HOUR)
    ring(stores, clock)

    assert waiting(stores) == ["a", "b", "c"]
    assert due(stores) is None
    assert stores.client.hget("tally", f"mailbox@{to_ms(START + 4 * HOUR) // 1000}") == "3"


def test_its_message_says_what_was_planned_and_when_it_came(stores, clock):
    set_timers(stores, clock, plan("a", text='"receivedAt":0 "message":{', data='{"villa":7}'))
    clock.move(2 * HOUR)
    ring(stores, clock)

    taken = stores.turns.take(CONVERSATION, holder="w", now=clock.now())

    (one,) = taken.messages
    assert one.content == Timer(
        name="a", at=to_ms(START + HOUR), text='"receivedAt":0 "message":{', data='{"villa":7}'
    )
    assert one.content.payload == {"villa": 7}
    assert (one.id, one.route, one.received_at) == ("timer:t1.0", ROUTE, to_ms(START + 2 * HOUR))
    assert is_current(taken.timers, one)
    assert json.loads(taken.entries[0])["format"] == FORMAT == 3


def test_each_has_a_turn_of_its_own(stores, clock):
    set_timers(stores, clock, plan("a"), plan("b"))
    stores.mailboxes.receive([message("m1"), message("m2")], now=clock.now())
    clock.move(HOUR)
    ring(stores, clock)
    stores.mailboxes.receive([message("m3")], now=clock.now())

    taken, turns = stores.turns.take(CONVERSATION, holder="w", now=clock.now()), []
    while taken:
        turns.append([one.id for one in taken.messages])
        result = turn_result(len(taken.messages), session=OWN)
        taken = stores.turns.commit(CONVERSATION, taken.lease, result, now=clock.now()).next_turn

    assert turns == [["m1", "m2"], ["timer:t1.0"], ["timer:t1.1"], ["m3"]]


def test_a_timer_joins_no_running_turn(stores, clock):
    set_timers(stores, clock, plan("a"))
    stores.mailboxes.receive([message("m1")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    clock.move(HOUR)
    stores.mailboxes.receive([message("m2")], now=clock.now())
    ring(stores, clock)
    stores.mailboxes.receive([message("m3")], now=clock.now())

    more = stores.running.more(CONVERSATION, taken.lease, taken=1, now=clock.now())

    assert [one.id for one in more.messages] == ["m2"]


def test_one_of_the_same_name_replaces_it_also_when_it_has_rung(stores, clock):
    set_timers(stores, clock, plan("a"))
    clock.move(HOUR)
    stores.mailboxes.receive([message("before")], now=clock.now())
    ring(stores, clock)
    taken = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    again = planned(taken.timers, (), {"a": plan("a", 5 * HOUR)}, OWN, turn="t2", now=clock.now())

    following = stores.turns.commit(
        CONVERSATION, taken.lease, turn_result(1, session=OWN, timers=again), now=clock.now()
    ).next_turn

    assert not is_current(following.timers, following.messages[0])
    assert due(stores) == to_ms(START + 5 * HOUR)


def test_one_that_is_cancelled_is_not_due(stores, clock):
    set_timers(stores, clock, plan("a"), plan("b", 2 * HOUR))
    stores.mailboxes.receive([message("m1")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    gone = planned(taken.timers, (), {"a": None, "never": None}, OWN, turn="t2", now=clock.now())

    stores.turns.commit(CONVERSATION, taken.lease, turn_result(1, session=OWN, timers=gone), now=clock.now())

    assert gone == TimerChanges(written={"a": ""}, gone=("a",))
    assert due(stores) == to_ms(START + 2 * HOUR)


def test_whoever_has_lost_the_lease_sets_none(stores, clock, policy):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    late = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    clock.move(policy.lease_for)
    stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    changes = planned({}, (), {"a": plan("a")}, OWN, turn="t1", now=clock.now())

    stores.turns.commit(CONVERSATION, late.lease, turn_result(1, timers=changes), now=clock.now())

    assert not stores.client.exists(f"timers:{CONVERSATION}")
    assert due(stores) is None


def test_a_full_mailbox_takes_it_later(stores, clock, policy):
    set_timers(stores, clock, plan("a"))
    batch = [message(f"m{n}") for n in range(policy.mailbox_at_most)]
    stores.mailboxes.receive(batch, now=clock.now())
    clock.move(HOUR)

    assert ring(stores, clock).count == 0
    assert due(stores) == to_ms(clock.now() + policy.wake_after)
    taken = stores.turns.take(CONVERSATION, holder="w", now=clock.now())
    stores.turns.commit(CONVERSATION, taken.lease, turn_result(20, session=OWN), now=clock.now())
    clock.move(policy.wake_after)
    assert ring(stores, clock).count == 1


def test_who_has_opted_out_at_the_provider_has_none(stores, clock):
    set_timers(stores, clock, plan("a"))

    stores.pauses.opt_out(CONVERSATION, now=clock.now())

    assert (due(stores), stores.client.exists(f"timers:{CONVERSATION}")) == (None, 0)
    assert stores.events()[-1] | {"at": ""} == {
        "conversation": CONVERSATION,
        "at": "",
        "consent": "out",
        "timers_gone": '["a"]',
    }


def test_what_is_set_after_an_opt_out_does_not_ring(stores, clock):
    stores.pauses.opt_out(CONVERSATION, now=clock.now())
    set_timers(stores, clock, plan("a"))
    clock.move(HOUR)

    assert ring(stores, clock).count == 0
    assert waiting(stores) == []
    assert stores.events()[-1]["timers_gone"] == '["a"]'


def test_who_is_forgotten_has_none(stores, clock):
    set_timers(stores, clock, plan("a"))

    stores.forgetting.forget(CONVERSATION, now=clock.now())

    assert stores.client.exists(f"timers:{CONVERSATION}") == 0
    assert due(stores) is None


def test_a_session_that_is_closed_by_hand_has_none(stores, clock):
    from session.manager import SessionManager  # noqa: PLC0415

    set_timers(stores, clock, plan("a"))
    with SessionManager(stores.client, clock=clock) as manager:
        manager.update(CUSTOMER, search_count=7)
        assert due(stores) is not None
        manager.close(CUSTOMER)

    assert due(stores) is None
    assert stores.events()[-1]["timers_gone"] == '["a"]'


def test_something_that_is_no_timer_becomes_a_dead_letter(stores, clock):
    set_timers(stores, clock, plan("a"))
    own = f"timers:{CONVERSATION}"
    stores.client.hset(own, "junk", '{"at":5,"message":')
    clock.move(HOUR)

    assert ring(stores, clock).count == 1
    assert [letter["raw"] for letter in stores.dead()] == ['{"at":5,"message":']
    assert list(stores.client.hgetall(own)) == ["a"]


def test_they_ring_though_the_due_index_was_lost(stores, clock):
    set_timers(stores, clock, plan("a"))
    stores.client.set("due", "x")
    clock.move(HOUR)

    assert ring(stores, clock).count == 1


def test_a_key_of_a_wrong_type_holds_nobody_up(stores, clock):
    stores.client.set(f"timers:{CONVERSATION}", "x")

    set_timers(stores, clock, plan("a"))

    assert due(stores) == to_ms(START + HOUR)
    assert [letter["raw"] for letter in stores.dead()] == ["x"]


def admitted(one=OWN, *, known=None, now=START, hours=ALWAYS, by_hand=False, **options) -> Admission:
    record = planned({}, (), {"a": plan("a")}, OWN, turn="t1", now=START).written["a"]
    timers = read_timers(["a", record])
    rang = timers["a"].message
    if by_hand:
        rang = rang.model_copy(update={"content": rang.content.model_copy(update={"by_hand": True})})
    return admit_timer(
        one,
        rang,
        timers if known is None else known,
        now=now,
        new_id="s2",
        policy=options.pop("policy"),
        hours=hours,
        **options,
    )


@pytest.mark.parametrize("state", [State.NEW, State.ACTIVE, State.IDLE])
def test_it_is_activity_of_the_conversation_and_no_message_of_the_customer(policy, state):
    before = OWN.change(state=state, message_count=3)

    found = admitted(before, now=START + 2 * HOUR, policy=policy)

    after = found.session
    assert (after.state, after.last_activity, after.message_count) == (State.ACTIVE, START + 2 * HOUR, 3)
    assert (after.window_until, found.uses, found.answer[0].id) == (before.window_until, {}, "timer:t1.0")
    (kept,) = after.context.message_history
    assert (kept.role, kept.text, kept.full.name) == ("timer", "about a", "a")


def test_it_is_kept_for_an_agent_and_not_answered(policy):
    before = OWN.change(state=State.WAITING_AGENT, held_by="mona")

    found = admitted(before, now=START + 2 * HOUR, policy=policy)

    assert found.answer == ()
    assert found.session.change_context(message_history=()) == before
    assert [kept.role for kept in found.session.context.message_history] == ["timer"]


@pytest.mark.parametrize("closed", [True, False])
def test_a_session_that_is_over_begins_anew_with_the_window_that_is_known(policy, closed):
    before = OWN.change(state=State.CLOSED, profile_name="Alia") if closed else None

    found = admitted(before, now=START + 48 * HOUR, policy=policy)

    assert (found.began, found.session.id, found.session.route) == (True, "s2", ROUTE)
    assert found.session.window_until == START + 24 * HOUR
    assert not found.session.takes_free_form(START + 48 * HOUR)


def test_one_that_is_gone_changes_nothing(policy):
    found = admitted(known={}, policy=policy)

    assert (found.void, found.session, found.answer) == (1, OWN, ())


def test_one_that_an_operator_puts_back_is_answered_though_it_is_gone(policy):
    assert admitted(known={}, by_hand=True, policy=policy).answer
    fresh = admitted(None, known={}, by_hand=True, policy=policy).session
    assert not fresh.takes_free_form(START)


def test_who_has_opted_out_gets_no_answer(policy):
    assert admitted(opted_out=True, policy=policy).answer == ()


def test_outside_of_the_hours_it_is_put_off(policy):
    hours = Hours.of("UTC", quiet=f"{START:%H:%M}-{START + 2 * HOUR:%H:%M}")

    found = admitted(hours=hours, policy=policy)

    assert (found.put_off_to, found.session, found.answer) == (START + 2 * HOUR, OWN, ())


def settled(admission, rang, known, policy, *, interrupted=False, **effects):
    """The timers after the turn of one that has rung."""
    context = TurnContext(
        turn="t2", fence=1, now=START, policy=policy, render=lambda _, reply: (reply,), timers=known
    )
    return settle(admission, Effects(**effects), [rang], context, interrupted=interrupted).timers


def test_one_whose_turn_an_agent_has_interrupted_rings_when_the_agent_has_the_conversation_no_more(policy):
    known = read_timers(["a", stored("a")])

    changes = settled(admitted(policy=policy), known["a"].message, known, policy, interrupted=True)

    assert changes.moved == ("a",)
    (again,) = read_timers(["a", changes.written["a"]]).values()
    assert (again.after_agent, again.message) == (True, known["a"].message)


def test_what_is_called_off_in_its_own_turn_is_over_and_not_cancelled(policy):
    known = read_timers(["a", stored("a"), "b", stored("b", turn="t0")])

    changes = settled(
        admitted(policy=policy), known["a"].message, known, policy, planned={"a": None, "b": None}
    )

    assert changes == TimerChanges(written={"a": "", "b": ""}, gone=("b",))


def test_what_would_be_put_off_is_over_for_who_has_opted_out(policy):
    hours = Hours.of("UTC", quiet=f"{START:%H:%M}-{START + 2 * HOUR:%H:%M}")
    known = read_timers(["a", stored("a")])

    changes = settled(admitted(hours=hours, opted_out=True, policy=policy), known["a"].message, known, policy)

    assert changes.written == {"a": ""}


def test_one_of_who_is_no_member_is_over_and_counts_for_nothing(policy):
    known = read_timers(["a", stored("a")])
    rang = known["a"].message
    refusal = turn_away([rang], Usages(), now=START, policy=policy)
    context = TurnContext(
        turn="t2", fence=1, now=START, policy=policy, render=lambda _, reply: (reply,), timers=known
    )

    result = settle_refusal(refusal, [rang], context)

    assert (refusal.counted, refusal.tell, result.deliveries) == (0, False, ())
    assert result.timers.written == {"a": ""}


def test_the_turn_of_a_timer_does_not_count_it_among_those_that_wait():
    one = turn(timer("a"))
    one.known_timers = read_timers(["a", stored("a"), "b", stored("b")])

    assert list(one.timers) == ["b"]


def test_what_is_planned_once_more_comes_last():
    one = turn("hello")
    for name in ("a", "b", "a"):
        one.later(name, in_=HOUR)

    assert list(one.effects.planned) == ["b", "a"]


def test_an_action_of_cancelling_has_a_format_that_older_releases_leave_alone():
    assert json.loads(action("cancel_timer", timer="timer:t1.0").to_json())["format"] == 3


def rings_now(stores, clock, *, load="load-1", timer="timer:t1.0", found=OWN):
    """Records were loaded for which a timer waits, and the action has its turn; returns its event."""
    return acts(stores, clock, action("ring_timer", id=load, agent="", timer=timer), found)


def acts(stores, clock, does, found):
    """An action has its turn; returns its event."""
    stores.mailboxes.receive([does], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder=does.id, now=clock.now())
    if taken.action is None:
        return None
    context = TurnContext(
        turn=does.id,
        fence=1,
        now=clock.now(),
        policy=Policy(),
        render=lambda _, one: (one,),
        timers=taken.timers,
    )
    result = act(found, taken.action, context, opted_out=False)
    stores.turns.commit(CONVERSATION, taken.lease, result, now=clock.now())
    return result.event


def test_a_timer_that_waits_for_records_rings_when_they_are_loaded(stores, clock):
    set_timers(stores, clock, plan("saved", 1000 * HOUR), plan("other", 2000 * HOUR))

    assert rings_now(stores, clock).declined is None
    assert ring(stores, clock).count == 1
    assert waiting(stores) == ["saved"]
    # It was meant for later, and its turn can see that.
    assert stores.turns.take(CONVERSATION, holder="w", now=clock.now()).messages[0].content.at == to_ms(
        START + 1000 * HOUR
    )


def test_one_load_rings_it_once(stores, clock):
    set_timers(stores, clock, plan("saved", 1000 * HOUR))
    rings_now(stores, clock)
    ring(stores, clock)

    # The same action again is known; one of another load finds that it has rung already.
    stores.mailboxes.receive(
        [action("ring_timer", id="load-1", agent="", timer="timer:t1.0")], now=clock.now()
    )
    assert stores.client.llen(f"mailbox:{CONVERSATION}") == 1
    assert ring(stores, clock).count == 0


def test_a_timer_that_was_replaced_is_left_alone(stores, clock):
    set_timers(stores, clock, plan("saved", 1000 * HOUR))

    assert rings_now(stores, clock, timer="timer:t0.0").declined == "gone"
    assert ring(stores, clock).count == 0


def test_a_timer_of_a_conversation_that_an_agent_has_rings_when_the_agent_has_it_no_more(stores, clock):
    set_timers(stores, clock, plan("saved", 1000 * HOUR))
    held = OWN.change(state=State.WAITING_AGENT, held_by="mona")

    assert rings_now(stores, clock, found=held).declined is None
    assert ring(stores, clock).count == 0
    assert due(stores) == to_ms(held.expires_at(Policy()))

    acts(stores, clock, action("hand_back", id="back", agent="mona"), held)
    assert ring(stores, clock).count == 1


def test_a_timer_rings_without_a_session(stores, clock):
    set_timers(stores, clock, plan("saved", 1000 * HOUR))

    assert rings_now(stores, clock, found=None).declined is None
    assert ring(stores, clock).count == 1


def test_it_does_not_wait_for_whoever_goes_on_writing(stores, clock):
    set_timers(stores, clock, plan("a"))
    clock.move(HOUR)
    said = message("m1", received_at=to_ms(clock.now()))
    stores.mailboxes.receive([said], now=clock.now(), gather_for=lambda _: timedelta(seconds=2))
    assert not hasattr(stores.turns.take(CONVERSATION, holder="w", now=clock.now()), "messages")

    assert ring(stores, clock).woken == (CONVERSATION,)
    assert stores.turns.take(CONVERSATION, holder="w", now=clock.now()).messages[0].id == "m1"


def test_those_of_a_conversation_that_moves_ring_where_it_moves_to(stores, clock):
    set_timers(stores, clock, plan("a"))
    own = stores.keys.of(CONVERSATION)
    stores.client.set(own.alias, "{}", ex=60)
    clock.move(HOUR)

    assert (ring(stores, clock).count, waiting(stores)) == (0, [])
    assert due(stores) > to_ms(clock.now())

    # They have moved.
    stores.client.delete(own.timers)
    clock.move(HOUR)
    ring(stores, clock)
    assert due(stores) is None


def stored(name, *, set_at=START, in_=HOUR, customer=CUSTOMER, turn="t1", **fields):
    """A timer as it is stored under a name of its customer."""
    own = session(customer, route=ROUTE)
    return planned({}, (), {name: plan(name, in_, **fields)}, own, turn=turn, now=set_at).written[name]


def taken_in_by(known, came, *, opted_out=False, moved_to="", held=False):
    parcel = Parcel(timers=tuple(part for pair in came.items() for part in pair))
    merge = action("merge", other=FORMER, moved_to=moved_to)
    return timers_of(parcel, merge, read_timers([*sum(known.items(), ())]), opted_out=opted_out, held=held)


def test_a_merge_keeps_of_each_name_the_timer_that_was_set_later():
    known = {"a": stored("a"), "b": stored("b", set_at=START + HOUR)}
    came = {
        name: stored(name, set_at=START + HOUR / 2, customer=FORMER, turn="t2") for name in ("a", "b", "c")
    }

    changes = taken_in_by(known, came)

    assert sorted(changes.written) == ["a", "c"]
    here = read_timers([*sum(changes.written.items(), ())])
    assert {one.message.conversation for one in here.values()} == {CONVERSATION}
    assert {one.message.id for one in here.values()} == {"timer:t2.0"}


def test_who_has_another_number_is_reached_at_that():
    changes = taken_in_by({}, {"a": stored("a", customer=FORMER)}, moved_to="201001234567")

    assert read_timers(["a", changes.written["a"]])["a"].message.route.address == "201001234567"


def test_who_has_opted_out_under_another_name_has_none():
    changes = taken_in_by({"a": stored("a")}, {"c": stored("c", customer=FORMER)}, opted_out=True)

    assert changes == TimerChanges(written={"a": ""}, gone=("a", "c"))


def test_a_takeover_under_one_name_cancels_those_of_the_other_that_say_so():
    until = {"until_takeover": True}
    known = {"a": stored("a", **until), "b": stored("b"), "c": stored("c", set_at=START + HOUR, **until)}
    came = {
        name: stored(name, customer=FORMER, turn="t2", set_at=START + HOUR / 2, **fields)
        for name, fields in (("b", until), ("c", {}), ("d", until), ("e", {}))
    }

    changes = taken_in_by(known, came, held=True)

    assert {name: record[:1] for name, record in changes.written.items()} == {
        "a": "",
        "b": "",
        "c": "",
        "e": "{",
    }
    assert changes.gone == ("a", "b", "c", "d")


def test_one_that_has_rung_under_another_name_rings_again():
    rang = '{"rang":5,' + stored("a", customer=FORMER)[1:]

    assert "rang" not in taken_in_by({}, {"a": rang}).written["a"]
    assert read_timers(["a", rang])["a"].rang == 5
    assert read_timers(["a", "{", "b", stored("a").replace('"kind":"timer"', '"kind":"text"')]) == {}
