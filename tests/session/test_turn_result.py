"""What a turn comes to."""

import json
from datetime import timedelta

import pytest

from session import KnownFacts, Reply, Row, phrases, testing
from session.admission import admit
from session.content_parts import Kind
from session.dead_letters import MessageLetter
from session.errors import NoCatalogue, SearchLimitReached
from session.history import Role
from session.limits import Usage, Usages
from session.machine import AgentAnswered
from session.models import SearchEntry, State
from session.outgoing import TurnContext
from session.policy import Policy
from session.records import to_ms
from session.replies import Button, Menu
from session.turn import Effects
from session.turn_result import settle
from tests.clocks import START
from tests.values import CONVERSATION, ROUTE, message, session

POLICY = Policy()


def settled(
    asked=None,
    *texts,
    found=None,
    usages=None,
    render=None,
    dead=(),
    messages=None,
    policy=POLICY,
    unsent=0,
):
    messages = messages or [message(f"m{n}", text) for n, text in enumerate(texts or ["hello"])]
    admission = admit(
        found,
        messages,
        usages or Usages(),
        now=START,
        new_id="s2",
        policy=policy,
        wants_human=lambda text: False,
    )
    return settle(
        admission,
        asked or Effects(),
        messages,
        TurnContext(
            turn="t7",
            fence=1,
            now=START,
            policy=policy,
            render=render or (lambda route, reply: (reply,)),
        ),
        dead=dead,
        unsent=unsent,
    )


@pytest.mark.parametrize(
    ("budget", "channel", "counted"), [(0, "meta", 0), (9, "meta", 3), (9, "telegram", 0)]
)
def test_messages_count_towards_a_budget_where_each_is_billed(budget, channel, counted):
    policy = Policy(limits={**Policy().limits, "replies": budget})
    came = message("m0", "hello").model_copy(update={"route": ROUTE.model_copy(update={"channel": channel})})

    result = settled(
        Effects(replies=[Reply(text="ab"), Reply(text="c")]),
        messages=[came],
        policy=policy,
        render=lambda _, reply: [Reply(text=letter) for letter in reply.text],
    )

    assert result.uses["replies"] == counted


def history(result):
    return [(said.role, said.text) for said in result.session.context.message_history]


def test_a_reply_becomes_a_delivery_along_the_route_of_the_customer():
    result = settled(Effects(replies=[Reply(text="hi")]))

    (delivery,) = result.deliveries
    assert (delivery.id, delivery.conversation, delivery.route) == ("t7.0", CONVERSATION, ROUTE)
    assert (delivery.reply, delivery.queued_at) == (Reply(text="hi"), to_ms(START))
    assert history(result) == [(Role.USER, "hello"), (Role.ASSISTANT, "hi")]
    assert result.session.context.message_history[1].message_id == "t7.0"


def test_a_reply_is_split_into_as_many_deliveries_as_it_has_parts():
    def halves(route, reply):
        middle = len(reply.text) // 2
        return tuple(Reply(text=part) for part in (reply.text[:middle], reply.text[middle:]))

    result = settled(Effects(replies=[Reply(text="abcd"), Reply(text="efgh")]), render=halves)

    assert [(one.id, one.reply.text) for one in result.deliveries] == [
        ("t7.0", "ab"),
        ("t7.1", "cd"),
        ("t7.2", "ef"),
        ("t7.3", "gh"),
    ]
    # The history has each reply whole, under the id of its first part.
    assert history(result)[1:] == [(Role.ASSISTANT, "abcd"), (Role.ASSISTANT, "efgh")]
    assert [said.message_id for said in result.session.context.message_history[1:]] == ["t7.0", "t7.2"]


def test_the_channel_of_the_route_renders():
    asked = []

    settled(Effects(replies=[Reply(text="hi")]), render=lambda *what: asked.append(what) or [what[1]])

    assert asked == [(ROUTE, Reply(text="hi"))]


def test_the_newest_twenty_entries_are_kept():
    result = settled(Effects(replies=[Reply(text=f"r{n}") for n in range(20)]))

    assert history(result) == [(Role.ASSISTANT, f"r{n}") for n in range(20)]
    assert len(settled(Effects(replies=[Reply(text="x")] * 19)).session.context.message_history) == 20


@pytest.mark.parametrize(("how_many", "first"), [(9, 0), (10, 0), (11, 1), (25, 15)])
def test_the_newest_ten_searches_are_kept_and_all_are_counted(how_many, first):
    searches = [SearchEntry(query=str(n), timestamp=START) for n in range(how_many)]

    result = settled(Effects(searches=searches))

    kept = [entry.query for entry in result.session.context.search_history]
    assert kept == [str(n) for n in range(first, how_many)]
    assert (result.session.search_count, result.uses["searches"]) == (how_many, how_many)
    assert result.event.searched == how_many


def test_what_was_remembered_is_kept_and_what_was_withdrawn_is_not():
    found = settled(
        Effects(remembered={"budget": 5_000_000, "location": "Zamalek", "pets": "two cats"})
    ).session

    result = settled(
        Effects(remembered={"location": None, "bedrooms": 3, "pets": None}, intent="buy", language="ar"),
        found=found,
    )

    context = result.session.context
    assert context.extracted_info.model_dump(exclude_none=True) == {"budget": 5_000_000.0, "bedrooms": 3}
    assert (context.intent, context.language) == ("buy", "ar")


def test_known_facts_stay_without_new_ones():
    found = settled(Effects(remembered={"budget": 5.0}, intent="buy", language="ar")).session

    context = settled(found=found).session.context

    assert (context.extracted_info.budget, context.intent, context.language) == (5.0, "buy", "ar")


def test_an_escalation_with_a_last_word():
    result = settled(Effects(replies=[Reply(text="a colleague will answer")], escalation="asked"))

    assert (result.session.state, result.session.escalation) == (State.WAITING_AGENT, "asked")
    assert [one.reply.text for one in result.deliveries] == ["a colleague will answer"]
    assert (result.event.escalated, result.event.state) == ("asked", (State.NEW, State.WAITING_AGENT))
    assert result.idle_timeout_ms(POLICY) == to_ms(START + POLICY.agent_timeout)
    assert result.waits_since_ms() == to_ms(START)


def test_a_close_with_a_last_word():
    result = settled(Effects(replies=[Reply(text="bye")], closing="done"), found=session(state=State.ACTIVE))

    assert result.session.state is State.CLOSED
    assert [one.reply.text for one in result.deliveries] == ["bye"]
    assert (result.event.closed, result.event.state) == ("done", (State.ACTIVE, State.CLOSED))
    assert result.idle_timeout_ms(POLICY) == 0


def test_escalating_and_closing_closes():
    result = settled(Effects(escalation="asked", closing="done"))

    assert (result.session.state, result.session.escalation) == (State.CLOSED, None)


def test_an_active_session_lapses_at_its_idle_timeout():
    assert settled().idle_timeout_ms(POLICY) == to_ms(START + POLICY.idle_after)


def test_the_refusal_comes_after_the_replies_in_the_language_of_the_customer():
    usages = Usages(messages=Usage(used=49, until=to_ms(START + timedelta(minutes=3))))
    asked = Effects(replies=[Reply(text="hi")], language="ar")

    result = settled(asked, "a", "b", usages=usages)

    refusal = phrases.too_many_messages("ar", timedelta(minutes=3))
    assert [one.reply.text for one in result.deliveries] == ["hi", refusal]
    assert (result.uses["messages"], result.event.limited) == (1, 1)


def test_the_event_tells_what_happened():
    result = settled(Effects(replies=[Reply(text="hi")]), "a", "b")

    at, expiry = to_ms(START), to_ms(START + POLICY.keep_for)
    assert result.event.to_fields() == {
        "received": '["m0","m1"]',
        "kinds": '["text","text"]',
        "channels": '["meta","meta"]',
        "came": f"[{at},{at}]",
        "created": "s2",
        "state": "NEW>ACTIVE",
        "replied": '["t7.0"]',
        "queued": str(at),
        "kept": f"ACTIVE@{expiry}",
    }


def test_the_event_tells_nothing_of_what_did_not_happen():
    event = settled(found=session(state=State.ACTIVE, route=ROUTE)).event

    assert event.to_fields().keys() == {"received", "kinds", "channels", "came"}


def test_no_event_quotes_what_was_said():
    result = settled(Effects(replies=[Reply(text="secret answer")]), "secret question")

    assert "secret" not in str(result.event.to_fields())


def test_a_silent_message_without_a_session_writes_no_session():
    silent = [message("m1", "👍", kind=Kind.REACTION)]

    result = settled(messages=silent)

    assert (result.session, result.deliveries, result.consumed) == (None, (), 1)
    assert result.idle_timeout_ms(POLICY) == 0


def test_a_silent_message_leaves_a_session_as_it_was():
    found = session(state=State.IDLE, route=ROUTE)

    result = settled(messages=[message("m1", "👍", kind=Kind.REACTION)], found=found)

    assert (result.session, result.consumed) == (found, 1)


def test_everything_that_was_taken_is_consumed():
    usages = Usages(messages=Usage(used=50, until=to_ms(START + timedelta(hours=1))))
    messages = [message("m1"), message("m2", kind=Kind.REACTION), message("m3")]

    assert settled(messages=messages, usages=usages).consumed == 3


def test_dead_letters_are_passed_on():
    assert settled(dead=[MessageLetter(why="x")]).dead == (MessageLetter(why="x"),)


def test_after_a_hand_back_the_assistant_answers():
    from session.machine import step  # noqa: PLC0415

    waits = session(state=State.WAITING_AGENT, route=ROUTE)
    back = step(waits, AgentAnswered(agent_id="mona"), START, POLICY)

    assert settled(Effects(replies=[Reply(text="hi")]), found=back).session.state is State.ACTIVE


# -- the turn that the assistant sees


def turn(left=2, catalogue=None):
    return testing.turn("one", "", "three", catalogue=catalogue, searches_left=left)


def found(kind, query, /, **filters):
    return [kind, query, filters]


def test_a_turn_shows_the_texts_a_line_each():
    assert turn().text == "one\nthree"


def test_what_a_turn_remembers_is_known_at_once():
    one = turn()
    one.remember(budget=5, pets="cats")
    one.remember(budget=None, bedrooms=2)

    assert (one.known.budget, one.known.bedrooms) == (None, 2)
    assert one.known.model_dump(exclude_none=True) == {"bedrooms": 2, "pets": "cats"}
    assert one.session.context.extracted_info.bedrooms is None


class Priced(KnownFacts):
    budget: float | None = None


def test_a_wrong_value_is_refused_and_forgets_nothing():
    one = turn()
    one.effects.facts = Priced
    one.remember(budget=5)

    with pytest.raises(ValueError, match="budget"):
        one.remember(budget="a lot", bedrooms=2)

    assert one.effects.remembered == {"budget": 5}


def test_a_turn_collects_effects_without_applying_them():
    one = turn()
    one.reply("pick", buttons=[Button(id="b", title="B")], reply_to="m1")
    one.reply("or", menu=Menu(button="open", rows=(Row(id="r", title="R"),)))
    one.escalate("asked")
    one.close()
    one.set_intent("buy")
    one.set_language("franco")

    assert one.effects.replies == [
        Reply(text="pick", buttons=(Button(id="b", title="B"),), reply_to="m1"),
        Reply(text="or", menu=Menu(button="open", rows=(Row(id="r", title="R"),))),
    ]
    assert (one.effects.escalation, one.effects.closing, one.effects.intent) == ("asked", "done", "buy")
    assert one.language == "franco"
    assert one.session == turn().session


def test_searches_reduce_the_remaining_number():
    one = turn(left=2, catalogue=found)

    assert one.search("members", "x", area=90) == ["members", "x", {"area": 90}]
    one.search("members", "y")
    with pytest.raises(SearchLimitReached) as refused:
        one.search("members", "z")

    assert refused.value.wait_for == timedelta(hours=1)
    assert [entry.query for entry in one.effects.searches] == ["x", "y"]
    assert one.effects.searches[0].result_count == 3


def test_a_search_that_fails_is_not_counted():
    def broken(kind, query, /, **filters):
        raise KeyError(kind)

    one = turn(catalogue=broken)
    with pytest.raises(KeyError):
        one.search("members", "x")

    assert one.effects.searches == []


def test_without_a_catalogue_there_is_nothing_to_search():
    with pytest.raises(NoCatalogue):
        turn().search("members", "x")


# -- an outbox that is full

SMALL = Policy(outbox_at_most=5)


@pytest.mark.parametrize(("unsent", "queued"), [(0, 3), (2, 3), (3, 2), (4, 1), (5, 0), (9, 0)])
def test_what_a_full_outbox_does_not_take_is_one_dead_letter_that_counts_it(unsent, queued):
    asked = Effects(replies=[Reply(text=text) for text in ("one", "two", "three")])

    result = settled(asked, unsent=unsent, policy=SMALL)

    assert [one.reply.text for one in result.deliveries] == ["one", "two", "three"][:queued]
    # Nobody is told later that it was said.
    assert history(result) == [(Role.USER, "hello")] + [
        (Role.ASSISTANT, text) for text in ["one", "two", "three"][:queued]
    ]
    if queued == 3:
        assert result.dead == ()
        assert result.event.unqueued == 0
        return
    (letter,) = result.dead
    assert (letter.kind, letter.count, letter.conversation) == ("overflow", 3 - queued, CONVERSATION)
    assert json.loads(letter.raw)["reply"]["text"] == ["one", "two", "three"][queued]
    assert result.event.unqueued == 3 - queued


def test_a_reply_in_parts_is_queued_whole_or_not_at_all_and_nothing_overtakes_it():
    def split(route, reply):
        return tuple(Reply(text=letter) for letter in reply.text)

    result = settled(
        Effects(replies=[Reply(text="ab"), Reply(text="cdef"), Reply(text="g")]), policy=SMALL, render=split
    )

    assert [one.reply.text for one in result.deliveries] == ["a", "b"]
    assert result.dead[0].count == 5


def test_an_assistant_that_says_ten_thousand_things_fills_no_outbox():
    result = settled(Effects(replies=[Reply(text=f"{n}") for n in range(10_000)]))

    assert len(result.deliveries) == POLICY.outbox_at_most == 500
    assert result.dead[0].count == 9500
