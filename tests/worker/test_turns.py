"""Turns: what becomes of messages, whatever the assistant does with them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from session import Reply, State, phrases
from session.agent_actions import AgentActionType
from session.content_parts import Kind
from session.errors import SearchLimitReached, UnexpectedReply
from session.events import SessionChanged
from session.leases import Held
from session.limits import SEARCHES
from session.messages import Delivery
from session.policy import Policy
from session.records import to_ms
from tests.valkey import until
from tests.values import CONVERSATION, CUSTOMER, OTHER, action, message, session
from worker.assistants.catalogue.facts import PropertyFacts
from worker.separate_process import Ended
from worker.suspects import is_suspect

TURN = f"turn|{CONVERSATION}"


def replies(bench, conversation=CONVERSATION):
    entries = bench.stores.client.lrange(bench.stores.keys.of(conversation).outbox, 0, -1)
    return [Delivery.model_validate_json(entry).reply.text for entry in entries]


class Broken(Exception):
    """What an assistant raises in these tests."""


# -- the common case


def test_waiting_messages_are_answered_together_in_one_turn(bench):
    bench.receive("one", "two")

    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one\ntwo"]
    assert replies(bench) == ["You said: one\ntwo"]
    assert bench.mailbox() == 0
    assert bench.waker.taken() == [("deliver", CONVERSATION)]
    assert bench.session().message_count == 2


def test_the_assistant_sees_the_session_the_history_and_the_time(bench):
    bench.receive("one")
    bench.turns.take([CONVERSATION])
    bench.receive("two")
    bench.clock.move(minutes=1)
    bench.turns.take([CONVERSATION])

    turn = bench.assistant.turns[-1]
    assert turn.customer == CUSTOMER
    assert turn.now == bench.clock.now()
    assert [said.text for said in turn.history] == ["one", "You said: one", "two"]
    assert turn.session.state is State.ACTIVE


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_assistant_may_say_nothing(bench, nothing):
    bench.receive("one")
    bench.assistant.next = [lambda turn: nothing]

    bench.turns.take([CONVERSATION])

    assert (bench.mailbox(), bench.outbox()) == (0, 0)
    assert bench.waker.taken() == []


def test_replies_of_the_turn_come_before_the_returned_one(bench):
    def talk(turn):
        turn.reply("first")
        turn.reply("second")
        return Reply(text="third")

    bench.receive("one")
    bench.assistant.next = [talk]

    bench.turns.take([CONVERSATION])

    assert replies(bench) == ["first", "second", "third"]


def test_nothing_waiting_is_nothing_done(bench):
    bench.turns.take([CONVERSATION])

    assert bench.assistant.turns == []
    assert bench.waker.taken() == []


def test_a_leased_conversation_is_left_to_its_holder(bench):
    bench.receive("one")
    bench.stores.turns.take(CONVERSATION, holder="somebody", now=bench.clock.now())

    bench.turns.take([CONVERSATION])

    assert bench.assistant.turns == []


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.SYSTEM, Kind.REVOKE])
def test_what_asks_for_no_answer_is_taken_without_the_assistant(bench, kind):
    bench.stores.mailboxes.receive([message(kind=kind)], now=bench.clock.now())

    bench.turns.take([CONVERSATION])

    assert bench.assistant.turns == []
    assert bench.mailbox() == 0


# -- messages that come meanwhile


def test_messages_that_come_during_a_turn_are_the_next_one(bench):
    def slow(turn):
        bench.receive("two", "three")
        return "to one"

    bench.receive("one")
    bench.assistant.next = [slow]

    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one", "two\nthree"]
    assert replies(bench) == ["to one", "You said: two\nthree"]
    assert bench.mailbox() == 0


def test_what_a_slow_turn_said_is_sent_before_the_next_one_is_answered(bench):
    woken = []

    def slow(turn):
        bench.receive("two")
        bench.waker.taken()
        bench.clock.move(seconds=1)
        return "to one"

    def next_one(turn):
        woken.extend(bench.waker.taken())

    bench.receive("one")
    bench.assistant.next = [slow, next_one]

    bench.turns.take([CONVERSATION])

    assert woken == [("deliver", CONVERSATION)]


def test_a_customer_who_writes_endlessly_does_not_occupy_a_worker(bench):
    def more(turn):
        bench.receive(f"{turn.text}+")

    bench.receive("m")
    bench.assistant.next = [more] * 100

    bench.turns.take([CONVERSATION])

    # After ten turns in a row somebody else goes on.
    assert len(bench.assistant.turns) == 10
    assert bench.waker.taken() == [("turn", CONVERSATION)]
    assert bench.mailbox() == 1
    bench.turns.take([CONVERSATION])
    assert bench.assistant.texts[10] == "m" + 10 * "+"


def test_a_turn_takes_no_more_messages_than_its_limit(make_bench):
    bench = make_bench(Policy(turn_messages=2))
    bench.receive("1", "2", "3", "4", "5")

    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["1\n2", "3\n4", "5"]


# -- an assistant that fails


def remembers_a_wrong_value(turn):
    turn.effects.facts = PropertyFacts
    turn.remember(budget="not a number")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (Broken("no"), "Broken"),
        (KeyError("x"), "KeyError"),
        (lambda turn: 5, "BadAssistant"),
        (lambda turn: ["a", "list"], "BadAssistant"),
        (lambda turn: b"bytes", "BadAssistant"),
        (remembers_a_wrong_value, "ValidationError"),
        (lambda turn: turn.search("members", "x"), "NoCatalogue"),
        (lambda turn: "half an emoji: \ud83d", "PydanticSerializationError"),
        (lambda turn: turn.remember(found=object()), "PydanticSerializationError"),
        (lambda turn: turn.escalate(5), "PydanticSerializationError"),
        (lambda turn: turn.set_intent(5), "PydanticSerializationError"),
    ],
)
def test_whatever_an_assistant_does_wrong_the_messages_stay_and_it_is_asked_again(bench, log, wrong, name):
    bench.receive("one")
    bench.assistant.next = [wrong]

    bench.turns.take([CONVERSATION])

    assert (bench.mailbox(), bench.outbox()) == (1, 0)
    assert bench.stores.waiting_since() == {TURN: to_ms(bench.clock.now() + timedelta(seconds=1))}
    assert any("turn failed, attempt 1 of 5, next attempt in 1.0 s" in line and name in line for line in log)

    bench.clock.move(seconds=1)
    bench.turns.take([CONVERSATION])
    assert replies(bench) == ["You said: one"]


def test_each_failure_waits_twice_as_long(bench):
    bench.receive("one")
    bench.assistant.next = [Broken()] * 4
    waits = []
    for _ in range(4):
        bench.turns.take([CONVERSATION])
        retry_at = bench.stores.waiting_since()[TURN]
        waits.append((retry_at - to_ms(bench.clock.now())) / 1000)
        bench.clock.move(seconds=waits[-1])

    assert waits == [1, 2, 4, 8]


def test_no_stray_wake_up_shortens_the_wait(bench):
    bench.receive("one")
    bench.assistant.next = [Broken()]
    bench.turns.take([CONVERSATION])

    bench.clock.move(milliseconds=999)
    bench.turns.take([CONVERSATION])
    assert len(bench.assistant.turns) == 1

    bench.clock.move(milliseconds=1)
    assert bench.sweep() == [("turn", CONVERSATION)]
    bench.turns.take([CONVERSATION])
    assert len(bench.assistant.turns) == 2


def test_after_a_failure_messages_are_tried_one_by_one(bench):
    def fails_at_two(turn):
        if "two" in turn.text:
            raise Broken
        return f"to {turn.text}"

    bench.receive("one", "two", "three")
    bench.assistant.next = [fails_at_two] * 50

    for _ in range(20):
        bench.turns.take([CONVERSATION])
        bench.clock.move(minutes=5)

    # Only the message at fault was given up.
    letters = bench.stores.dead()
    assert [letter["kind"] for letter in letters] == ["message"]
    assert '"id":"two"' in letters[0]["raw"]
    assert replies(bench) == ["to one", phrases.apology(None), "to three"]
    assert bench.mailbox() == 0


def test_after_the_last_attempt_the_message_is_a_dead_letter_and_the_customer_is_told(bench):
    bench.receive("one")
    bench.assistant.next = [Broken("what went wrong")] * 5

    for _ in range(5):
        assert bench.mailbox() == 1
        bench.turns.take([CONVERSATION])
        bench.clock.move(minutes=5)

    (letter,) = bench.stores.dead()
    assert letter["why"] == "Broken: what went wrong"
    assert letter["conversation"] == CONVERSATION
    assert replies(bench) == [phrases.apology(None)]
    assert bench.mailbox() == 0
    assert len(bench.assistant.turns) == 5
    assert TURN not in bench.stores.waiting_since()


def test_the_apology_is_in_the_language_of_the_customer(make_bench):
    bench = make_bench(Policy(turn_attempts=1))
    bench.receive("hello")
    bench.assistant.next = [lambda turn: turn.set_language("ar"), Broken()]
    bench.turns.take([CONVERSATION])

    bench.receive("two")
    bench.turns.take([CONVERSATION])

    assert replies(bench) == [phrases.apology("ar")]


def test_a_turn_whose_workers_died_each_time_is_given_up_as_well(bench):
    # Given a message that kills every worker that takes it
    bench.receive("one", "two")
    for n in range(5):
        taken = bench.stores.turns.take(CONVERSATION, holder=f"dying{n}", now=bench.clock.now(), alone=True)
        assert taken.attempt == n + 1
        bench.clock.move(bench.stores.policy.lease_for)

    # If the next worker takes it, it does not even try
    bench.turns.take([CONVERSATION])

    letters = bench.stores.dead()
    assert [letter["why"] for letter in letters] == ["the processes that took the turn died"]
    assert '"id":"one"' in letters[0]["raw"]
    # and goes on with what is behind
    assert bench.assistant.texts == ["two"]
    assert replies(bench) == [phrases.apology(None), "You said: two"]


def test_a_worker_that_dies_in_a_turn_leaves_it_to_the_sweep(bench):
    class Killed(BaseException):
        pass

    def die(turn):
        turn.reply("never sent")
        raise Killed

    bench.receive("one")
    bench.assistant.next = [die]
    with pytest.raises(Killed):
        bench.turns.take([CONVERSATION])

    bench.clock.move(bench.stores.policy.lease_for)
    assert bench.sweep() == [("turn", CONVERSATION)]
    bench.turns.take([CONVERSATION])

    assert replies(bench) == ["You said: one"]


def test_a_failed_turn_forgets_what_was_asked_in_it(bench):
    def half(turn):
        turn.reply("half")
        turn.remember(budget=5)
        turn.escalate("half")
        raise Broken

    bench.receive("one")
    bench.assistant.next = [half]
    bench.turns.take([CONVERSATION])
    bench.clock.move(seconds=1)
    bench.turns.take([CONVERSATION])

    assert replies(bench) == ["You said: one"]
    assert bench.session().state is State.ACTIVE
    assert bench.session().context.extracted_info.budget is None


# -- a turn that takes longer than its lease


def test_a_turn_that_another_worker_has_taken_changes_nothing(bench, log):
    def too_slow(turn):
        bench.clock.move(bench.stores.policy.lease_for)
        bench.turns.take([CONVERSATION])
        return "too late"

    bench.receive("one")
    bench.assistant.next = [too_slow]

    bench.turns.take([CONVERSATION])

    assert replies(bench) == ["You said: one"]
    assert bench.session().message_count == 1
    assert bench.waker.taken() == [("deliver", CONVERSATION)]
    assert any("longer than its lease" in line for line in log)


def test_a_failure_after_another_worker_has_taken_the_turn_changes_nothing(bench):
    def too_slow(turn):
        bench.clock.move(bench.stores.policy.lease_for)
        bench.stores.turns.take(CONVERSATION, holder="somebody", now=bench.clock.now())
        raise Broken

    bench.receive("one")
    bench.assistant.next = [too_slow]
    bench.turns.take([CONVERSATION])

    assert isinstance(bench.stores.turns.take(CONVERSATION, holder="x", now=bench.clock.now()), Held)


# -- searches


def catalogue(kind, query, /, **filters):
    return [f"{kind}:{query}"] if query else []


def test_searches_are_counted_and_remembered(make_bench):
    def search(turn):
        found = turn.search("members", "zamalek", intent="property", entities={"bedrooms": 3})
        return f"{len(found)} found"

    bench = make_bench(catalogue=catalogue)
    bench.receive("one")
    bench.assistant.next = [search]

    bench.turns.take([CONVERSATION])

    assert replies(bench) == ["1 found"]
    session = bench.session()
    (entry,) = session.context.search_history
    assert (entry.query, entry.intent, entry.entities, entry.result_count) == (
        "zamalek",
        "property",
        {"bedrooms": 3},
        1,
    )
    assert session.search_count == 1
    assert bench.stores.client.get(bench.stores.keys.of(CONVERSATION).usage_of(SEARCHES)) == "1"


def test_an_assistant_that_does_not_care_about_the_search_limit_need_not(make_bench):
    def search_twice(turn):
        turn.search("members", "a")
        turn.reply("found a")
        turn.search("members", "b")
        return "never said"

    bench = make_bench(Policy(limits={"searches": 1}), catalogue=catalogue)
    bench.receive("one")
    bench.assistant.next = [search_twice]

    bench.turns.take([CONVERSATION])

    # What was done before stays, and the customer is told how long to wait.
    assert replies(bench) == ["found a", phrases.too_many_searches(None, timedelta(hours=1))]
    assert bench.session().search_count == 1
    assert bench.stores.dead() == []


def test_an_assistant_may_handle_the_search_limit_itself(make_bench):
    def search(turn):
        try:
            turn.search("members", "a")
        except SearchLimitReached as refusal:
            return f"wait {refusal.wait_for}"

    bench = make_bench(Policy(limits={"searches": 0}), catalogue=catalogue)
    bench.receive("one")
    bench.assistant.next = [search]

    bench.turns.take([CONVERSATION])

    assert replies(bench) == ["wait 1:00:00"]


def test_the_search_limit_ends_with_its_window(make_bench):
    def search(turn):
        turn.search("members", "a")
        return "found"

    bench = make_bench(Policy(limits={"searches": 1}), catalogue=catalogue)
    bench.assistant.next = [search] * 3
    for text, minutes in (("one", 0), ("two", 59), ("three", 1)):
        bench.clock.move(minutes=minutes)
        bench.receive(text)
        bench.turns.take([CONVERSATION])

    assert replies(bench) == ["found", phrases.too_many_searches(None, timedelta(minutes=1)), "found"]


# -- several conversations in one wake-up


def test_a_batch_is_worked_through(bench):
    bench.receive("one")
    bench.receive("two", conversation=OTHER)

    bench.turns.take([CONVERSATION, OTHER])

    assert bench.assistant.texts == ["one", "two"]
    assert bench.waker.taken() == [("deliver", CONVERSATION), ("deliver", OTHER)]


def test_one_conversation_that_fails_does_not_stop_the_others(bench):
    bench.receive("one")
    bench.receive("two", conversation=OTHER)
    bench.assistant.next = [lambda turn: "\ud83d"]

    bench.turns.take([CONVERSATION, OTHER])

    assert replies(bench, OTHER) == ["You said: two"]
    assert bench.mailbox() == 1


# -- opting out


def test_a_customer_who_opts_out_receives_nothing_until_opting_in(bench):
    for text in ("one", "stop", "two", "start", "three"):
        bench.receive(text)
        bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one", "three"]
    assert replies(bench) == ["You said: one", phrases.welcome_back(None), "You said: three"]
    history = [said.text for said in bench.session().context.message_history]
    assert history[:4] == ["one", "You said: one", "stop", "two"]


def test_no_apology_goes_to_a_customer_who_has_opted_out(make_bench):
    bench = make_bench(Policy(turn_attempts=1))
    bench.receive("one", "stop")
    bench.assistant.next = [Broken()]

    bench.turns.take([CONVERSATION])

    assert replies(bench) == []
    assert len(bench.stores.dead()) == 2


def test_one_that_cannot_be_worked_on_delays_none_of_its_wake_up(bench, log, monkeypatch):
    bench.receive("one")
    bench.receive("two", conversation=OTHER)
    take = bench.stores.turns.bare.take

    def fail_first(conversation, **options):
        if conversation == CONVERSATION:
            raise UnexpectedReply("take_turn", ["surprise"])
        return take(conversation, **options)

    monkeypatch.setattr(bench.stores.turns.bare, "take", fail_first)

    bench.turns.take([CONVERSATION, OTHER])

    assert bench.assistant.texts == ["two"]
    assert any("work on a conversation failed" in line for line in log)


# -- what dies with a process


class RecordingAlone:
    """Says what became of a turn that was to be taken alone."""

    def __init__(self, ended):
        self.ended = ended
        self.asked = []

    def take(self, conversation, holder):
        self.asked.append((conversation, holder))
        return self.ended


@pytest.fixture
def die(bench):
    """Let processes die in which the turn was taken, and perhaps others."""

    def times(deaths):
        for n in range(deaths):
            taken = bench.stores.turns.take(CONVERSATION, holder=f"dead{n}", now=bench.clock.now())
            bench.clock.move(bench.stores.policy.lease_for)
        return taken

    return times


def test_after_one_death_a_turn_is_taken_as_ever_and_after_two_alone(bench, die):
    bench.receive("one", "two")
    bench.turns.alone = alone = RecordingAlone(Ended.DONE)
    die(1)
    bench.stores.turns.take(CONVERSATION, holder="third", now=bench.clock.now())
    bench.clock.move(bench.stores.policy.lease_for)

    bench.turns.take([CONVERSATION])

    assert [conversation for conversation, _ in alone.asked] == [CONVERSATION]
    assert bench.assistant.turns == []
    # Its own process finds the lease by the name of its holder.
    bench.turns.take_alone(CONVERSATION, alone.asked[0][1])
    assert bench.assistant.texts == ["one"]
    assert ("turn", CONVERSATION) in bench.waker.taken()
    bench.turns.take([CONVERSATION])
    assert len(alone.asked) == 2


def test_one_death_makes_no_turn_suspect(bench, die):
    bench.receive("one", "two")
    bench.turns.alone = alone = RecordingAlone(Ended.DONE)
    die(1)

    bench.turns.take([CONVERSATION])

    assert alone.asked == []
    assert bench.assistant.texts == ["one", "two"]


class EndlessWait:
    """Gives every turn back, as if it waited for a photo."""

    async def given_back(self, conversation, taken):
        return True


def test_a_suspect_that_only_waits_for_a_photo_is_not_taken_alone(bench, die):
    bench.receive("one")
    bench.turns.alone = alone = RecordingAlone(Ended.DONE)
    bench.turns.media = EndlessWait()
    die(2)

    bench.turns.take([CONVERSATION])

    assert (alone.asked, bench.assistant.turns) == ([], [])


@pytest.mark.parametrize(
    ("found", "suspect"),
    [
        (AgentActionType.MERGE, False),
        (AgentActionType.MERGE_OUT, False),
        (AgentActionType.TAKE_OVER, False),
        (AgentActionType.TIME_OUT, False),
        (AgentActionType.ANSWER, True),  # perhaps with a file
        (AgentActionType.SEND, True),
        (AgentActionType.DECIDE, True),
        (None, True),
    ],
)
def test_an_action_that_asks_no_assistant_and_has_no_file_is_never_taken_alone(bench, found, suspect):
    bench.receive("one")
    taken = bench.stores.turns.take(CONVERSATION, holder="w", now=bench.clock.now())
    died = replace(taken, crashes=7, action=action(found) if found else None)

    assert is_suspect(died, bench.stores.policy) is suspect
    assert not is_suspect(replace(died, crashes=1), bench.stores.policy)


@pytest.mark.parametrize(("state", "suspect"), [(State.WAITING_AGENT, False), (State.ACTIVE, True)])
def test_what_is_only_kept_for_an_agent_is_never_taken_alone(bench, die, state, suspect):
    bench.receive("one")
    bench.turns.alone = alone = RecordingAlone(Ended.DONE)
    bench.stores.sessions.update(session(state=state), was="", event=SessionChanged(created="s1"))
    die(2)

    bench.turns.take([CONVERSATION])

    assert bool(alone.asked) is suspect
    assert bench.stores.client.llen(f"mailbox:{CONVERSATION}") == suspect
    assert bench.assistant.turns == []


def test_the_lease_is_kept_while_the_process_starts_that_takes_a_turn_alone(make_bench):
    bench = make_bench(policy=Policy(lease_for=timedelta(milliseconds=60)))
    bench.receive("one")
    for n in range(2):
        bench.stores.turns.take(CONVERSATION, holder=f"dead{n}")
        bench.clock.move(bench.stores.policy.lease_for)

    class SlowToStart:
        def take(self, conversation, holder):
            for _ in range(3):
                bench.clock.move(milliseconds=50)
                ends = str(to_ms(bench.clock.now() + bench.stores.policy.lease_for))
                lease = f"lease:{conversation}"
                until(lambda: bench.stores.client.hget(lease, "until") == ends, "it is renewed")  # noqa: B023
            bench.turns.take_alone(conversation, holder)
            return Ended.DONE

    bench.turns.alone = SlowToStart()
    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one"]


def test_what_is_behind_an_action_stays_suspect(bench, die):
    bench.stores.sessions.update(session(state=State.ACTIVE), was="", event=SessionChanged(created="s1"))
    bench.drainer.drain(0)
    bench.stores.mailboxes.receive([action("take_over"), action("hand_back"), message("one")])
    bench.turns.alone = alone = RecordingAlone(Ended.DONE)
    die(2)

    for _ in range(2):
        bench.turns.take([CONVERSATION])
    assert alone.asked == []
    bench.turns.take([CONVERSATION])

    assert [conversation for conversation, _ in alone.asked] == [CONVERSATION]
    assert bench.assistant.turns == []


def test_while_another_is_taken_alone_a_suspect_waits_and_spends_no_attempt(bench, die):
    bench.receive("one")
    bench.turns.alone = RecordingAlone(Ended.BUSY)
    die(2)

    for _ in range(20):
        bench.turns.take([CONVERSATION])
        bench.clock.move(minutes=1)

    taken = bench.stores.turns.take(CONVERSATION, holder="w", now=bench.clock.now())
    assert (taken.attempt, bench.stores.dead()) == (1, [])


def test_a_turn_that_kills_its_own_process_is_given_up_after_its_attempts(bench, die):
    bench.receive("one", "two")
    bench.turns.alone = alone = RecordingAlone(Ended.DIED)
    die(2)

    for _ in range(6):
        bench.turns.take([CONVERSATION])
        bench.clock.move(minutes=5)

    assert len(alone.asked) == 5
    [letter] = bench.stores.dead()
    assert '"id":"one"' in letter["raw"]
    # What was behind it was never its fault.
    assert bench.assistant.texts == ["two"]


def test_without_a_process_of_its_own_a_suspect_is_taken_here_and_its_death_counts(bench, die):
    bench.receive("one")
    bench.turns.alone = RecordingAlone(Ended.NEVER_BEGAN)
    die(2)

    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one"]
