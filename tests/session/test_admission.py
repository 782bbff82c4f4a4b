"""Which messages the assistant is given, and what the session makes of them."""

from datetime import timedelta

import pytest

from session.admission import admit
from session.limits import MESSAGES, Usage, Usages, allowance
from session.messages import Kind
from session.models import Member, Notices, Role, State
from session.policy import Policy
from session.records import to_ms
from tests.clocks import START
from tests.values import CUSTOMER, ROUTE, message, session

POLICY = Policy()
MS = timedelta(milliseconds=1)
WINDOW_END = START + timedelta(minutes=20)
NO_LIMITS = Usages()


def counted(result):
    return result.uses.get("messages", 0)


def used(count, until=WINDOW_END):
    return Usages(messages=Usage(used=count, until=to_ms(until)))


def admitted(found, *texts, usages=NO_LIMITS, now=START, policy=POLICY, opted_out=False, messages=None):
    messages = messages or [message(f"m{n}", text) for n, text in enumerate(texts)]
    return admit(
        found,
        messages,
        usages,
        now=now,
        new_id="s2",
        policy=policy,
        wants_human=lambda text: text == "agent",
        opted_out=opted_out,
    )


def texts(messages):
    return [one.text for one in messages]


def history(session_):
    return [said.content for said in session_.context.message_history]


# -- beginning


def test_the_first_message_begins_a_session():
    result = admitted(None, "hello")

    assert (result.before, result.began) == (None, True)
    assert (result.session.id, result.session.customer_id, result.session.state) == (
        "s2",
        CUSTOMER,
        State.ACTIVE,
    )
    assert texts(result.answer) == ["hello"]
    assert (counted(result), result.limited, result.refuse_for) == (1, 0, None)


def test_a_session_that_goes_on_is_not_begun():
    result = admitted(session(state=State.IDLE, message_count=4), "hello")

    assert (result.before, result.began) == (State.IDLE, False)
    assert (result.session.id, result.session.message_count) == ("s1", 5)


def test_a_new_session_after_a_closed_one_keeps_the_identity():
    member = Member(user_id="u1", name="Alia", role="member")
    closed = admitted(None, "old").session.change(state=State.CLOSED, member=member, message_count=9)
    closed = closed.change_context(language="ar")

    result = admitted(closed, "new", now=START + timedelta(days=1))

    assert (result.before, result.began) == (State.CLOSED, True)
    fresh = result.session
    assert (fresh.member, fresh.context.language) == (member, "ar")
    assert (history(fresh), fresh.message_count) == (["new"], 1)


def test_what_was_said_is_kept_with_its_time_and_id():
    result = admitted(
        None, messages=[message("m1", "hi", received_at=to_ms(START + timedelta(minutes=1)), name="Alia")]
    )

    (said,) = result.session.context.message_history
    assert (said.role, said.content, said.message_id) == (Role.USER, "hi", "m1")
    assert said.timestamp == START + timedelta(minutes=1)
    assert result.session.profile_name == "Alia"


def test_a_message_without_words_is_remembered_by_its_kind():
    assert history(admitted(None, messages=[message("m1", "", kind=Kind.IMAGE)]).session) == ["[image]"]


def test_replies_go_back_the_way_the_latest_message_came():
    newer = ROUTE.model_copy(update={"sender": "another"})

    result = admitted(None, messages=[message("m1"), message("m2", route=newer)])

    assert result.session.route == newer


def test_a_name_once_known_is_not_lost_by_a_message_without_one():
    assert admitted(session(profile_name="Alia"), "x").session.profile_name == "Alia"


# -- silent kinds


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.SYSTEM, Kind.REVOKE])
@pytest.mark.parametrize("found", [None, session(state=State.IDLE), session(state=State.CLOSED)])
def test_silent_kinds_change_nothing(kind, found):
    result = admitted(found, messages=[message("m1", "👍", kind=kind)])

    assert result.session is found
    assert (result.answer, counted(result), result.began) == ((), 0, False)


def test_a_silent_kind_among_others_is_passed_over():
    result = admitted(None, messages=[message("m1", "👍", kind=Kind.REACTION), message("m2", "hello")])

    assert texts(result.answer) == ["hello"]
    assert (history(result.session), result.session.message_count) == (["hello"], 1)


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in (Kind.REACTION, Kind.SYSTEM, Kind.REVOKE)]
)
def test_every_other_kind_is_answered(kind):
    assert len(admitted(None, messages=[message("m1", "x", kind=kind)]).answer) == 1


# -- the limit


@pytest.mark.parametrize(("already", "answered"), [(0, 2), (48, 2), (49, 1), (50, 0), (51, 0), (500, 0)])
def test_the_fiftieth_message_is_answered_and_the_fifty_first_is_not(already, answered):
    result = admitted(session(), "a", "b", usages=used(already))

    assert texts(result.answer) == ["a", "b"][:answered]
    assert (counted(result), result.limited) == (answered, 2 - answered)
    assert (result.refuse_for is not None) is (answered < 2)


def test_a_message_above_the_limit_is_neither_kept_nor_counted():
    result = admitted(session(message_count=50), "x", usages=used(50))

    assert (history(result.session), result.session.message_count) == ([], 50)
    assert result.session.last_activity == START


@pytest.mark.parametrize(("off", "answered"), [(-MS, 0), (0 * MS, 1), (MS, 1)], ids=["before", "at", "after"])
def test_the_limit_ends_with_its_window_to_the_millisecond(off, answered):
    result = admitted(session(), "x", usages=used(50), now=WINDOW_END + off)

    assert len(result.answer) == answered


def test_the_customer_is_told_once_in_a_window_how_long_to_wait():
    # The first message above the limit is refused with words
    first = admitted(session(), "x", usages=used(50))
    assert first.refuse_for == timedelta(minutes=20)

    # the next ones in silence
    now = START + timedelta(minutes=19, seconds=59)
    second = admitted(first.session, "x", usages=used(50), now=now)
    assert (second.limited, second.refuse_for) == (1, None)

    # and in the next window with words again.
    now = WINDOW_END + timedelta(minutes=30)
    third = admitted(second.session, "x", usages=used(50, until=now + timedelta(minutes=5)), now=now)
    assert third.refuse_for == timedelta(minutes=5)


def test_the_next_window_begins_at_the_very_end_of_the_last():
    told = session(notices=Notices(messages_until=to_ms(WINDOW_END)))
    usages = used(50, until=WINDOW_END + timedelta(hours=1))

    assert admitted(told, "x", usages=usages, now=WINDOW_END - MS).refuse_for is None
    assert admitted(told, "x", usages=usages, now=WINDOW_END).refuse_for == timedelta(hours=1)


def test_several_refused_messages_are_told_together():
    result = admitted(session(), "a", "b", "c", usages=used(50))

    assert (result.limited, result.refuse_for) == (3, timedelta(minutes=20))


def test_a_limit_that_is_reached_within_the_first_batch_ends_an_hour_from_now():
    result = admitted(None, "a", "b", policy=Policy(limits={"messages": 1}))

    assert texts(result.answer) == ["a"]
    assert result.refuse_for == timedelta(hours=1)
    assert result.session.notices.messages_until == to_ms(START + timedelta(hours=1))


def test_a_request_for_an_agent_is_never_limited():
    result = admitted(session(), "x", "agent", "y", usages=used(50))

    assert texts(result.answer) == ["agent"]
    assert (counted(result), result.limited) == (0, 2)


def test_to_ask_for_a_person_takes_nothing_from_the_limit():
    result = admitted(session(), "agent", "a", "b", usages=used(49))

    assert texts(result.answer) == ["agent", "a"]
    assert (counted(result), result.limited) == (1, 1)


def test_a_new_session_does_not_repeat_the_refusal_of_the_old_one():
    told = session(state=State.CLOSED, notices=Notices(messages_until=to_ms(WINDOW_END)))

    assert admitted(told, "x", usages=used(50)).refuse_for is None


# -- while a person has the conversation


@pytest.mark.parametrize("usages", [NO_LIMITS, used(50), used(500)])
def test_everything_is_kept_for_the_person_and_nothing_counts(usages):
    waits = session(state=State.WAITING_AGENT, escalation="asked")

    result = admitted(waits, "a", "agent", "b", usages=usages, now=START + timedelta(hours=9))

    assert result.session.state is State.WAITING_AGENT
    assert history(result.session) == ["a", "agent", "b"]
    assert (result.session.message_count, result.session.escalation) == (3, "asked")
    assert (result.answer, counted(result), result.limited, result.refuse_for) == ((), 0, 0, None)
    assert result.session.last_activity == START + timedelta(hours=9)


# -- opting out


@pytest.mark.parametrize("word", ["stop", "STOP", " Stop. ", "unsubscribe", "إلغاء الاشتراك"])
def test_a_customer_opts_out_by_one_word(word):
    result = admitted(session(), "hello", word, "more")

    assert (result.consent, result.opted_out) == ("out", True)
    # What was written before is for the assistant, what comes after is only kept.
    assert texts(result.answer) == ["hello"]
    assert history(result.session) == ["hello", word, "more"]


@pytest.mark.parametrize("text", ["please stop the car", "stopping", "no", ""])
def test_other_words_are_no_opting_out(text):
    result = admitted(session(), text)

    assert (result.consent, result.opted_out) == (None, False)


def test_a_customer_who_opted_out_is_not_answered_and_not_counted():
    result = admitted(session(), "hello", "agent", opted_out=True, usages=used(50))

    assert (result.answer, counted(result), result.limited, result.refuse_for) == ((), 0, 0, None)
    assert (result.consent, result.opted_out) == (None, True)
    assert history(result.session) == ["hello", "agent"]


def test_a_customer_opts_in_again():
    result = admitted(session(), "start", "hello", opted_out=True)

    assert (result.consent, result.opted_out) == ("in", False)
    assert texts(result.answer) == ["hello"]


def test_without_an_opt_out_there_is_no_opt_in():
    result = admitted(session(), "start")

    assert result.consent is None
    assert texts(result.answer) == ["start"]


def test_out_and_in_again_in_one_batch_is_no_change():
    result = admitted(session(), "stop", "start")

    assert (result.consent, result.opted_out) == (None, False)


# -- histories


@pytest.mark.parametrize(("how_many", "first"), [(19, 0), (20, 0), (21, 1), (60, 40)])
def test_the_newest_twenty_entries_are_kept(how_many, first):
    kept = session()
    for n in range(how_many):
        kept = admitted(kept, f"{n}").session

    assert history(kept) == [f"{n}" for n in range(first, how_many)]
    assert kept.message_count == how_many


# -- allowances


@pytest.mark.parametrize(
    ("usage", "remaining", "wait"),
    [
        (Usage(), 50, 0),
        (Usage(used=1, until=to_ms(WINDOW_END)), 49, 0),
        (Usage(used=50, until=to_ms(WINDOW_END)), 0, 20),
        (Usage(used=99, until=to_ms(WINDOW_END)), 0, 20),
        (Usage(used=99, until=to_ms(START)), 50, 0),
        (Usage(used=99, until=to_ms(START) + 1), 0, 1 / 60_000),
    ],
)
def test_an_allowance_says_what_remains_and_how_long_to_wait(usage, remaining, wait):
    found = allowance(usage, MESSAGES, START, Policy())

    assert (found.allowed, found.remaining) == (remaining > 0, remaining)
    assert found.wait_for == timedelta(minutes=wait)


def test_nothing_is_allowed_where_the_limit_is_zero():
    found = allowance(Usage(), MESSAGES, START, Policy(limits={"messages": 0}))

    assert (found.allowed, found.remaining, found.wait_for) == (False, 0, timedelta(hours=1))
