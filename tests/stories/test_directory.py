"""A customer searches the member directory: conversation, limits and access."""

import pytest

from session.models import State
from tests.stories.telling import ALIA
from worker.assistants.catalogue import open_catalogue

CONCIERGE = "worker.assistants.concierge:assistant"


@pytest.fixture
def directory(tell, samples):
    def begin(**settings):
        return tell(CONCIERGE, catalogue_dir=samples, catalogue_kind="members", **settings)

    return begin


@pytest.fixture
def member(samples):
    """The first of the sample members."""
    found = open_catalogue(samples)
    yield found.get("members", "M0001")
    found.close()


def say(story, text, customer=ALIA, channel="twilio", **more):
    story.says(text, customer, channel, **more)
    (reply,) = story.hears(customer)
    return reply


def test_doctors_in_bangalore_and_their_contact_info(directory, samples):
    story = directory()

    page = say(story, "Find doctors in Bangalore")
    assert page.startswith("Doctors in Bangalore: 1-5 of 23.")
    assert "\n6. More - 18 more" in page

    contacts = say(story, "Show me their contact info")
    records = open_catalogue(samples)
    shown = records("members", "", profession="doctor", location="Bangalore", limit=5)
    assert all(
        f"*{one.name}*" in contacts and one.phone in contacts and one.email in contacts for one in shown
    )

    second = say(story, "the second one")
    assert shown[1].phone in second
    assert shown[0].phone not in second
    assert shown[1].phone in say(story, "his number")

    session = story.session()
    assert session.search_count == 1
    (entry,) = session.context.search_history
    assert entry.query == "Find doctors in Bangalore"
    assert entry.intent == "find_member"
    assert entry.entities == {"profession": "doctor", "location": "Bangalore"}
    assert entry.result_count == 23
    records.close()


@pytest.mark.parametrize("channel", ["meta", "twilio"])
def test_all_twenty_three_page_by_page(directory, channel):
    story = directory()

    pages = [say(story, "Find doctors in Bangalore", channel=channel)]
    pages += [say(story, "more", channel=channel) for _ in range(4)]

    assert [
        f"{first}-{last} of 23" in page
        for page, (first, last) in zip(pages, [(1, 5), (6, 10), (11, 15), (16, 20), (21, 23)], strict=True)
    ] == [True] * 5
    assert say(story, "more", channel=channel).startswith("That was all: 23.")
    assert story.session().search_count == 1


def test_the_contact_of_a_member_by_name(directory):
    story = directory()

    assert "+919876543210" in say(story, "what is Ananya Reddy's phone number?")
    assert story.session().context.search_history[0].intent == "show_contact"


def test_a_new_profession_replaces_the_old_and_the_city_stays(directory):
    story = directory()

    say(story, "doctors in Chennai")
    assert say(story, "top 3 lawyers").startswith("Lawyers in Chennai: 1-3 of 5.")
    assert say(story, "not in Chennai").startswith("Lawyers not Chennai: 1-5 of ")
    assert say(story, "in Mumbai").startswith("Lawyers in Mumbai: 1-5 of 5.")


def test_the_thirty_first_search_says_when_to_try_again_and_paging_still_works(directory):
    story = directory()
    say(story, "doctors in Bangalore")
    for n in range(29):
        say(story, ("lawyers", "doctors")[n % 2])
    assert story.session().search_count == 30

    assert (
        say(story, "dentists in Mumbai")
        == "You have used all your searches for now. Please try again in 60 minutes."
    )
    assert "of 6" in say(story, "more")
    assert story.session().search_count == 30

    story.clock.move(minutes=60)
    assert say(story, "doctors in Bangalore").startswith("Doctors in Bangalore: 1-5 of 23.")


def test_the_limit_is_told_in_the_customers_language(directory):
    story = directory(rate_limit_searches_per_hour=1)

    say(story, "عايز دكتور في بنجالور")
    assert (
        say(story, "عايز محامي في دلهي")
        == "لقد استخدمت كل عمليات البحث المتاحة الآن. من فضلك حاول مرة أخرى بعد 60 دقيقة."
    )


def test_a_member_is_greeted_by_name_and_known_to_the_session(directory, member):
    story = directory(access="members")

    assert member.name in say(story, "Hello", member.phone)
    session = story.session(member.phone)
    assert (session.member.user_id, session.member.name, session.member.role) == (
        member.id,
        member.name,
        member.role,
    )


def test_a_non_member_is_refused_once_an_hour_and_leaves_only_a_counter(directory):
    story = directory(access="members")

    assert "members only" in say(story, "Find doctors in Bangalore")
    story.says("please", ALIA, "twilio")
    assert story.hears() == []
    assert story.manager.get(ALIA) is None
    assert story.redis.exists(f"session:whatsapp:{ALIA}") == 0
    assert story.redis.get(f"rate:msg:{ALIA}") == "2"

    story.clock.move(minutes=61)
    assert "members only" in say(story, "please")


def test_one_sentence_calls_an_agent(directory):
    story = directory()

    assert "colleague" in say(story, "real person please")
    assert story.session().state is State.WAITING_AGENT
