"""The page of a conversation. Each action of an agent is one body in the intake, and changes nothing else in Redis."""

import json
import re

import pytest

from session.agent_actions import AgentAction, AgentActionType
from session.errors import StoreUnavailable
from session.records import to_ms
from tests.stores import everything
from tests.stories.telling import ALIA
from tests.webhook.desk.office import Office, token_in
from tests.webhook.edge import Full


@pytest.fixture
def waiting(office):
    """A customer waits for a person."""
    office.story.says("a person, please", name="Alia")
    return office


def stored_action(office):
    """The action in the intake."""
    [(_, entry)] = office.redis.xrange("intake")
    assert entry["source"] == "desk"
    assert int(entry["at"]) == to_ms(office.story.clock.now())
    return json.loads(entry["body"])


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


def test_actions_of_agents_are_notes_between_the_messages(office):
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


def test_what_customers_write_is_never_markup(office):
    office.story.says("<script>alert(1)</script><b>a person", name='"><img src=x onerror=alert(1)>')
    agent = office.agent("<i>Mona</i>")
    agent.does("answer", text="<u>hi</u>", keeps="1")
    page = agent.page().text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for bad in ("<script>alert", "<img src=x", "<i>Mona", "<u>hi"):
        assert bad not in page


def test_a_made_up_url_leads_nowhere(office):
    agent = office.agent()

    for pseudonym in ("nonsense", "AAAA", office.pseudonym()[:-2] + "xx"):
        assert agent.http.get(f"/desk/c/{pseudonym}").status_code == 404
    assert "There is no data about this conversation" in agent.page("+209999999").text


def test_a_page_under_a_former_number_leads_to_the_present_one(waiting):
    changed = {"type": "system", "id": "wamid.changed", "from": ALIA[1:], "timestamp": "4102488000"}
    changed["system"] = {"type": "user_changed_number", "wa_id": "201009999999"}
    waiting.story.posts_meta(changed)
    waiting.story.work()
    agent = waiting.agent()

    answer = agent.page(ALIA, tab="waiting")

    assert answer.status_code == 303
    assert answer.location == f"/desk/c/{waiting.pseudonym('+201009999999')}?tab=waiting"
    page = agent.reads("+201009999999")
    assert "a person, please" in page
    assert "The customer’s number has changed" in page


def test_in_arabic_every_word_is_arabic(office):
    office.story.says("عايز أكلم person", name="منى")
    agent = office.agent("منى")
    agent.posts("/desk/language", language="ar")
    page = agent.follows(agent.does("take_over"))

    assert "أنت ترد الآن" in page
    assert "استلم منى المحادثة" in page
    for english in ("Waiting", "Answer", "Take over", "Customer", "Free-form"):
        assert english not in page


def test_the_page_says_that_a_message_was_longer_than_what_is_stored(office):
    office.story.posts("a person, please " * 300)
    office.story.work()

    assert "longer than a message may be: the rest is not kept" in office.agent().reads()


@pytest.mark.parametrize(
    ("action_type", "form", "fields"),
    [
        ("take_over", {}, {}),
        ("take_over", {"holder": "Karim"}, {"holder": "Karim"}),
        ("answer", {"text": "Hello\r\nyou", "keeps": "1"}, {"text": "Hello\nyou", "keeps": True}),
        ("answer", {"text": "Hello", "keeps": ""}, {"text": "Hello"}),
        ("answer", {"text": "Hello", "holder": "Karim"}, {"text": "Hello"}),
        ("hand_back", {"text": "is not said"}, {}),
        ("close", {}, {}),
        ("forget", {"keeps": "1"}, {}),
    ],
)
def test_an_action_is_one_body_in_the_intake_and_nothing_else_changes(waiting, action_type, form, fields):
    agent = waiting.agent("Mona")
    before = everything(waiting.redis)

    answer = agent.does(action_type, action="action-of-mona", work=False, **form)

    after = everything(waiting.redis)
    assert {key for key in before | after if before.get(key) != after.get(key)} == {"intake", "due"}
    assert {member for member, _ in after["due"][0]} - {member for member, _ in before["due"][0]} == {
        "intake"
    }
    assert answer.status_code == 303
    assert (
        stored_action(waiting)
        == {
            "deed": action_type,
            "id": "action-of-mona",
            "customer": ALIA,
            "scope": "",
            "past": [],
            "agent": "Mona",
            "receivedAt": to_ms(waiting.story.clock.now()),
            "text": "",
            "keeps": False,
            "holder": "",
        }
        | fields
    )
    assert waiting.story.wakeups.waiting.pop() == ("drain_intake", "[0]")


def test_the_body_begins_as_an_action_in_the_mailbox_does(waiting):
    waiting.agent().does("close", work=False)
    [(_, entry)] = waiting.redis.xrange("intake")

    assert entry["body"].startswith('{"deed"')
    assert AgentAction.model_validate_json(entry["body"]).type is AgentActionType.CLOSE


def test_viewing_writes_nothing(waiting):
    agent = waiting.agent()
    before = everything(waiting.redis)

    agent.rows()
    agent.page()
    agent.finds("person")
    agent.finds("999999")

    assert everything(waiting.redis) == before


def test_actions_take_effect_in_the_turn_of_their_conversation(waiting):
    agent = waiting.agent("Mona")
    waiting.story.hears()

    agent.does("take_over")
    assert waiting.story.session().held_by == "Mona"
    agent.does("answer", text="Mona here", keeps="1")
    assert waiting.story.hears() == ["Mona here"]
    assert waiting.story.session().held_by == "Mona"
    agent.does("answer", text="And back")
    assert waiting.story.hears() == ["And back"]
    assert waiting.story.session().state == "ACTIVE"


def test_the_same_form_sent_twice_is_one_action(waiting):
    agent = waiting.agent()
    waiting.story.hears()

    for _ in range(2):
        agent.does("answer", action="the-same-form", text="once", keeps="1")

    assert waiting.story.hears() == ["once"]


def test_every_form_of_a_page_has_its_own_id(waiting):
    page = waiting.agent().page().text
    ids = [part.partition('"')[0] for part in page.split('name="id" value="')[1:]]

    assert len(ids) == len(set(ids)) == 5


def test_outside_the_window_an_answer_is_refused_at_once_and_the_draft_stays(waiting):
    waiting.story.clock.move(hours=24)
    agent = waiting.agent()

    answer = agent.does("answer", text="too late", keeps="1", work=False)

    assert answer.status_code == 409
    assert "More than 24 hours have passed" in answer.text
    assert ">too late</textarea>" in answer.text
    assert waiting.redis.xlen("intake") == 0


def test_an_answer_to_a_customer_who_opted_out_is_refused(waiting):
    waiting.story.says("STOP")

    answer = waiting.agent().does("answer", text="but why", work=False)

    assert answer.status_code == 409
    assert ">but why</textarea>" in answer.text
    assert waiting.redis.xlen("intake") == 0


@pytest.mark.parametrize(
    ("text", "says"), [("", "Write something first"), (" \r\n ", "Write something"), ("x" * 4097, "4,096")]
)
def test_what_cannot_be_sent_is_refused(waiting, text, says):
    answer = waiting.agent().does("answer", text=text, work=False)

    assert answer.status_code == 422
    assert says in answer.text
    assert waiting.redis.xlen("intake") == 0


def test_text_of_any_kind_arrives_as_it_was(waiting):
    waiting.story.hears()
    text = "أهلًا 👋🏽 <b> & \u200f\n\tEnd"

    waiting.agent().does("answer", text=text, keeps="1")

    assert waiting.story.hears() == [text]


@pytest.mark.parametrize("path", ["echo", "time_out", "nonsense"])
def test_actions_of_the_system_itself_cannot_be_sent(waiting, path):
    assert waiting.agent().does(path, work=False).status_code == 404


@pytest.mark.parametrize("bad", ["", "short", "has blanks in it", "x" * 41, "é" * 12])
def test_an_action_without_a_valid_id_is_refused_and_the_draft_stays(waiting, bad):
    agent = waiting.agent()
    path = f"/desk/c/{waiting.pseudonym()}/answer"

    answer = agent.posts(path, id=bad, text="a draft")

    assert answer.status_code == 400
    assert ">a draft</textarea>" in answer.text


def test_a_form_that_is_too_old_keeps_the_draft(waiting):
    agent = waiting.agent()

    answer = agent.http.post(
        f"/desk/c/{waiting.pseudonym()}/answer",
        data={"token": "old", "id": "action-id-99", "text": "a draft"},
    )

    assert answer.status_code == 403
    assert ">a draft</textarea>" in answer.text
    # The page that says so is a form itself, and this one is right.
    again = agent.http.post(
        f"/desk/c/{waiting.pseudonym()}/answer",
        data={"token": token_in(answer.text), "id": "action-id-99", "text": "a draft"},
    )
    assert again.status_code == 303


def test_without_redis_the_agent_is_told_and_the_draft_stays():
    office = Office(store=Full(StoreUnavailable("store_body: TimeoutError")))
    office.story.posts("a person, please")
    office.story.work()
    agent = office.agent()

    answer = agent.does("answer", text="a draft", work=False)

    assert answer.status_code == 503
    assert "The store is not available" in answer.text
    assert ">a draft</textarea>" in answer.text
    office.redis.close()


def test_without_the_broker_an_action_is_only_late(waiting):
    waiting.story.wakeups.broken = True
    agent = waiting.agent()
    waiting.story.hears()
    agent.does("answer", text="slowly")
    assert waiting.story.hears() == []

    waiting.story.wakeups.broken = False
    waiting.story.waits(seconds=30)
    waiting.story.waits(seconds=30)

    assert waiting.story.hears() == ["slowly"]


def test_who_did_what_is_in_the_event_stream(waiting):
    agent = waiting.agent("Mona")
    for action_type in ("take_over", "hand_back", "close"):
        agent.does(action_type, action=f"mona-{action_type}")

    done = [
        (event["action"], event["by"], event["action_id"])
        for event in waiting.story.events()
        if "action" in event
    ]
    assert done == [
        (action_type, "Mona", f"mona-{action_type}") for action_type in ("take_over", "hand_back", "close")
    ]
