"""A reply that has waited for too long is replaced by a template, and the history says so before it is sent."""

from datetime import timedelta

import pytest

from session.history import Role, entry
from session.messages import DeliveryState, Status
from session.outgoing import said_in
from session.records import to_ms
from session.replies import Reply
from session.template_definitions import Definition
from tests.values import CONVERSATION, ROUTE, delivery, session, turn_result
from worker.channels.outcomes import InDoubt, Rejected, Sent
from worker.late_replies import LateReplies, with_it
from worker.senders import AfterWindow, Sender, Senders
from worker.templates import Templates

NOTE = Definition(account="meta:1", name="note", language="en", status="APPROVED", body="News: {{1}}")


@pytest.fixture
def late(bench):
    """A bench whose senders have a template for that, and a reply whose window is over."""
    run = bench.courier.run
    after = AfterWindow(template="note", language="en")
    templates = Templates(
        run=run,
        store=bench.stores.templates.bare,
        senders=Senders(usual=Sender(assistant=bench.assistant, after_window=after), named={}),
        clock=bench.clock,
    )
    bench.courier.late = LateReplies(
        run=run,
        templates=templates,
        sessions=bench.stores.sessions.bare,
        policy=bench.courier.policy,
    )
    bench.stores.templates.put(NOTE.account, [NOTE])
    return bench


def queue(bench, *texts):
    """Replies wait, and are in the history; their window is over."""
    bench.receive(f"for {texts}")
    taken = bench.stores.turns.take(CONVERSATION, holder="t", now=bench.clock.now())
    closed = to_ms(bench.clock.now() - timedelta(seconds=1))
    replies = tuple(
        delivery(f"t.{n}", text).model_copy(update={"window_until": closed}) for n, text in enumerate(texts)
    )
    own = session(route=ROUTE, now=bench.clock.now())
    for one in replies:
        said = entry(Role.ASSISTANT, said_in(one.reply), at=bench.clock.now(), id=one.id)
        own = own.with_entry(said, bench.courier.policy)
    bench.stores.turns.commit(
        CONVERSATION, taken.lease, turn_result(replies=replies, session=own), now=bench.clock.now()
    )


def history(bench):
    return [one.text for one in bench.session().context.message_history]


def sent(bench):
    return [one.reply.template.values for one in bench.channel.sent]


def test_each_is_sent_in_its_order_as_a_template(late):
    queue(late, "one", "two")

    late.courier.deliver([CONVERSATION])

    assert [one.content().text for one in (d.reply.template for d in late.channel.sent)] == [
        "News: one",
        "News: two",
    ]
    assert history(late) == ["News: one", "News: two"]
    assert [event["template"] for event in late.stores.events() if "sent" in event] == ["note", "note"]
    assert late.stores.dead() == []


def test_the_history_says_it_before_it_is_sent_and_whatever_becomes_of_the_send(late):
    queue(late, "one")
    late.channel.outcomes = [Rejected(code="132001", words="gone")]

    late.courier.deliver([CONVERSATION])

    assert history(late) == ["News: one"]
    (letter,) = late.stores.dead()
    assert letter["why"] == "132001: gone"
    assert "News: one" in letter["raw"]


def test_while_a_turn_is_in_progress_it_waits(late):
    queue(late, "one")
    late.receive("meanwhile")
    taken = late.stores.turns.take(CONVERSATION, holder="busy", now=late.clock.now())

    late.courier.deliver([CONVERSATION])

    assert late.channel.sent == []
    assert history(late) == ["one"]
    late.stores.turns.abandon(CONVERSATION, taken.lease)
    late.clock.move(seconds=2)
    late.courier.deliver([CONVERSATION])
    assert sent(late) == [["one"]]


def test_a_send_in_doubt_is_repeated_as_the_same_template(late):
    queue(late, "one")
    late.channel.outcomes = [InDoubt(words="reset"), Sent(provider_id="p")]

    late.courier.deliver([CONVERSATION])
    late.clock.move(late.courier.policy.reconcile_for)
    late.courier.deliver([CONVERSATION])

    assert sent(late) == [["one"], ["one"]]
    assert history(late) == ["News: one"]


def test_what_a_status_says_later_is_about_the_template(late):
    queue(late, "one")
    late.courier.deliver([CONVERSATION])
    failed = Status(
        conversation=CONVERSATION,
        delivery="t.0",
        provider_id="p1",
        state=DeliveryState.FAILED,
        at=0,
        code="132015",
        words="paused",
    )

    late.store(late.channel.holds(b"a", statuses=[failed]))
    late.drainer.drain(0)

    (definition,) = late.stores.templates.all().known
    assert definition.status == "PAUSED"
    (letter,) = late.stores.dead()
    assert "News: one" in letter["raw"]


def test_what_a_takeover_has_cancelled_is_not_replaced(late):
    queue(late, "one")
    late.stores.client.set(late.stores.keys.of(CONVERSATION).silence, "all", ex=1000)

    late.courier.deliver([CONVERSATION])

    assert (late.channel.sent, history(late)) == ([], ["one"])


def test_a_reply_without_its_entry_gets_one(policy):
    one = delivery("t.7", "x").model_copy(update={"reply": Reply(text="News: x"), "by_agent": True})

    (said,) = with_it(session(), one, session().created_at, policy).context.message_history

    assert (said.message_id, said.role, said.text) == ("t.7", Role.AGENT, "News: x")


def test_without_a_session_it_is_sent_all_the_same(late):
    queue(late, "one")
    late.stores.client.delete(late.stores.keys.of(CONVERSATION).session)

    late.courier.deliver([CONVERSATION])

    assert sent(late) == [["one"]]
