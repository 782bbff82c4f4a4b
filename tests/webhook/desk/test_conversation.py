"""One conversation: who said what, how far it came, what happened between, what is known."""

import json
import re

import pytest

from session.agent_actions import AgentAction, AgentActionType
from session.conversations import conversation_of
from session.event_records import EventRecord
from session.messages import Delivery, DeliveryState, Message, Reply
from session.models import HistoryEntry, Role
from session.records import to_ms
from session.snapshots import ConversationSnapshot
from tests.clocks import START
from tests.stories.telling import ALIA
from tests.values import ROUTE, message, session
from tests.webhook.desk.office import buttons_in
from webhook.desk.transcript import TranscriptMessage, TranscriptNote, transcript
from webhook.desk.words import Translator, known_facts

AT = to_ms(START)


def said(role, text, id_, *, after=0):
    return HistoryEntry(role=role, content=text, timestamp=START.replace(minute=after), message_id=id_)


def talk(*history, **snapshot):
    known = session(ALIA).change_context(message_history=history)
    kept = {"deliveries": {}, "mailbox": (), "outbox": (), "opted_out": False, "events": ()} | snapshot
    kept["events"] = tuple(map(EventRecord.of, kept["events"]))
    return transcript(known, ConversationSnapshot(record="", expires_at=0, **kept))


# -- the transcript, pure


def test_everybody_is_named_who_said_something():
    entries = talk(
        said(Role.USER, "hello", "wamid.1"),
        said(Role.ASSISTANT, "hi", "t1.0"),
        said(Role.AGENT, "Mona here", "t2.0"),
        said(Role.AGENT, "from the phone", "wamid.9"),
        events=(
            {"at": str(AT), "action": "answer", "action_id": "a1", "by": "Mona", "replied": '["t2.0"]'},
            {"at": str(AT), "action": "echo", "action_id": "wamid.9", "by": "phone"},
        ),
    )

    assert [(entry.role, entry.text, entry.by) for entry in entries] == [
        (Role.USER, "hello", ""),
        (Role.ASSISTANT, "hi", ""),
        (Role.AGENT, "Mona here", "Mona"),
        (Role.AGENT, "from the phone", "phone"),
    ]


@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_reply_shows_how_far_it_came(state):
    entries = talk(said(Role.ASSISTANT, "hi", "t1.0"), deliveries={"t1.0": state.value})

    assert [entry.state for entry in entries] == [state]


def test_a_reply_in_the_outbox_waits_to_be_sent_and_of_an_old_one_nothing_is_known():
    waiting = Delivery(id="t2.0", conversation="c", route=ROUTE, reply=Reply(text="hi"), queued_at=AT)

    entries = talk(
        said(Role.ASSISTANT, "old", "t1.0"), said(Role.ASSISTANT, "hi", "t2.0"), outbox=(waiting.to_json(),)
    )

    assert [entry.state for entry in entries] == [None, DeliveryState.QUEUED]


def test_a_reply_in_several_messages_came_as_far_as_the_last_of_them():
    entries = talk(
        said(Role.ASSISTANT, "long", "t1.0"),
        said(Role.ASSISTANT, "short", "t1.2"),
        events=({"at": str(AT), "received": "[]", "replied": json.dumps(["t1.0", "t1.1", "t1.2"])},),
        deliveries={"t1.0": "read", "t1.1": "sent", "t1.2": "delivered"},
    )

    assert [entry.state for entry in entries] == [DeliveryState.SENT, DeliveryState.DELIVERED]


def test_a_failed_reply_says_why():
    entries = talk(
        said(Role.ASSISTANT, "one", "t1.0"),
        said(Role.ASSISTANT, "two", "t1.1"),
        deliveries={"t1.0": "failed", "t1.1": "failed"},
        events=(
            {"at": str(AT), "delivery": "t1.0", "failed": "131047: re-engagement"},
            {
                "at": str(AT),
                "delivery": "t1.1",
                "status": "failed",
                "code": "131026",
                "words": "undeliverable",
            },
        ),
    )

    assert [entry.why for entry in entries] == ["131047: re-engagement", "131026 undeliverable"]


def test_what_waits_in_the_mailbox_stands_at_the_end():
    answer = AgentAction(
        type=AgentActionType.ANSWER, id="a1", customer=ALIA, agent="Mona", received_at=AT, text="soon"
    )
    close = AgentAction(type=AgentActionType.CLOSE, id="a2", customer=ALIA, agent="Karim", received_at=AT)
    boxed = (message(text="anybody?").to_json(), answer.to_json(), close.to_json(), "not readable")

    entries = talk(said(Role.USER, "hello", "wamid.1", after=5), mailbox=boxed)

    assert entries[1:] == [
        TranscriptMessage(at=AT, role=Role.USER, text="anybody?", pending=True),
        TranscriptMessage(at=AT, role=Role.AGENT, text="soon", by="Mona", pending=True),
        TranscriptNote(at=AT, key="tried.close", by="Karim", pending=True),
    ]


def test_every_kind_of_action_that_waits_can_be_shown():
    waiting = [
        AgentAction(type=action_type, id=action_type, customer=ALIA, agent="Mona", received_at=AT).to_json()
        for action_type in AgentActionType
    ]

    assert len(talk(mailbox=tuple(waiting))) == len(AgentActionType)
    assert Message.model_validate_json(message().to_json()).text == "hello"


def test_events_of_an_earlier_session_are_left_out():
    entries = talk(
        said(Role.USER, "hello", "wamid.1"),
        events=({"at": str(AT - 1), "escalated": "before"}, {"at": str(AT), "escalated": "now"}),
    )

    assert [entry.detail for entry in entries if isinstance(entry, TranscriptNote)] == ["now"]


def test_what_is_known_is_labelled_and_what_has_a_structure_is_not_shown():
    known = session(ALIA).context.extracted_info.updated(
        {
            "budget": 3_000_000,
            "location": "New Cairo",
            "budgetMin": 1_500_000,
            "favouriteColour": "red",
            "dialogue": {"kind": "x"},
            "area": 120,
        }
    )
    one = session(ALIA).change_context(extracted_info=known)

    assert list(known_facts(one, Translator("en"))) == [
        ("Place", "New Cairo"),
        ("Budget", "3,000,000 EGP"),
        ("Budget from", "1,500,000 EGP"),
        ("Area", "120 m²"),
        ("Favourite colour", "red"),
    ]


# -- the page


def test_a_conversation_reads_like_one(office):
    office.story.says("hello", name="Alia Hassan")
    office.story.says("a person, please", name="Alia Hassan")
    page = office.agent().reads()

    assert "Customer hello" in page
    assert "Assistant You said: hello" in page
    assert "The assistant asks for a person: wants a person" in page
    assert "Number +201001234567" in page
    assert "Profile name Alia Hassan" in page
    assert "Free-form answers until 02.01. 12:00 UTC" in page
    assert "Answer and hand back Answer" in page


def test_what_agents_did_stands_between(office):
    office.story.says("a person, please")
    mona, karim = office.agent("Mona"), office.agent("Karim")
    mona.does("take_over")
    karim.does("take_over", holder="Mona")
    mona.does("hand_back")
    karim.does("close")
    page = karim.reads()

    assert "Mona took over" in page
    assert "Karim took over" in page
    assert "Mona’s handing back come" not in page
    assert "Mona’s handing back had no effect: Somebody else has taken it meanwhile." in page
    assert "Karim closed the conversation" in page


def test_a_cancelled_reply_is_struck_out(office):
    office.story.posts("hello")
    while office.story.wakeups.waiting[0][0] != "deliver":
        office.story.work_once()
    agent = office.agent()
    agent.does("take_over", work=False)
    office.story.wakeups.waiting.rotate(-1)  # the takeover is read before the reply is sent
    office.story.work()
    page = agent.page()

    assert re.search(r'class="bubble assistant\s+cancelled', page.text)
    assert "You said: hello" in page.text
    assert "not sent: a person had taken over" in page.text
    assert office.story.hears() == []


def test_the_window_is_shown_and_outside_of_it_nothing_can_be_answered(office):
    office.story.says("a person, please")
    agent = office.agent()
    office.story.clock.move(hours=23, minutes=59)
    agent = office.agent()
    assert "answer" in buttons_in(agent.page().text)

    office.story.clock.move(minutes=1)
    agent = office.agent()
    page = agent.page().text
    assert "answer" not in buttons_in(page)
    assert "More than 24 hours have passed" in page
    assert "Closed for free-form answers since" in page


def test_who_asked_for_silence_cannot_be_answered(office):
    office.story.says("a person, please")
    office.story.says("STOP")
    page = office.agent().page().text

    assert "answer" not in buttons_in(page)
    assert "The customer asked for silence" in page


def test_buttons_are_there_only_where_they_do_something(office):
    story, mona, karim = office.story, office.agent("Mona"), office.agent("Karim")

    def offered(agent):
        return buttons_in(agent.page().text)

    story.says("hello")
    assert offered(mona) == {"take_over", "close", "forget"}
    story.says("a person, please")
    assert offered(mona) == {"take_over", "answer", "hand_back", "close", "forget"}
    mona.does("take_over")
    assert offered(mona) == {"answer", "hand_back", "close", "forget"}
    assert offered(karim) == {"take_over", "forget"}
    mona.does("close")
    assert offered(mona) == {"forget"}


def test_an_agent_may_take_over_from_another_and_the_form_says_from_whom(office):
    office.story.says("a person, please")
    office.agent("Mona").does("take_over")
    page = office.agent("Karim").page().text

    assert "Take over from Mona" in page
    assert 'name="holder" value="Mona"' in page


def test_what_customers_write_is_never_markup(office):
    office.story.says("<script>alert(1)</script><b>a person", name='"><img src=x onerror=alert(1)>')
    agent = office.agent("<i>Mona</i>")
    agent.does("answer", text="<u>hi</u>", keeps="1")
    page = agent.page().text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for bad in ("<script>alert", "<img src=x", "<i>Mona", "<u>hi"):
        assert bad not in page


def test_an_address_that_was_made_up_leads_nowhere(office):
    agent = office.agent()

    for pseudonym in ("nonsense", "AAAA", office.pseudonym()[:-2] + "xx"):
        assert agent.http.get(f"/desk/c/{pseudonym}").status_code == 404
    assert "There is no data about this conversation" in agent.page("+209999999").text


def test_an_action_that_nobody_has_read_yet_is_shown_as_pending(office):
    office.story.says("a person, please")
    agent = office.agent()
    answer = agent.does("answer", text="On my way", keeps="1", work=False)

    assert "On its way: Answer" in agent.follows(answer)
    office.story.work()
    assert "On its way" not in agent.follows(answer)
    assert "Done: Answer" in agent.follows(answer)


def test_an_action_in_the_mailbox_is_pending_for_everybody(office):
    office.story.says("a person, please")
    office.agent("Mona").does("answer", text="On my way", keeps="1", work=False)
    office.story.work_once()  # the intake is drained, the turn is not taken
    page = office.agent("Karim").reads()

    assert "Mona On my way on its way" in page


def test_a_declined_action_is_told_in_words(office):
    office.story.says("a person, please")
    mona, karim = office.agent("Mona"), office.agent("Karim")
    mona.does("take_over")

    assert "Your answer was not sent. Mona has it." in karim.follows(
        karim.does("answer", text="me too", keeps="1")
    )
    assert "You did not get the conversation. Mona has it." in karim.follows(karim.does("take_over"))
    mona.does("close")
    assert "It was not closed. The conversation is closed, or its data is deleted." in karim.follows(
        karim.does("close")
    )


def test_a_forgotten_conversation_leads_back_to_the_list(office):
    office.story.says("a person, please")
    agent = office.agent()
    answer = agent.does("forget")

    assert agent.http.get(answer.location).location == "/desk/"
    assert "Nobody waits for a person." in agent.sees()
    assert not office.redis.exists(f"session:{conversation_of(ALIA)}")


def test_in_arabic_every_word_is_arabic(office):
    office.story.says("عايز أكلم person", name="منى")
    agent = office.agent("منى")
    agent.posts("/desk/language", language="ar")
    page = agent.follows(agent.does("take_over"))

    assert "أنت ترد الآن" in page
    assert "استلم منى المحادثة" in page
    for english in ("Waiting", "Answer", "Take over", "Customer", "Free-form"):
        assert english not in page


def test_an_agent_sees_that_a_customer_wrote_more_than_is_kept(office):
    office.story.posts("a person, please " * 300)
    office.story.work()

    assert "longer than WhatsApp allows: the rest is not kept" in office.agent().reads()
