"""Which messages the assistant is given, and what the session makes of them."""

from datetime import timedelta

import pytest

from session.admission import NO_IDS, admit
from session.content_parts import Kind, Media, Quoted
from session.contents import Attachment, Edit, Reaction, Revoke, Text
from session.history import Role
from session.limits import MESSAGES, Usage, Usages, allowance
from session.messages import SILENT, Referral
from session.models import Member, Notices, State
from session.policy import Policy
from session.records import to_ms
from session.refusing import turn_away
from tests.clocks import START
from tests.values import CUSTOMER, OF_BUSINESS, ROUTE, message, session

POLICY = Policy()
MS = timedelta(milliseconds=1)
WINDOW_END = START + timedelta(minutes=20)
NO_LIMITS = Usages()


def counted(result):
    return result.uses.get("messages", 0)


def used(count, until=WINDOW_END):
    return Usages(messages=Usage(used=count, until=to_ms(until)))


def admitted(
    found, *texts, usages=NO_LIMITS, now=START, policy=POLICY, opted_out=False, messages=None, ids=NO_IDS
):
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
        ids=ids,
    )


def texts(messages):
    return [one.text for one in messages]


def history(session_):
    return [said.text for said in session_.context.message_history]


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
    assert (said.role, said.text, said.message_id) == (Role.USER, "hi", "m1")
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


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in SILENT | OF_BUSINESS | {Kind.TIMER}])
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


# -- messages that come too late

DAY = timedelta(hours=24)


def late(id_, text, by=DAY, now=START):
    return message(id_, text, sent_at=to_ms(now - by), received_at=to_ms(now))


def test_a_message_that_came_after_its_window_is_kept_and_not_answered():
    result = admitted(None, messages=[late("m1", "anyone?"), message("m2", "hello"), late("m3", "?")])

    assert texts(result.answer) == ["hello"]
    assert history(result.session) == ["anyone?", "hello", "?"]
    assert (result.late, counted(result), result.limited) == (2, 1, 0)
    assert result.session.window_until == START + DAY


@pytest.mark.parametrize(("by", "answered"), [(DAY - MS, True), (DAY, False), (-DAY, True)])
def test_the_window_ends_to_the_millisecond(by, answered):
    assert bool(admitted(None, messages=[late("m1", "hello", by)]).answer) is answered


def test_old_messages_do_not_open_the_window():
    result = admitted(None, messages=[late("m1", "hello", timedelta(days=3))])

    assert result.session.window_until == START - timedelta(days=2)


def test_where_there_is_no_window_nothing_is_late():
    result = admitted(
        None, messages=[late("m1", "hello", timedelta(days=3)).model_copy(update={"customer": "telegram:7"})]
    )

    assert (texts(result.answer), result.late) == (["hello"], 0)


def test_an_old_stop_holds_and_an_old_start_does_not():
    stopped = admitted(None, messages=[late("m1", "STOP")])
    started = admitted(session(), messages=[late("m1", "START")], opted_out=True)

    assert (stopped.opted_out, stopped.consent) == (True, "out")
    assert (started.opted_out, started.consent) == (True, None)


def test_an_agent_has_the_old_messages_too():
    result = admitted(session(state=State.WAITING_AGENT), messages=[late("m1", "anyone?")])

    assert history(result.session) == ["anyone?"]
    assert (result.answer, result.session.state) == ((), State.WAITING_AGENT)


def test_a_stranger_is_not_told_a_day_later_that_this_is_for_members():
    assert turn_away([late("m1", "hello")], NO_LIMITS, now=START, policy=POLICY).tell is False
    assert turn_away([message("m1", "hello")], NO_LIMITS, now=START, policy=POLICY).tell is True


# -- changes of earlier messages


def change_of(id_, content, of):
    return message(id_, content=content, reply_to=of)


def test_an_edit_in_the_same_turn_is_what_the_assistant_reads():
    edit = change_of("m2", Edit(text="5 million", new=Text(text="5 million")), "m1")

    result = admitted(None, messages=[message("m1", "5 milion"), edit])

    assert [(one.id, one.text) for one in result.answer] == [("m1", "5 million")]
    assert (history(result.session), result.session.message_count) == (["5 million"], 1)


def test_a_new_caption_in_the_same_turn_leaves_the_assistant_its_picture():
    kept = Media(id="5", stored="f/1")
    photo = Attachment(kind=Kind.IMAGE, text="roof", media=(kept,))
    new = Attachment(kind=Kind.IMAGE, text="my roof")
    edit = change_of("m2", Edit(text="my roof", new=new), "m1")

    (answered,) = admitted(None, messages=[message("m1", content=photo), edit]).answer

    assert (answered.text, answered.media) == ("my roof", (kept,))


def test_a_message_that_is_deleted_before_its_turn_is_not_answered_and_is_marked():
    result = admitted(
        None, messages=[message("m1", "oops"), change_of("m2", Revoke(), "m1"), message("m3", "hi")]
    )

    assert [one.id for one in result.answer] == ["m3"]
    assert [said.deleted_at is not None for said in result.session.context.message_history] == [True, False]


@pytest.mark.parametrize(
    "content",
    [Edit(text="new", new=Text(text="new")), Revoke(), Reaction(text="👍")],
    ids=lambda one: one.kind,
)
def test_a_change_of_an_earlier_message_is_no_activity_and_is_not_answered(content):
    before = admitted(None, "old").session

    result = admitted(before, messages=[change_of("m9", content, "m0")], now=START + timedelta(hours=1))

    assert (result.answer, result.began, result.consent) == ((), False, None)
    same = result.session.change_context(message_history=())
    assert same == before.change_context(message_history=())
    assert result.session != before


def test_an_edit_of_a_message_that_nobody_remembers_is_kept():
    before = admitted(None, "old").session

    result = admitted(before, messages=[change_of("m9", Edit(text="new", new=Text(text="new")), "m7")])

    said = result.session.context.message_history[-1]
    assert (said.text, said.edited_at is not None, result.answer) == ("new", True, ())


def test_a_change_without_a_session_leaves_none():
    assert admitted(None, messages=[change_of("m9", Revoke(), "m0")]).session is None


def test_a_message_that_is_edited_into_a_stop_is_one():
    before = admitted(None, "SOTP").session

    result = admitted(before, messages=[change_of("m9", Edit(text="STOP", new=Text(text="STOP")), "m0")])

    assert (result.consent, result.opted_out) == ("out", True)


def test_the_latest_ad_stays_with_the_session():
    ad = Referral(headline="3 rooms in Maadi", ctwa_clid="x")
    first = admitted(None, messages=[message("m1", "info?", referral=ad)]).session

    assert first.referral == ad
    assert admitted(first, "and a garden").session.referral == ad


def test_a_message_that_quotes_another_says_so_to_the_assistant():
    before = admitted(None, "two rooms").session

    result = admitted(before, messages=[message("m1", "this one", reply_to="wamid.0")], ids={"wamid.0": "m0"})

    quoted = Quoted(id="wamid.0", role=Role.USER, text="two rooms", entry="m0")
    assert result.answer[0].quoted == result.session.context.message_history[-1].quoted == quoted
    assert "quoted" not in result.answer[0].to_json()
