"""Which actions a page offers, and the outcome of an action that was sent."""

from session.conversations import conversation_of
from tests.stories.telling import ALIA
from tests.webhook.desk.office import buttons_in


def test_outside_the_window_an_answer_is_not_offered(office):
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


def test_an_answer_to_a_customer_who_opted_out_is_not_offered(office):
    office.story.says("a person, please")
    office.story.says("STOP")
    page = office.agent().page().text

    assert "answer" not in buttons_in(page)
    assert "The customer opted out" in page


def test_only_actions_with_an_effect_are_offered(office):
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


def test_an_action_that_no_worker_has_read_is_pending(office):
    office.story.says("a person, please")
    agent = office.agent()
    answer = agent.does("answer", text="On my way", keeps="1", work=False)

    assert "On its way: Answer" in agent.follows(answer)
    office.story.work()
    assert "On its way" not in agent.follows(answer)
    assert "Done: Answer" in agent.follows(answer)


def test_an_action_in_the_mailbox_is_pending_for_all_agents(office):
    office.story.says("a person, please")
    office.agent("Mona").does("answer", text="On my way", keeps="1", work=False)
    office.story.work_once()  # the intake is drained, the turn is not taken
    page = office.agent("Karim").reads()

    assert "Mona On my way on its way" in page


def test_a_declined_action_says_why(office):
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
