"""A CRM writes to customers: whatever happens to its requests, a customer reads each message once, in its place, or not at all."""

from typing import Any

import pytest

from tests.stories.telling import ALIA, OMAR, Story
from webhook.api.app import create_api
from webhook.api.settings import ApiSettings

SECRET = "inturn_0123456789abcdefghijklmnopqrstuvwxyz"


class Crm:
    """A program that has a token."""

    def __init__(self, story: Story) -> None:
        settings = ApiSettings(_env_file=None, api_tokens=f"crm:{SECRET}:read+send+act+campaign")
        parts: dict[str, Any] = {"client": story.redis, "wake": story.wakeups, "clock": story.clock}
        self.http = create_api(settings, **parts).test_client()

    def asks(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {SECRET}"} | more.pop("headers", {})
        answer = self.http.open(f"/api/v1{path}", method=method, headers=headers, **more)
        found: dict[str, Any] = answer.json
        return found | {"status": answer.status_code}

    def sends(self, text: str, key: str, to: str = ALIA, **more: Any) -> dict[str, Any]:
        """Ask for a message; no work is done yet."""
        body = {"to": to, "text": text, **more}
        return self.asks("POST", "/messages", json=body, headers={"Idempotency-Key": key})

    def state(self, sent: dict[str, Any]) -> str:
        return str(self.asks("GET", f"/messages/{sent['id']}")["state"])


@pytest.fixture
def story(tell):
    story = tell()
    story.says("hello")
    story.hears()
    return story


def test_a_crm_sends_the_same_request_three_times(story):
    crm = Crm(story)

    # Given a booking whose confirmation was sent, and the answer to the request got lost
    first = crm.sends("Your viewing is at ten.", key="booking-4711")
    # When the CRM asks again before a worker has read it, while it waits in the outbox, and after it was sent
    second = crm.sends("Your viewing is at ten.", key="booking-4711")
    story.takes_the_turn_only()
    third = crm.sends("Your viewing is at ten.", key="booking-4711")
    story.waits(seconds=15)
    fourth = crm.sends("Your viewing is at ten.", key="booking-4711")
    story.work()

    # Then it is one message, with one id, and the customer reads it once
    assert story.hears() == ["Your viewing is at ten."]
    assert first == second == third == fourth
    assert crm.state(first) == "sent"
    (event,) = [one for one in story.events() if one.get("action") == "send"]
    assert event["by"] == "api:crm"


def test_a_worker_that_dies_doubles_nothing(story):
    crm = Crm(story)
    sent = crm.sends("Your viewing is at ten.", key="1")

    # Given a worker that has read the message into its mailbox, and is gone with its wake-ups
    story.drains_only()
    story.wakeups.waiting.clear()
    # When the CRM asks again, and the sweep finds what was left
    crm.sends("Your viewing is at ten.", key="1")
    story.waits(seconds=15)

    assert story.hears() == ["Your viewing is at ten."]
    assert crm.state(sent) == "sent"


def test_what_a_customer_writes_meanwhile_keeps_its_place(story):
    crm = Crm(story)

    story.posts("When is my viewing?")
    crm.sends("Your viewing is at ten.", key="1")
    story.posts("Thanks!")
    story.work()

    assert story.hears() == ["When is my viewing?", "Your viewing is at ten.", "Thanks!"]
    assert [one.text for one in story.session().context.message_history][-5:] == [
        "When is my viewing?",
        "When is my viewing?",
        "Your viewing is at ten.",
        "Thanks!",
        "Thanks!",
    ]


def test_who_wants_nothing_gets_nothing_and_is_written_to_again_after_a_start(story):
    crm = Crm(story)

    # Given a STOP that no worker has read, and a message behind it
    story.posts("STOP")
    declined = crm.sends("Your viewing is at ten.", key="1")
    story.work()
    # Then the message is declined, a further one is refused at once, and after START one is sent
    assert (story.hears(), crm.state(declined)) == ([], "declined")
    assert crm.sends("Your viewing is at ten.", key="2")["type"] == "urn:inturn:problem:opted-out"
    story.says("START")
    story.hears()
    crm.sends("Your viewing is at ten.", key="3")
    story.work()

    assert story.hears() == ["Your viewing is at ten."]


def test_an_agent_has_the_conversation_and_the_program_does_not_take_it_away(story):
    crm, mona = Crm(story), story.agent("Mona")

    # Given an agent who talks to the customer
    mona.takes_over()
    mona.answers_and_keeps_it("Which villa do you mean?")
    # When the CRM confirms a booking, and has something that can wait
    crm.sends("Your viewing is at ten.", key="1")
    waits = crm.sends("How did you like our service?", key="2", unless_agent=True)
    story.work()

    # Then the customer reads the confirmation, Mona still has the conversation, and the assistant stays silent
    assert story.hears() == ["Which villa do you mean?", "Your viewing is at ten."]
    assert crm.state(waits) == "declined"
    assert story.session().held_by == "Mona"
    story.says("the one in Maadi")
    assert story.hears() == []


def test_a_name_that_leads_to_another_gets_the_message_once(story):
    crm = Crm(story)

    # Given a message to an id that has no conversation yet, and a customer who then shows both names
    story.posts("hello again", user_id="EG.77")
    crm.sends("Your viewing is at ten.", key="1", to="EG.77")
    story.work()
    crm.sends("Your viewing is at ten.", key="1", to="EG.77")
    crm.sends("Your viewing is at ten.", key="1", to=ALIA)
    story.work()

    assert story.hears().count("Your viewing is at ten.") == 1


def test_another_customer_has_another_message_under_the_same_key(story):
    crm = Crm(story)
    story.says("hello", OMAR)
    story.hears(OMAR)

    crm.sends("See you!", key="newsletter-7")
    crm.sends("See you!", key="newsletter-7", to=OMAR)
    story.work()

    assert (story.hears(), story.hears(OMAR)) == (["See you!"], ["See you!"])


def test_a_crm_sends_a_campaign_and_every_request_of_it_gets_lost_once(story):
    crm = Crm(story)
    story.pulls_templates()
    sara = "+201000000079"
    wanted = {"template": "viewing_reminder", "language": "en", "sender": "meta:106540352242922"}
    guests = [
        {"to": to, "header": "Thursday", "body": [name, "10:00"]}
        for to, name in ((ALIA, "Alia"), (OMAR, "Omar"), (sara, "Sara"))
    ]

    def insists(method: str, path: str, **more: Any) -> dict[str, Any]:
        """Ask once more, because the first answer was lost."""
        crm.asks(method, f"/campaigns/opening{path}", **more)
        return crm.asks(method, f"/campaigns/opening{path}", **more)

    # Given a customer who wants nothing, and a campaign that comes in two pages
    story.says("STOP", OMAR)
    story.hears(OMAR)
    assert insists("PUT", "", json=wanted)["state"] == "loading"
    assert insists("POST", "/recipients", json={"recipients": guests[:2]}) == {
        "added": 0,
        "known": 2,
        "status": 200,
    }
    assert insists("POST", "/recipients", json={"recipients": guests[2:]})["known"] == 1
    assert insists("POST", "/ready")["total"] == 3
    # When it is started
    assert insists("POST", "/start")["state"] == "running"
    story.waits(seconds=2)

    # Then both others read it once
    (sent,) = story.receives()
    assert (sent["text"], story.hears(sara)) == (
        "Hello Alia, we meet at 10:00.",
        ["Hello Sara, we meet at 10:00."],
    )
    assert story.hears(OMAR) == []
    # and the CRM learns what became of each, as far as it has come.
    story.tells_status(sent, "read")
    story.says("I will be there")
    story.waits(seconds=2)
    found = crm.asks("GET", "/campaigns/opening/outcomes")["outcomes"]
    assert [(one["customer"], one["state"], one["reason"]) for one in found] == [
        (ALIA, "read", None),
        (OMAR, "declined", "opted_out"),
        (sara, "sent", None),
    ]
    assert [one["answered_at"] is not None for one in found] == [True, False, False]
    assert crm.asks("GET", "/campaigns/opening")["state"] == "done"
    told = [one["delivery"] for one in story.events() if one.get("sent") and "campaign" in one["delivery"]]
    assert told == [f"{found[0]['action_id']}.0", f"{found[2]['action_id']}.0"]
