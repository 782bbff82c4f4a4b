"""receive_action.lua, and what commit_turn.lua makes of it: actions in the mailbox, and the assistant's silence."""

import pytest
from redis.exceptions import ResponseError

from session import State
from session.agent_actions import AgentActionType
from session.events import ReplyCancelled, ReplySent
from session.leases import OutboxTaken
from session.outgoing import Silence
from session.records import to_ms
from session.results import Received
from tests.stores import Stores, everything
from tests.values import CONVERSATION, OTHER, ROUTE, action, delivery, message, session, turn_result

SILENCE = f"silence:{CONVERSATION}"


@pytest.fixture
def receive(stores, clock):
    return lambda *entries: stores.mailboxes.receive(entries, now=clock.now())


@pytest.fixture
def take(stores, clock):
    return lambda: stores.turns.take(CONVERSATION, holder="w1", now=clock.now())


@pytest.fixture
def commit(stores, clock):
    """Commit a turn as an action or a message would have it; returns what follows."""

    def commit_turn(taken, silence=None, state=State.WAITING_AGENT, *, go_on=True, **fields):
        turn = turn_result(session=session(state=state, route=ROUTE), silence=silence, **fields)
        return stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now(), go_on=go_on)

    return commit_turn


def kept(stores, state, clock):
    stores.sessions.update(session(state=state), was="", now=clock.now())


# -- into the mailbox


def test_an_action_lies_in_the_mailbox_in_its_place_and_wakes(stores, receive, clock, policy):
    received = receive(message("m1"), action(id="a1"), message("m2"))

    assert received == Received(accepted=3, duplicates=0, woken=(CONVERSATION,))
    entries = stores.client.lrange(f"mailbox:{CONVERSATION}", 0, -1)
    assert [entry.startswith('{"deed":"take_over"') for entry in entries] == [False, True, False]
    assert stores.waiting_since() == {f"turn|{CONVERSATION}": to_ms(clock.now() + policy.wake_after)}
    assert stores.client.hget("tally", f"mailbox@{to_ms(clock.now()) // 1000}") == "3"


def test_an_action_that_is_known_changes_nothing(stores, receive, clock):
    receive(action(id="a1"))
    before = everything(stores.client)

    assert receive(action(id="a1")) == Received(accepted=0, duplicates=1, woken=())
    assert everything(stores.client) == before


def test_a_repeated_takeover_does_not_silence_again(stores, receive, take, commit):
    receive(action(id="a1"))
    taken = take()
    commit(taken, "begins")

    receive(action(id="a1"))

    assert stores.client.get(SILENCE) == str(taken.lease.fence)


@pytest.mark.parametrize("action_type", list(AgentActionType))
def test_what_puts_a_person_in_the_assistants_place_silences_it_at_once(
    stores, receive, clock, policy, action_type
):
    receive(action(action_type))

    silencing = {"take_over", "echo", "answer", "control_taken", "overheard"}
    if action_type in silencing:
        assert everything(stores.client)[SILENCE] == ("all", to_ms(clock.now() + policy.seen_for))
    else:
        assert not stores.client.exists(SILENCE)


@pytest.mark.parametrize(
    ("action_type", "state", "silenced"),
    [
        (AgentActionType.ANSWER, State.WAITING_AGENT, False),
        (AgentActionType.ANSWER, State.ACTIVE, True),
        (AgentActionType.TAKE_OVER, State.WAITING_AGENT, True),
        (AgentActionType.ECHO, State.WAITING_AGENT, True),
    ],
)
def test_an_answer_silences_only_an_active_assistant(stores, receive, clock, *, action_type, state, silenced):
    kept(stores, state, clock)

    receive(action(action_type))

    assert stores.client.exists(SILENCE) == silenced


# -- out of it


def test_a_turn_takes_messages_up_to_an_action_or_one_action(stores, receive, take, commit):
    receive(
        message("m1"), message("m2"), action(id="a1"), action(AgentActionType.CLOSE, id="a2"), message("m3")
    )
    turns = []
    taken = take()
    while taken:
        ids = [one.id for one in taken.messages]
        turns.append((ids, taken.action.id if taken.action else None))
        taken = commit(taken, consumed=max(1, len(ids))).next_turn

    assert turns == [(["m1", "m2"], None), ([], "a1"), ([], "a2"), (["m3"], None)]


# -- the silence


def test_from_its_turn_on_a_takeover_covers_the_turns_before_it(
    stores, receive, take, commit, *, clock, policy
):
    receive(action())
    taken = take()

    commit(taken, "begins")

    held = everything(stores.client)[SILENCE]
    assert held == (str(taken.lease.fence), to_ms(clock.now() + policy.seen_for))


def test_an_action_that_silenced_for_nothing_ends_that(stores, receive, take, commit):
    receive(action(AgentActionType.ANSWER))
    taken = take()

    commit(taken, "ends")

    assert stores.client.get(SILENCE) == str(taken.lease.fence)


def test_one_that_has_not_silenced_leaves_what_an_earlier_one_has(stores, receive, take, commit, clock):
    kept(stores, State.WAITING_AGENT, clock)
    stores.client.set(SILENCE, "1", px=10_000_000)
    receive(action(AgentActionType.ANSWER))

    commit(take(), "ends")

    assert stores.client.get(SILENCE) == "1"


@pytest.mark.parametrize(
    "action_type", [AgentActionType.TAKE_OVER, AgentActionType.ECHO, AgentActionType.ANSWER]
)
@pytest.mark.parametrize("change", ["begins", "ends"])
def test_while_another_waits_that_silences_all_is_silent(
    stores, receive, take, commit, *, action_type, change
):
    receive(action(id="a1"), message("m1"), action(action_type, id="a2"))

    commit(take(), change, go_on=False)

    assert stores.client.get(SILENCE) == "all"


def test_messages_without_an_agent_touch_neither_key(stores, receive, take, commit):
    receive(message("m1"))

    commit(take(), state=State.ACTIVE)

    assert not stores.client.exists(SILENCE, "waiting")


def test_a_stale_turn_changes_neither(stores, receive, take, commit, *, clock, policy):
    receive(action())
    stale = take()
    clock.move(policy.lease_for)
    stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    before = everything(stores.client)

    commit(stale, "begins")

    assert everything(stores.client) == before


# -- what a courier is told


def outbox_of(stores, clock):
    return stores.outbox.take(CONVERSATION, holder="c1", now=clock.now())


def test_a_courier_learns_of_a_silence_right_before_each_send(stores, receive, take, commit, clock):
    receive(message("m1"))
    first, second, third = (delivery(f"t1.{n}") for n in range(3))
    commit(take(), replies=(first, second, third))

    taken = outbox_of(stores, clock)
    assert isinstance(taken, OutboxTaken)
    assert taken.silence == Silence("")
    receive(action())
    sent = ReplySent(delivery=first.id, sent="p")
    settled = stores.outbox.settle(first, taken.lease, "sent", event=sent, now=clock.now())
    assert settled.silence == Silence("all")
    person = take()
    commit(person, "begins")
    cancelled = ReplyCancelled(delivery=second.id, cancelled=(second.id,))
    settled = stores.outbox.settle(second, settled.lease, "cancelled", event=cancelled, now=clock.now())
    assert settled.silence == Silence(str(person.lease.fence))
    assert stores.client.hgetall(f"deliveries:{CONVERSATION}") == {"t1.0": "sent", "t1.1": "cancelled"}


# -- the list of those that wait


def waiting(stores):
    return dict(stores.client.zrange("waiting", 0, -1, withscores=True))


def test_a_conversation_that_waits_for_an_agent_is_listed_with_its_start(stores, receive, take, clock):
    since = clock.now()
    waits = session(state=State.WAITING_AGENT, route=ROUTE, waiting_since=since)
    receive(message("m1"))

    stores.turns.commit(CONVERSATION, take().lease, turn_result(session=waits), now=clock.move(minutes=1))
    assert waiting(stores) == {CONVERSATION: to_ms(since)}

    back = turn_result(session=waits.change(state=State.ACTIVE, waiting_since=None), waited=True)
    receive(message("m2"))
    stores.turns.commit(CONVERSATION, take().lease, back, now=clock.now())
    assert waiting(stores) == {}


def test_a_change_from_outside_of_a_turn_keeps_the_list_too(stores, clock):
    was = session(state=State.WAITING_AGENT)
    stores.sessions.update(was, was="", now=clock.now())
    assert waiting(stores) == {CONVERSATION: to_ms(was.last_activity)}

    stores.sessions.update(was.change(state=State.ACTIVE), was=was.to_json(), now=clock.now())
    assert waiting(stores) == {}


def test_a_forgotten_customer_is_in_no_list(stores, clock):
    for name in (CONVERSATION, OTHER):
        waits = session(name.removeprefix("whatsapp:"), state=State.WAITING_AGENT)
        stores.sessions.update(waits, was="", now=clock.now())

    stores.forgetting.forget(CONVERSATION, now=clock.now())

    assert list(waiting(stores)) == [OTHER]


# -- what cannot be read


@pytest.mark.parametrize("record", ["{", "[]", "7", '"x"', '{"state":7}', b"\xff\xfe", ""])
def test_an_answer_on_an_unreadable_session_is_kept_and_silences_the_assistant(stores, receive, record):
    stores.client.set(f"session:{CONVERSATION}", record, ex=60)

    assert receive(action(AgentActionType.ANSWER, id="a1", text="I am here")).accepted == 1
    assert stores.client.llen(f"mailbox:{CONVERSATION}") == 1
    assert stores.client.get(SILENCE) == "all"


def test_what_could_not_be_kept_is_not_remembered(valkey):
    stores = Stores.on(valkey)
    mailbox, seen = f"mailbox:{CONVERSATION}", f"seen:{CONVERSATION}"
    valkey.set(mailbox, "not a list", ex=60)

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        stores.run(
            stores.scripts.receive(
                due="due",
                counters="tally",
                forgotten="forgotten",
                secret="secret",
                events="events",
                dead="dead",
                lease="lease:intake",
                intake="intake",
                fences="fence",
                agents="waiting",
                conversations=[
                    mailbox,
                    seen,
                    "overflow",
                    "stop",
                    "lease",
                    "media",
                    "alias",
                    "names",
                    "session",
                ],
                wake_after=0,
                keep=9,
                seen_for=0,
                oldest=0,
                most=9,
                letter_for=0,
                event_cap=9,
                fence="",
                holder="",
                member="intake",
                gather_at_most=0,
                go_on="no",
                members=["turn|x", "x", "media|x"],
                messages=[1, "m1", "{}", 0, "mailbox@0", "", "", "", 0],
                handled=[],
                letters=[],
            )
        )
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        stores.run(
            stores.scripts.receive_action(
                mailbox=mailbox,
                seen=seen,
                silence=SILENCE,
                lease="lease",
                conversation="x",
                session="session",
                due="due",
                counters="tally",
                forgotten="forgotten",
                secret="secret",
                wake_after=0,
                keep=9,
                seen_for=0,
                member="turn|x",
                id="a1",
                entry="{}",
                counter="mailbox@0",
                silences="yes",
                unless="",
                alias="alias",
                names="names",
                also="",
            )
        )

    assert valkey.exists(seen, SILENCE) == 0


@pytest.mark.parametrize("counted", ["garbage", "1.5", "99999999999999999999"])
def test_a_tally_that_counts_nothing_loses_no_message(stores, receive, clock, counted):
    stores.client.hset("tally", f"mailbox@{to_ms(clock.now()) // 1000}", counted)

    assert receive(message("m1"), action(id="a1")) == Received(
        accepted=2, duplicates=0, woken=(CONVERSATION,)
    )
