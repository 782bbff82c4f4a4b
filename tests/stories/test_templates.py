"""After a day nothing but a message template reaches a customer; it is checked before it is queued, and it may be paused."""

import asyncio
from datetime import timedelta

import pytest

from session import Reply, Template, TemplateButton
from session.agent_actions import AgentAction, AgentActionType
from session.keys import Keys
from session.store import TemplateStore
from tests.stores import at_once, scripts_by
from tests.stories.telling import ALIA, OMAR

REMINDER = Template(name="viewing_reminder", language="en", header="Thursday", body=("Alia", "10:00"))
NILE = "telegram:200000001"
ACCOUNT = "meta:100000000000001"
#: Sessions that are kept for longer than the customer service window is open.
KEPT = {"session_retention_minutes": 5000, "session_close_after_minutes": 4000}


def templates(story):
    return at_once(story.redis, TemplateStore(scripts_by(story.clock), Keys()))


def happens(story, name, **change):
    """Something happens to a template at Meta, which tells the webhook."""
    answer = story.phone.post("/simulator/templates", json={"name": name, **change})
    assert answer.json == {"told": [200] * len(answer.json["told"])}
    story.work()


def fault(story, mode, **more):
    assert (
        story.phone.post("/simulator/faults", json={"channel": "meta", "mode": mode, **more}).status_code
        == 200
    )


def asks_while_nothing_is_sent(story, text):
    """Somebody writes, whose answer has to wait for more than a day."""
    fault(story, "reject", code=190)
    story.says(text)
    story.phone.delete("/simulator/faults")
    story.waits(hours=25)


def replying(*replies):
    def assistant(turn):
        for reply in replies[:-1]:
            turn.effects.replies.append(reply)
        return replies[-1]

    return assistant


def failed(story):
    return [event["failed"] for event in story.events() if "failed" in event]


# -- after the customer service window


def test_a_reply_that_has_waited_for_a_day_reaches_its_customer_as_a_template(tell):
    story = tell(after_window_template="we_have_news:en", **KEPT)
    story.pulls_templates()

    # Given a sender that can send nothing for a day
    asks_while_nothing_is_sent(story, "Is the villa still free?")

    # Then the customer gets the words in the template that the operator has chosen
    (got,) = story.receives()
    assert (got["type"], got["template"]) == ("template", "we_have_news")
    assert got["text"] == "We have news for you: Is the villa still free? Reply to go on."
    assert story.dead_letters() == []
    # and the history says just that
    story.says("Go on")
    said = story.session().context.message_history[1]
    assert (said.content.kind, said.text) == ("template", got["text"])
    assert [event.get("template") for event in story.events() if "sent" in event] == ["we_have_news", None]


def test_without_one_it_is_a_dead_letter_that_names_the_setting(tell):
    story = tell()
    asks_while_nothing_is_sent(story, "Is the villa still free?")

    assert story.hears() == []
    (letter,) = story.dead_letters()
    assert letter["why"].startswith("window: the customer service window closed at")
    assert "AFTER_WINDOW_TEMPLATE" in letter["why"]


def test_one_that_cannot_carry_the_reply_is_named_too(tell):
    story = tell(after_window_template="viewing_reminder:en")
    story.pulls_templates()
    asks_while_nothing_is_sent(story, "Is the villa still free?")

    (letter,) = story.dead_letters()
    assert "viewing_reminder (en) cannot be sent: it needs more than one parameter" in letter["why"]


def test_one_that_twilio_cannot_be_told_is_named_and_the_turn_goes_on(tell):
    story = tell(after_window_template="unknown:en", **KEPT)
    story.says("hello", OMAR, "twilio")
    story.agent("mona").takes_over(OMAR)
    story.hears(OMAR)
    story.clock.move(hours=30)

    story.agent("mona").answers("The villa is free", OMAR)

    assert story.events()[-1]["declined"] == "window"
    assert story.hears(OMAR) == []


def test_a_sender_has_its_own(tell, tmp_path):
    senders = tmp_path / "senders.toml"
    senders.write_text(
        '[[sender]]\nsender = "meta:106540352242922"\n'
        '[sender.after_window]\ntemplate = "we_have_news"\nlanguage = "ar"\n'
    )
    story = tell(senders_file=senders)
    story.pulls_templates()
    asks_while_nothing_is_sent(story, "مرحبا")

    assert story.hears() == ["لدينا خبر لك: مرحبا اكتب لنا لنكمل."]


def test_what_an_agent_writes_just_too_late_is_sent_in_the_template(tell):
    story = tell(after_window_template="we_have_news:en", **KEPT)
    story.pulls_templates()
    story.says("hello")
    mona = story.agent("mona")
    mona.takes_over()
    story.hears()
    story.clock.move(hours=24)

    mona.answers_and_keeps_it("The villa\nis free")

    assert story.hears() == ["We have news for you: The villa is free Reply to go on."]
    assert story.session().context.message_history[-1].agent == "mona"


def test_a_timer_that_rings_after_days_reaches_its_customer(tell):
    def assistant(turn):
        if turn.timer:
            turn.reply("Your viewing is today.")
            return "See you!"
        turn.later("viewing", in_=timedelta(days=2), text="viewing")
        return "Booked."

    story = tell(assistant, after_window_template="we_have_news:en")
    story.pulls_templates()
    story.says("book a viewing")
    assert story.hears() == ["Booked."]

    story.waits(days=2, minutes=1)

    # What the turn says becomes one template, and so stands in the history.
    assert story.hears() == ["We have news for you: Your viewing is today. See you! Reply to go on."]
    assert story.session().context.message_history[-1].content.name == "we_have_news"
    assert story.dead_letters() == []


def test_a_program_reaches_a_customer_who_never_wrote_with_a_template(tell):
    story = tell()
    story.pulls_templates()
    send = AgentAction(
        type=AgentActionType.SEND,
        id="api-1",
        customer=ALIA,
        agent="api:crm",
        sender="meta:106540352242922",
        received_at=0,
        reply=Reply(template=REMINDER),
    )
    for _ in range(2):
        story.takes_in(send.to_json().encode(), source="api", ordering_key=send.conversation)
        story.work()

    assert story.hears() == ["Hello Alia, we meet at 10:00."]


# -- templates of assistants and agents


def test_a_template_of_an_assistant_is_sent_whenever_and_the_history_has_its_text(tell):
    story = tell(replying(Reply(template=REMINDER)), **KEPT)
    story.pulls_templates()
    # The sender can send nothing for a day: a template does not mind.
    asks_while_nothing_is_sent(story, "remind me")

    (got,) = story.receives()
    assert (got["header"], got["text"]) == ("Your viewing on Thursday", "Hello Alia, we meet at 10:00.")
    assert [one["title"] for one in got["buttons"]] == ["I will be there", "Another time"]
    assert story.session().context.message_history[-1].text == got["text"]


def test_twilio_sends_the_content_that_it_was_read_from(tell):
    story = tell(replying(Reply(template=REMINDER)))
    story.pulls_templates("twilio")

    story.says("remind me", OMAR, "twilio")

    (got,) = story.receives(OMAR)
    assert (got["header"], got["text"]) == ("Your viewing on Thursday", "Hello Alia, we meet at 10:00.")


def test_telegram_has_no_templates_and_gets_the_words(tell):
    story = tell(replying(Reply(template=REMINDER)))
    story.pulls_templates()

    story.says("remind me", NILE, "telegram")

    (got,) = story.receives(NILE)
    assert got["text"].startswith("Your viewing on Thursday\n\nHello Alia, we meet at 10:00.")
    assert [one["title"] for one in got["buttons"]] == ["I will be there", "Another time"]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (REMINDER.model_copy(update={"body": ("Alia",)}), "its body has 2 parameters (1, 2), given were 1"),
        (REMINDER.model_copy(update={"language": "ar"}), "there it is in en"),
        (Template(name="viewing_remainder", language="en"), "meta has no such template"),
    ],
)
def test_a_template_that_does_not_fit_is_the_assistants_mistake_like_any_wrong_reply(tell, template, why):
    story = tell(replying(Reply(template=template)), max_turn_attempts=2)
    story.pulls_templates()

    story.says("remind me")
    for _ in range(3):
        story.waits(minutes=5)

    # Nothing of it was queued: the turn has failed, the message is a dead letter, and the customer knows.
    (letter,) = story.dead_letters()
    assert why in letter["why"]
    assert len(story.hears()) == 1
    assert not failed(story)


def test_without_definitions_nothing_is_checked_and_meta_decides(tell):
    story = tell(replying(Reply(template=REMINDER.model_copy(update={"body": ("Alia",)}))))

    story.says("remind me")

    (letter,) = story.dead_letters()
    assert letter["why"].startswith("132000: (#132000) Number of parameters")
    assert story.pauses.all() == {}


def test_an_agent_reaches_a_customer_after_the_window_with_a_template(tell):
    story = tell(**KEPT)
    story.pulls_templates()
    story.says("hello")
    story.hears()
    mona = story.agent("mona")
    mona.takes_over()
    story.clock.move(hours=30)

    mona.does(AgentActionType.ANSWER, reply=Reply(template=REMINDER), keeps=True)
    assert story.hears() == ["Hello Alia, we meet at 10:00."]

    # One that does not fit is declined, and the event says why.
    wrong = REMINDER.model_copy(update={"header": None})
    mona.does(AgentActionType.ANSWER, reply=Reply(template=wrong), keeps=True)
    assert story.hears() == []
    assert story.events()[-1]["declined"] == "template"


# -- what Meta does to templates


def test_a_paused_template_is_refused_and_nothing_else_is(tell):
    asked = iter([REMINDER, REMINDER, Template(name="we_have_news", language="en", body=("ok",))])
    story = tell(lambda _: Reply(template=next(asked)), max_turn_attempts=1)
    story.pulls_templates()

    # Given Meta pauses a template and says so
    happens(story, "viewing_reminder", status="PAUSED", reason="LOW_QUALITY")
    (event,) = [one for one in story.events() if "template_change" in one]
    assert (event["template"], event["before"], event["after"]) == ("viewing_reminder", "APPROVED", "PAUSED")
    assert event["words"] == "LOW_QUALITY"

    # Then it is not sent any more
    story.says("remind me")
    (letter,) = story.dead_letters()
    assert "it is PAUSED (LOW_QUALITY)" in letter["why"]
    story.hears()
    # and is again, a minute after Meta says that it may be
    happens(story, "viewing_reminder", status="REINSTATED")
    assert story.phone.post(
        "/simulator/templates", json={"name": "viewing_reminder", "status": "APPROVED"}
    ).json
    story.work()
    story.clock.move(minutes=1)
    story.says("remind me")
    assert story.hears() == ["Hello Alia, we meet at 10:00."]
    # while others were never concerned.
    story.says("news?")
    assert story.hears() == ["We have news for you: ok Reply to go on."]
    assert story.pauses.all() == {}


def test_a_pause_that_nobody_has_told_is_learnt_from_the_refusal(tell):
    story = tell(replying(Reply(template=REMINDER)))
    story.pulls_templates()
    happens(story, "viewing_reminder", status="PAUSED", tells=False)

    story.says("remind me")

    (letter,) = story.dead_letters()
    assert letter["why"].startswith("132015")
    (found,) = [one for one in templates(story).all().known if one.name == "viewing_reminder"]
    assert found.status == "PAUSED"
    assert story.pauses.all() == {}


@pytest.mark.parametrize("told", ["at once", "soon", "late"])
def test_who_stopped_marketing_at_meta_has_said_so_here(tell, told):
    story = tell()
    if told == "at once":
        fault(story, "reject", code=131050, count=1)
        story.says("hello")
    else:
        story.says("hello")
        if told == "late":
            story.forgets_what_was_sent()
        story.tells_status(story.receives()[-1], "failed", code=131050)

    # Consent about marketing messages is no STOP: answers go on.
    story.says("and now?")
    assert story.hears()[-1] == "and now?"
    assert story.session().marketing.wish == "stop"
    assert [event["wish"] for event in story.events() if "wish" in event] == ["stop"]


def test_the_quality_and_the_category_of_a_template_are_known(tell):
    story = tell()
    story.pulls_templates()

    happens(story, "we_have_news", quality="RED", category="MARKETING")

    found = templates(story).all().find("meta", "we_have_news", "en")
    assert (found.quality, found.category, found.account) == ("RED", "MARKETING", ACCOUNT)


def test_a_tap_on_a_button_of_a_template_comes_back_with_its_payload(tell):
    heard = []

    def assistant(turn):
        heard.append(turn.messages[-1].payload)
        return Reply(
            template=Template(
                name="viewing_reminder",
                language="en",
                header="Thursday",
                body=("Alia", "10:00"),
                buttons=[TemplateButton(payload="comes"), TemplateButton(payload="another")],
            )
        )

    story = tell(assistant)
    story.says("remind me")
    (got,) = story.receives()
    story.says("", kind="button", button=got["buttons"][1])

    assert heard == [None, "another"]


def test_texts_of_a_late_turn_become_one_template(tell):
    story = tell(after_window_template="we_have_news:en")
    story.pulls_templates()
    story.says("hello")
    route = story.session().route
    fitted = story.services.turns.preparation.fit_templates

    several = [Reply(text="one"), Reply(template=REMINDER), Reply(text="two"), Reply(text="three")]
    late = asyncio.run(fitted(route, several, True))  # noqa: FBT003
    in_time = asyncio.run(fitted(route, [Reply(text="one")], False))  # noqa: FBT003

    assert [reply.template.name for reply in late] == ["we_have_news", "viewing_reminder", "we_have_news"]
    assert late[2].template.values == ["two three"]
    assert in_time == [Reply(text="one")]


def test_definitions_are_read_once_in_a_minute_and_not_at_all_for_texts(tell):
    story = tell(lambda turn: Reply(template=REMINDER) if "remind" in turn.text else turn.text)
    reads = []
    store = story.services.courier.late.templates.store
    asked = store.all
    store.all = lambda: reads.append(1) or asked()

    story.says("hello")
    assert reads == []
    for _ in range(3):
        story.says("remind me")
    assert reads == [1]
    story.clock.move(timedelta(minutes=1))
    story.says("remind me")
    assert reads == [1, 1]
    assert story.hears(ALIA)[0] == "hello"
