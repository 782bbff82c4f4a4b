"""The list: who waits, in which order, and what a search finds."""

from datetime import timedelta

import pytest

from session import State
from session.records import to_ms
from tests.clocks import START
from tests.stories.telling import ALIA, OMAR
from tests.values import session
from tests.webhook.desk.office import words
from webhook.desk.listing import row_of

NOUR, SARA, HANY = "+201110000001", "+201110000002", "+201110000003"


def test_the_longest_wait_is_on_top_and_conversations_without_a_wait_below(office):
    story, agent = office.story, office.agent()
    for customer, name in ((NOUR, "Nour"), (SARA, "Sara"), (HANY, "Hany"), (OMAR, "Omar")):
        story.says("a person, please", customer, name=name)
        story.clock.move(minutes=3)
    # Nour is answered and kept: nobody waits there until she writes again.
    agent.does("answer", NOUR, text="Hello Nour", keeps="1")

    assert agent.rows() == ["Sara", "Hany", "Omar", "Nour"]
    story.says("and one more thing", NOUR, name="Nour")
    assert agent.rows() == ["Sara", "Hany", "Omar", "Nour"]
    agent.does("answer", SARA, text="Hello Sara", keeps="1")
    assert agent.rows() == ["Hany", "Omar", "Nour", "Sara"]


def test_each_state_has_its_tab(office):
    story, agent = office.story, office.agent()
    story.says("hello", HANY, name="Hany")
    story.waits(minutes=45)
    story.says("a person, please", NOUR, name="Nour")
    story.says("hello", SARA, name="Sara")
    story.says("hello", OMAR, name="Omar")
    story.manager.close(OMAR)

    assert agent.rows("waiting") == ["Nour"]
    assert agent.rows("assistant") == ["Sara"]
    assert agent.rows("quiet") == ["Hany"]
    assert agent.rows("closed") == ["Omar"]


@pytest.mark.parametrize("state", State)
def test_a_session_in_any_state_has_a_tab(state):
    assert row_of(session(state=state), agent="Mona").tab


def test_a_row_shows_name_number_wait_and_last_message(office):
    story, agent = office.story, office.agent("Mona")
    story.says("a person, please", name="Alia Hassan")
    story.says("it is about the villa", name="Alia Hassan")  # is acknowledged, once
    story.says("are you there?", name="Alia Hassan")
    story.clock.move(minutes=12)

    page = agent.sees()
    assert "Alia Hassan" in page
    assert ALIA in page
    assert "12 min" in page
    assert "are you there?" in page
    assert "Messages since the last answer: 1" in page
    assert "Nobody has taken it yet" in page
    agent.does("take_over")
    assert "You are answering" in agent.sees()
    assert "Mona is answering" in office.agent("Karim").sees()


def test_a_row_says_why_the_customer_waits_for_an_agent(open_office):
    def assistant(turn):
        if turn.text == "agreed":
            turn.escalate("visit: P-12, Villa in Zayed, Fri 4 Dec 16:00")
        return "Hello"

    office = open_office(assistant=assistant)
    office.story.says("agreed", NOUR)
    office.story.says("hello", SARA)

    assert "visit: P-12, Villa in Zayed, Fri 4 Dec 16:00" in office.agent().sees()
    office.story.manager.close(NOUR)
    assert "P-12" not in office.agent().sees()


def test_the_title_counts_the_customers_who_wait(office):
    story, agent = office.story, office.agent()
    story.says("a person, please", NOUR)
    story.says("a person, please", SARA)
    agent.does("answer", NOUR, text="Hello", keeps="1")

    assert "<title>(1) Desk" in agent.http.get("/desk/").text


def test_an_empty_list_says_so(office):
    assert "Nobody waits for a person." in office.agent().sees()


def test_a_number_is_found_whole_or_by_its_end_and_in_any_spelling(office):
    office.story.says("hello", NOUR, name="Nour")
    office.story.says("hello", SARA, name="Sara")
    agent = office.agent()

    for query in ("+201110000001", "201110000001", "+20 111 000 0001", "0001", "٢٠١١١٠٠٠٠٠٠١"):
        assert agent.finds(query) == ["Nour"], query
    assert agent.finds("999999") == []


def test_a_number_without_recent_events_is_found(office):
    office.story.says("hello", NOUR, name="Nour")
    office.redis.delete("events")
    agent = office.agent()

    assert agent.rows("assistant") == []
    assert agent.finds(NOUR) == ["Nour"], "by its key"
    assert agent.finds("000001") == ["Nour"], "by looking through the keys"


@pytest.mark.parametrize(
    "typed", ["00201001234567", "whatsapp:+20 100 123-4567", "(0100) 123 4567", "٠١٠٠١٢٣٤٥٦٧", "20100"]
)
def test_a_number_is_found_in_any_spelling(open_office, typed):
    office = open_office(default_country="EG")
    office.story.says("hello", "+201001234567", name="Alia")
    office.redis.delete("events")

    assert office.agent().finds(typed) == ["Alia"]


def test_a_number_with_a_plus_is_found_only_at_the_beginning(office):
    office.story.says("hello", "+201001234567", name="Alia")

    assert office.agent().finds("100123") == ["Alia"]
    assert office.agent().finds("+100123") == []


def test_a_text_is_found_whatever_its_case_and_vowel_signs(office):
    office.story.says("I look for a Villa in Zayed", NOUR, name="Nour")
    office.story.says("أريدُ شقّةً في المعادى", SARA, name="سارة محمود")
    agent = office.agent()

    assert agent.finds("villa IN zayed") == ["Nour"]
    assert agent.finds("اريد شقة في المعادي") == ["سارة محمود"]
    assert agent.finds("ساره") == ["سارة محمود"]
    assert agent.finds("castle") == []
    assert "Nothing found for “castle”." in words(agent.posts("/desk/search", query="castle").text)


def test_a_business_scoped_id_is_found(office):
    office.story.says("hello", "US.13491208655302741918", name="Nour")

    assert office.agent().finds("us.13491208655302741918") == ["Nour"]


def test_a_customer_is_found_by_another_name_and_by_the_number_of_before(office):
    office.story.says("hello", NOUR, name="Nour", userId="US.13491208655302741918")
    details = {"type": "user_changed_number", "wa_id": SARA.removeprefix("+"), "body": "changed"}
    office.story.says("", NOUR, kind="system", details=details)
    agent = office.agent()

    for query in (SARA, NOUR, "+20 111 000 0001", "us.13491208655302741918"):
        assert agent.finds(query) == ["Nour"], query


@pytest.mark.slow
def test_no_url_contains_a_number(office):
    office.story.says("a person, please", name="Alia")
    page = office.agent().http.get("/desk/").text

    addresses = [part.partition('"')[0] for part in page.split('href="')[1:]]
    assert not [address for address in addresses if ALIA.lstrip("+") in address]


def test_several_businesses_are_separated(open_office, tmp_path):
    senders = tmp_path / "senders.toml"
    senders.write_text('[[sender]]\nsender = "twilio:+14155238886"\nscope = "directory"\n')
    office = open_office()
    alone = office.agent()
    office.story.says("a person, please", NOUR, name="Nour")
    assert "All senders" not in alone.sees()

    office = open_office(workers={"senders_file": str(senders)})
    office.story.says("a person, please", NOUR, name="Nour")
    office.story.says("a person, please", NOUR, "twilio", name="Nour of the directory")
    agent = office.agent()

    assert "All senders Main sender directory" in agent.sees()
    assert len(agent.rows()) == 2
    assert agent.rows(scope="directory") == ["Nour of the directory"]
    assert agent.rows(scope="-") == ["Nour"]
    assert len(agent.finds(NOUR)) == 2


def test_a_list_that_is_cut_says_so(office):
    for number in range(120):
        since = START - timedelta(minutes=number)
        one = session(f"whatsapp:+2010{number:08}", state=State.WAITING_AGENT, waiting_since=since)
        office.redis.set(f"session:{one.conversation}", one.to_json(), pxat=to_ms(START + timedelta(days=1)))
        office.redis.zadd("waiting", {one.conversation: to_ms(since)})
    agent = office.agent()

    assert "120 wait; these are the 100 that wait longest." in agent.sees()
    assert agent.rows()[0] == "+201000000119"
    assert len(agent.rows()) == 100


def test_an_unreadable_record_hides_no_other(office):
    office.story.says("a person, please", NOUR, name="Nour")
    office.story.says("a person, please", SARA, name="Sara")
    office.redis.set(f"session:whatsapp:{SARA}", "{", keepttl=True)

    assert office.agent().rows() == ["Nour"]


def test_a_paused_sender_is_shown_above_the_list(office):
    office.story.says("a person, please", NOUR, name="Nour")
    route = office.story.session(NOUR).route
    agent = office.agent()
    assert "Nothing is sent" not in agent.sees()

    until = office.story.clock.now() + timedelta(seconds=30)
    office.story.pauses.pause(route, until=until, code="190", words="the token has expired")

    told = f"Nothing is sent through the sender meta:{route.sender} at present; replies wait. 190: the token has expired"
    assert told in agent.sees()
    assert told in agent.reads(NOUR)
    office.story.pauses.resume(f"meta:{route.sender}")
    assert "Nothing is sent" not in agent.sees()


def test_a_warning_about_the_account_is_shown_above_the_list(office):
    agent = office.agent()
    ban = {"waba_ban_state": ["SCHEDULE_FOR_DISABLE"]}
    change = {"field": "account_update", "value": {"event": "DISABLED_UPDATE", "ban_info": ban}}
    office.story.posts_change(change, "2")
    office.story.work()

    assert "The provider says of meta:account:2: DISABLED_UPDATE SCHEDULE_FOR_DISABLE" in agent.sees()


def test_a_search_stops_early_and_says_so(office, monkeypatch):
    for customer, name in ((NOUR, "Nour"), (SARA, "Sara")):
        office.story.says("a villa in Zayed " * 20, customer, name=name)
    agent = office.agent()
    assert len(agent.finds("zayed")) == 2

    monkeypatch.setattr("webhook.desk.conversation_lists._CHARACTERS", 1000)
    page = agent.posts("/desk/search", query="zayed").text

    assert "The search stopped early" in page
    assert page.count("data-row") == 1


@pytest.mark.parametrize("typed", ["telegram:200000001", "200000001", "0001"])
def test_a_customer_of_telegram_is_found_by_the_id(office, typed):
    story, agent = office.story, office.agent()
    story.says("a person, please", "telegram:200000001", "telegram", name="Nour")
    story.says("a person, please", NOUR, name="Someone else")

    assert "Nour" in agent.finds(typed)


def test_an_answer_on_telegram_may_come_after_a_day(open_office):
    for_days = {"session_close_after_minutes": 9_000, "session_retention_minutes": 10_000}
    office = open_office(workers=for_days | {"agent_timeout_minutes": 0})
    office.story.says("a person, please", "telegram:200000001", "telegram", name="Nour")
    office.story.says("a person, please", NOUR)
    office.story.clock.move(hours=30)
    agent = office.agent()

    agent.does("answer", "telegram:200000001", text="Hello Nour", keeps="1")
    agent.does("answer", NOUR, text="Hello", keeps="1")

    assert office.story.hears("telegram:200000001")[-1] == "Hello Nour"
    assert "Hello" not in office.story.hears(NOUR)
