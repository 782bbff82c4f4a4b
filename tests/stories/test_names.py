"""One person under several names: STOP, a takeover and the history hold under every one of them."""

import pytest

from session import State, Turn
from session.agent_actions import AgentActionType
from session.conversations import conversation_of
from session.history import HistoryEntry, Role
from session.keys import Keys
from session.policy import Policy
from session.store import MailboxStore, SessionStore
from tests.stores import at_once, scripts_by
from tests.stories.telling import Story
from tests.values import message, session

HELLO = "I am the assistant."
COLLEAGUE = "A colleague will answer you here."
PHONE, USER = "+16505550107", "US.13491208655302740107"


def assistant(turn: Turn) -> str:
    """Escalate when the customer asks for a person."""
    if "agent" in turn.text:
        turn.escalate("the customer asked")
        return COLLEAGUE
    return HELLO


class Writer:
    """A customer, whose messages come under some of the names."""

    def __init__(self, story: Story) -> None:
        self.story, self.count = story, 0

    def writes(self, text: str, *, phone: str = "", user: str = "", contact: dict | None = None) -> None:
        """Meta delivers a message, and all the work that follows is done."""
        self.posts(text, phone=phone, user=user, contact=contact)
        self.story.work()

    def posts(self, text: str, *, phone: str = "", user: str = "", contact: dict | None = None) -> None:
        ids = {"from": phone.removeprefix("+"), "from_user_id": user}
        self.meta({name: id_ for name, id_ in ids.items() if id_}, contact, type="text", text={"body": text})

    def changes(self, **message) -> None:
        """Meta says that a number or an id has changed, and all the work that follows is done."""
        self.announces(**message)
        self.story.work()

    def announces(self, **message) -> None:
        names = {"from": message.pop("old")} if "old" in message else {}
        self.meta(names, None, type="system", system=message)

    def meta(self, names: dict, contact: dict | None, **content) -> None:
        self.count += 1
        self.story.clock.move(seconds=1)
        message = {
            **names,
            "id": f"wamid.n{self.count:03}",
            "timestamp": str(int(self.story.clock.now().timestamp())),
            **content,
        }
        value = {"metadata": {"phone_number_id": "106540352242922"}, "messages": [message]}
        if contact:
            value["contacts"] = [contact]
        assert self.story.posts_change({"field": "messages", "value": value}) == 200


@pytest.fixture
def story(tell):
    return tell(assistant)


@pytest.fixture
def she(story):
    return Writer(story)


def said(story, customer):
    return [entry.text for entry in story.session(customer).context.message_history]


def sessions(story):
    return sorted(key.partition(":")[2] for key in story.redis.scan_iter("session:*"))


def quiet(story):
    """Nothing waits, nothing failed."""
    assert story.dead_letters() == []
    assert list(story.redis.scan_iter("mailbox:*")) == []
    assert list(story.redis.scan_iter("steps:*")) == []


def test_a_stop_under_two_names_holds_under_each(story, she):
    she.writes("STOP", phone=PHONE, user=USER)
    she.writes("hello", user=USER)
    she.writes("hello?", phone=PHONE)

    assert story.hears(PHONE) == story.hears(USER) == []
    assert sessions(story) == [f"whatsapp:{PHONE}"]
    assert said(story, PHONE) == ["STOP", "hello", "hello?"]
    quiet(story)


def test_a_stop_without_a_number_holds_when_the_number_is_shown(story, she):
    she.writes("STOP", user=USER)
    she.writes("hello", phone=PHONE, user=USER)
    she.writes("hello?", phone=PHONE)

    assert story.hears(PHONE) == story.hears(USER) == []
    assert sessions(story) == [f"whatsapp:{PHONE}"]
    assert said(story, PHONE) == ["STOP", "hello", "hello?"]
    quiet(story)


def test_what_an_agent_has_is_hers_under_every_name(story, she):
    she.writes("an agent please", user=USER)
    story.agent("mona").takes_over(USER)
    she.writes("here is my number", phone=PHONE, user=USER)
    she.writes("are you there?", phone=PHONE)

    hers = story.session(PHONE)
    assert (hers.state, hers.held_by, hers.message_count) == (State.WAITING_AGENT, "mona", 3)
    assert story.redis.zrange("waiting", 0, -1) == [conversation_of(PHONE)]
    story.agent("mona").answers("I am.", USER)  # from a page of the old name
    assert story.hears(PHONE) == ["I am."]
    assert said(story, PHONE)[-2:] == ["are you there?", "I am."]
    quiet(story)


def test_two_conversations_that_are_one_person_become_one(story, she):
    she.writes("one", user=USER)
    she.writes("two", phone=PHONE)
    she.writes("three", user=USER)

    she.writes("four", phone=PHONE, user=USER)

    assert sessions(story) == [f"whatsapp:{PHONE}"]
    assert said(story, PHONE) == ["one", HELLO, "two", HELLO, "three", HELLO, "four", HELLO]
    assert story.session(PHONE).message_count == 4
    assert story.redis.get(f"rate:msg:{PHONE}") == "4"
    assert story.redis.get(f"rate:msg:{USER}") is None
    merged = [event for event in story.events() if "merged" in event]
    assert [event["merged"][:3] for event in merged] == ["US."]
    assert USER not in str(merged)
    quiet(story)


def test_a_redelivery_under_another_name_is_known(story, she):
    she.writes("one", user=USER)
    she.writes("two", phone=PHONE, user=USER)
    she.count = 0

    she.writes("one", phone=PHONE, user=USER)

    assert said(story, PHONE) == ["one", HELLO, "two", HELLO]
    quiet(story)


def test_replies_that_wait_come_along(story, she):
    she.posts("one", user=USER)
    story.takes_the_turn_only()  # the reply is in the outbox of the id
    she.writes("two", phone=PHONE, user=USER)
    story.waits(seconds=15)

    assert story.hears(USER) == [HELLO]
    assert story.hears(PHONE) == [HELLO]
    assert sorted(story.redis.hvals(f"deliveries:{conversation_of(PHONE)}")) == ["sent", "sent"]
    quiet(story)


SPELLINGS = pytest.mark.parametrize(
    ("came", "echoed"),
    [
        ("558887650109", "5588987650109"),  # Brazil
        ("5588987650109", "558887650109"),
        ("5215512345678", "525512345678"),  # Mexico
        ("525512345678", "5215512345678"),
        ("541151234567", "5491151234567"),  # Argentina
        ("5491151234567", "541151234567"),
    ],
)


@SPELLINGS
def test_an_answer_from_the_phone_silences_the_assistant_in_every_spelling(story, she, came, echoed):
    she.writes("oi", phone=came, contact={"wa_id": came, "profile": {"name": "Bia"}})
    assert story.hears(f"+{came}") == [HELLO]

    story.writes_from_the_phone("Oi Bia, aqui fala a Ana", f"+{echoed}")
    she.writes("tudo bem?", phone=came)

    assert story.hears(f"+{came}") == story.hears(f"+{echoed}") == []
    assert len(sessions(story)) == 1
    quiet(story)


def test_a_session_from_before_spellings_were_known_goes_on(story, she):
    said_before = HistoryEntry(
        role=Role.USER, text="before", timestamp=story.clock.now(), message_id="wamid.before"
    )
    was = session("whatsapp:+558887650109", now=story.clock.now()).with_entry(said_before, Policy())
    at_once(story.redis, SessionStore(scripts_by(), Keys(), Policy())).update(was, was="")

    she.writes("oi", phone="558887650109")

    assert said(story, "+5588987650109") == ["before", "oi", HELLO]
    assert story.hears("+558887650109") == [HELLO]
    quiet(story)


OLD, NEW = "+201005550106", "+201005550199"


def test_a_number_changes_back_before_anything_was_moved(story, she):
    she.writes("one", phone=OLD)
    story.wakeups.waiting.clear()
    moves = [{"type": "user_changed_number", "wa_id": number[1:], "body": "changed"} for number in (NEW, OLD)]
    bodies = [
        {"from": OLD[1:], "type": "system", "system": moves[0]},
        {"from": NEW[1:], "type": "text", "text": {"body": "two"}},
        {"from": NEW[1:], "type": "system", "system": moves[1]},
        {"from": OLD[1:], "type": "text", "text": {"body": "three"}},
    ]
    now = int(story.clock.now().timestamp())
    for number, body in enumerate(bodies):
        sent = {"id": f"wamid.back{number}", "timestamp": str(now + number), **body}
        assert story.posts_meta(sent) == 200
        story.wakeups.waiting.rotate(1)
        story.work_once()  # it is received, and no turn is taken

    story.work()
    for _ in range(3):  # each side of a merge may have to wait for the other one
        story.waits(seconds=15)

    assert said(story, OLD) == ["one", HELLO, "two", HELLO, "three", HELLO]
    assert story.session(OLD).message_count == 3
    assert sessions(story) == [f"whatsapp:{OLD}"]
    quiet(story)


def test_a_change_that_comes_behind_a_later_one_does_not_bring_the_customer_back(story, she):
    she.writes("one", phone=OLD)
    now = int(story.clock.now().timestamp())
    there, back = (
        {"from": old[1:], "type": "system", "system": {"type": "user_changed_number", "wa_id": new[1:]}}
        for old, new in ((OLD, NEW), (NEW, OLD))
    )
    text = {"from": NEW[1:], "type": "text", "text": {"body": "two"}}
    # There at 10, back at 20 and there again at 30. What happened at 20 waited in another intake.
    for at, body in ((10, there), (30, there), (20, back), (40, text)):
        assert story.posts_meta({"id": f"wamid.late{at}", "timestamp": str(now + at), **body}) == 200
        story.drains_only()
    for _ in range(4):
        story.waits(seconds=15)

    assert sessions(story) == [f"whatsapp:{NEW}"]
    assert said(story, NEW) == ["one", HELLO, "two", HELLO]
    quiet(story)


def test_a_number_changes_while_the_customer_waits_for_an_agent(story, she):
    she.writes("I want to talk to an agent", phone=OLD)
    she.changes(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:], body="User Omar changed from a to b")
    # The page of the agent still has the old number.
    story.agent("mona").does(AgentActionType.ANSWER, OLD, text="How can I help?", keeps=True)
    she.writes("are you there?", phone=NEW)

    assert story.hears(OLD) == [COLLEAGUE]
    assert story.hears(NEW) == ["How can I help?"]
    his = story.session(NEW)
    assert (his.state, his.held_by, his.moved_from) == (State.WAITING_AGENT, "mona", OLD)
    assert sessions(story) == [f"whatsapp:{NEW}"]
    assert said(story, NEW)[0] == "I want to talk to an agent"
    quiet(story)


def test_an_unsent_reply_goes_to_the_new_number(story, she):
    she.posts("hello", phone=OLD)
    story.takes_the_turn_only()

    she.changes(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])
    story.waits(seconds=15)

    assert (story.hears(OLD), story.hears(NEW)) == ([], [HELLO])
    quiet(story)


def test_whoever_gets_the_old_number_is_somebody_else(story, she):
    she.writes("STOP", phone=OLD)
    she.changes(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])

    she.writes("hello", phone=OLD)
    she.writes("hello", phone=NEW)

    assert story.hears(OLD) == [HELLO]
    assert story.hears(NEW) == []
    assert sessions(story) == [f"whatsapp:{OLD}", f"whatsapp:{NEW}"]
    quiet(story)


def test_a_change_that_is_delivered_again_takes_nothing_from_whoever_has_the_number_now(story, she):
    she.writes("one", phone=OLD)
    change = {"type": "user_changed_number", "wa_id": NEW[1:]}
    body = {"from": OLD[1:], "id": "wamid.moved", "type": "system", "system": change}
    body["timestamp"] = str(int(story.clock.now().timestamp()))
    story.posts_meta(body)
    story.work()
    she.writes("I have this number now", phone=OLD)

    story.posts_meta(body)
    story.work()

    assert sessions(story) == [f"whatsapp:{OLD}", f"whatsapp:{NEW}"]
    assert said(story, OLD) == ["I have this number now", HELLO]
    quiet(story)


def test_a_number_that_changes_back_brings_everything_back(story, she):
    she.writes("one", phone=OLD)
    she.changes(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])
    she.writes("two", phone=NEW)
    she.changes(old=NEW[1:], type="user_changed_number", wa_id=OLD[1:])
    she.writes("three", phone=OLD)

    assert sessions(story) == [f"whatsapp:{OLD}"]
    assert said(story, OLD) == ["one", HELLO, "two", HELLO, "three", HELLO]
    assert story.session(OLD).route.address == OLD[1:]
    quiet(story)


def test_a_number_changes_and_changes_back_before_anybody_has_looked(story, she):
    she.writes("one", phone=OLD)
    she.announces(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])
    story.drains_only()
    she.announces(old=NEW[1:], type="user_changed_number", wa_id=OLD[1:])
    she.posts("two", phone=OLD)
    story.drains_only()
    for _ in range(4):
        story.waits(seconds=15)

    assert sessions(story) == [f"whatsapp:{OLD}"]
    assert said(story, OLD) == ["one", HELLO, "two", HELLO]
    quiet(story)


def test_the_same_id_with_another_number_is_a_change_that_nobody_announced(story, she):
    she.writes("STOP", phone=OLD, user=USER)
    she.writes("hello", phone=NEW, user=USER)

    assert story.hears(NEW) == []
    assert sessions(story) == [f"whatsapp:{NEW}"]
    quiet(story)


def test_an_id_that_is_read_together_with_a_change_of_its_number_is_at_the_new_one(story, she):
    she.writes("one", phone=OLD, user=USER)
    she.announces(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])
    # It does not show the old number, though its id leads there until the change is received.
    she.posts("two", user=USER)
    story.drains_only()
    for _ in range(4):
        story.waits(seconds=15)

    assert sessions(story) == [f"whatsapp:{NEW}"]
    assert said(story, NEW) == ["one", HELLO, "two", HELLO]
    quiet(story)


def test_an_id_changes_and_nobody_is_named_in_from(story, she):
    she.writes("STOP", user="US.1111")
    she.changes(
        type="user_changed_user_id",
        previous_user_id="US.1111",
        user_id="US.2222",
        body="User changed from US.1111 to US.2222",
    )
    she.writes("hello", user="US.2222")

    assert story.hears("US.2222") == []
    assert sessions(story) == ["whatsapp:US.2222"]
    quiet(story)


def test_a_new_id_of_somebody_whose_number_is_known_leads_to_the_number(story, she):
    she.writes("STOP", phone=PHONE, user="US.1111")
    she.changes(type="user_changed_user_id", previous_user_id="US.1111", user_id="US.2222")
    she.writes("hello", user="US.2222")

    assert story.hears("US.2222") == story.hears(PHONE) == []
    assert sessions(story) == [f"whatsapp:{PHONE}"]
    quiet(story)


def test_a_message_that_a_dead_drainer_has_received_is_not_received_again_under_the_number(story):
    receive = at_once(story.redis, MailboxStore(scripts_by(), Keys(), Policy())).receive
    one = message("wamid.n001", "one", customer=USER)
    receive([one])

    receive([one, message("wamid.n002", "two", customer=PHONE, also=(USER,))])
    for _ in range(4):
        story.waits(seconds=15)

    assert [text for text in said(story, PHONE) if text != HELLO] == ["one", "two"]
    quiet(story)
