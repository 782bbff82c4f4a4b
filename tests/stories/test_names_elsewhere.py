"""Whoever names a customer by an old name, or one of several, reaches the customer."""

import pytest

from session import State
from session.dead_letters import MessageLetter
from session.errors import NoCustomer
from tests.stores import Stores
from tests.stories.test_names import NEW, OLD, PHONE, USER, Writer, assistant, quiet
from tests.values import message, session


@pytest.fixture
def story(tell):
    return tell(assistant)


@pytest.fixture
def she(story):
    return Writer(story)


def keys_of_customers(story):
    kept = {
        "secret",
        "forgotten",
        "fence",
        "tally",
        "events",
        "dead",
        "due",
        "intake",
        "media_swept",
        "spent",
    }
    return sorted(set(story.redis.scan_iter()) - kept)


def test_a_program_finds_a_customer_under_every_name(story, she):
    she.writes("hello", phone=PHONE, user=USER)

    for name in (PHONE, USER, f"whatsapp:{PHONE}", PHONE[1:]):
        found = story.manager.get(name)
        assert found is not None
        assert found.customer_id == PHONE
        assert story.manager.find(name) == [PHONE]
    story.manager.close(USER)
    assert story.session(PHONE).state is State.CLOSED


def test_a_program_finds_a_number_in_every_spelling(story, she):
    she.writes("oi", phone="558887650109")

    for name in ("+558887650109", "+5588987650109", "+55 88 8765-0109"):
        assert story.session(name).customer_id == "+5588987650109"
        assert story.manager.find(name) == ["+5588987650109"]


def test_after_a_change_the_old_number_leads_to_the_new_one(story, she):
    she.writes("hello", phone=OLD)
    she.changes(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])

    assert story.session(OLD).customer_id == NEW
    assert story.manager.statistics(OLD).messages == 1


def test_a_name_of_before_finds_the_customer_of_every_sender(story):
    stores = Stores.on(story.redis)
    stores.sessions.update(session(f"estate:{PHONE}", now=story.clock.now(), scope="estate"), was="")
    stores.identities.join(message(customer=PHONE, also=(USER,), scope="estate"))

    assert story.manager.find(USER) == [f"estate:{PHONE}"]


@pytest.mark.parametrize("name", [PHONE, USER])
def test_a_customer_is_forgotten_under_all_names(story, she, name):
    she.writes("hello", user=USER)
    she.writes("hello", phone=PHONE, user=USER)

    forgot = story.manager.forget(name)

    assert set(forgot.conversations) == {f"whatsapp:{PHONE}", f"whatsapp:{USER}"}
    assert keys_of_customers(story) == []
    assert not any(USER in str(event) or PHONE in str(event) for event in story.events())


@pytest.mark.parametrize("name", [PHONE, USER])
def test_an_agent_forgets_a_customer_under_all_names(story, she, name):
    she.writes("hello", user=USER)
    she.writes("hello", phone=PHONE, user=USER)

    story.agent("mona").forgets(name)

    assert keys_of_customers(story) == []


def test_what_was_received_of_somebody_forgotten_brings_nobody_back(story, she):
    she.writes("hello", user=USER)
    she.writes("hello", phone=PHONE, user=USER)
    story.manager.forget(PHONE)
    she.count = 0

    she.writes("hello", user=USER)
    she.writes("hello", phone=PHONE, user=USER)

    assert list(story.redis.scan_iter("session:*")) == []


def test_the_next_owner_of_a_number_is_not_forgotten_with_the_former_one(story, she):
    she.writes("hello", phone=OLD, user=USER)
    she.changes(old=OLD[1:], type="user_changed_number", wa_id=NEW[1:])
    she.writes("hello", phone=OLD, user="EG.1")

    story.manager.forget(NEW)

    assert story.session(OLD).customer_id == OLD
    assert story.session("EG.1").customer_id == OLD
    assert story.manager.get(USER) is None
    quiet(story)


def test_a_status_of_a_reply_under_the_old_name_is_noted_where_the_reply_is_now(story, she):
    she.writes("hello", user=USER)
    (sent,) = story.receives(USER)
    she.writes("hello", phone=PHONE, user=USER)

    story.tells_status(sent, "read")

    assert "read" in story.redis.hvals(f"deliveries:whatsapp:{PHONE}")
    assert list(story.redis.scan_iter(f"deliveries:whatsapp:{USER}")) == []


def test_a_dead_letter_of_the_old_name_goes_to_where_the_customer_is(story, she):
    she.writes("hello", user=USER)
    letter = MessageLetter.of(message("wamid.late", "late", customer=USER), "x", story.clock.now())
    story.redis.xadd("dead", letter.to_fields())
    she.writes("hello", phone=PHONE, user=USER)

    story.revives(story.dead_letters()[0])
    story.waits(seconds=12)

    assert [entry.text for entry in story.session(PHONE).context.message_history][-2] == "late"
    assert story.manager.customers() == [PHONE]


def test_what_is_no_customer_is_still_refused(story):
    with pytest.raises(NoCustomer):
        story.manager.get("nobody")
