"""Programs write to customers: once for each key, in turn, and never to who wants nothing."""

import pytest

from session.agent_actions import AgentActionType
from session.errors import StoreUnavailable
from tests.stories.desk import ALIA
from tests.webhook.api.program import EVERYTHING, tokens

OTHER = "+201009999999"
META = "meta:106540352242922"
#: Sessions are kept for longer than a customer service window is open.
LONG = {"session_retention_minutes": 3000}


def kind(answer):
    return (answer.status_code, answer.json["type"].rpartition(":")[2])


def test_the_same_key_is_the_same_message_however_often_it_is_asked_for(deployment, crm):
    story = deployment.story
    story.says("hello")
    story.hears()

    first = crm.sends(key="booking-7", text="your viewing is at ten")
    before_its_turn = crm.sends(key="booking-7", text="your viewing is at ten")
    story.work()
    after = crm.sends(key="booking-7", text="your viewing is at ten")
    story.work()

    assert story.hears() == ["your viewing is at ten"]
    assert first.json == before_its_turn.json == after.json
    assert first.headers["Location"] == f"/api/v1/messages/{first.json['id']}"
    assert crm.sends(key="booking-8", text="your viewing is at ten").json["id"] != first.json["id"]
    story.work()
    assert story.hears() == ["your viewing is at ten"]


def test_another_body_under_the_same_key_is_refused(deployment, crm):
    deployment.story.says("hello")
    crm.sends(key="a", text="at ten")

    deployment.story.drains_only()
    assert kind(crm.sends(key="a", text="at noon")) == (409, "other-body")
    deployment.story.work()
    assert kind(crm.sends(key="a", text="at noon")) == (409, "other-body")
    assert "at noon" not in deployment.story.hears()


def test_keys_of_two_programs_are_different(deploy):
    deployment = deploy(api_tokens=tokens(crm=EVERYTHING, shop=EVERYTHING))
    deployment.story.says("hello")
    deployment.story.hears()

    ids = {deployment.program(name).sends(key="1", text=name).json["id"] for name in ("crm", "shop")}
    deployment.story.work()

    assert len(ids) == 2
    assert deployment.story.hears() == ["crm", "shop"]


def test_whoever_repeats_a_request_is_told_what_the_first_one_was_told(deployment, crm):
    deployment.story.says("hello")
    first = crm.sends(key="a")
    deployment.story.work()
    deployment.story.says("STOP")

    assert crm.sends(key="a").json == first.json
    assert kind(crm.sends(key="b")) == (422, "opted-out")


@pytest.mark.parametrize("name", [ALIA, ALIA[1:], "0020 100 123-4567", f"whatsapp:{ALIA}"])
def test_a_customer_is_found_by_any_spelling(deployment, crm, name):
    deployment.story.says("hello")
    deployment.story.hears()

    crm.sends(to=name, text="found")
    deployment.story.work()

    assert deployment.story.hears() == ["found"]


def test_a_customer_is_found_under_every_name(deployment, crm):
    deployment.story.says("hello", user_id="EG.77")
    deployment.story.hears()

    crm.sends(to="EG.77", text="found")
    deployment.story.work()

    assert deployment.story.hears() == ["found"]


def test_what_became_of_a_message_is_told_step_by_step(deployment, crm):
    story = deployment.story
    story.says("hello")
    story.hears()

    sent = crm.sends()
    assert crm.state(sent) == "accepted"
    story.drains_only()
    assert crm.state(sent) == "accepted"
    story.work()
    assert crm.state(sent) == "sent"
    (message,) = story.receives()
    story.tells_status(message, "delivered")
    assert crm.state(sent) == "delivered"
    story.tells_status(message, "read")
    assert crm.state(sent) == "read"


def test_a_stop_before_the_send_cancels_it_and_one_before_its_turn_declines_it(deployment, crm):
    story = deployment.story
    story.says("hello")
    late = crm.sends(text="a")
    story.work_once()
    story.work_once()
    assert crm.state(late) == "queued"
    story.posts("STOP")
    later = crm.sends(text="b")
    story.drains_only()
    story.work()

    assert crm.state(late) == "cancelled: the customer has opted out"
    assert crm.state(later) == "declined: opted_out"
    assert not {"a", "b"} & {*story.hears()}


def test_a_failure_has_the_reason_of_the_provider(deployment, crm):
    story = deployment.story
    story.says("hello")
    sent = crm.sends(text="fails")
    story.work()

    story.tells_status(story.receives()[-1], "failed", 131026)

    assert crm.state(sent).startswith("failed: 131026")


def test_an_agent_is_not_disturbed_if_the_program_says_so(deployment, crm):
    story = deployment.story
    story.says("hello")
    story.agent("Mona").takes_over()
    story.hears()

    minds, does_not = crm.sends(text="a", unless_agent=True), crm.sends(text="b")
    story.work()

    assert (crm.state(minds), crm.state(does_not)) == ("declined: held", "sent")
    assert story.hears() == ["b"]
    assert story.session().held_by == "Mona"


def test_the_assistant_goes_on_and_knows_what_the_program_wrote(deploy):
    heard = []
    deployment = deploy(assistant=lambda turn: heard.append([e.text for e in turn.history]) or "answer")
    deployment.story.says("hello")
    deployment.program().sends(text="your viewing is at ten")
    deployment.story.says("thanks")

    assert heard[-1] == ["hello", "answer", "your viewing is at ten", "thanks"]
    assert deployment.story.hears() == ["answer", "your viewing is at ten", "answer"]


def test_outside_of_the_window_a_message_is_declined_in_its_turn(deploy):
    deployment = deploy(workers=LONG)
    crm = deployment.program()
    deployment.story.says("hello")
    deployment.story.clock.move(hours=25)

    first, late, nobody = crm.sends(to=OTHER, text="a", sender=META), crm.sends(), crm.sends(to=OTHER)
    deployment.story.work()

    assert (crm.state(first), crm.state(late)) == ("declined: window", "declined: window")
    # There are several senders, and the customer has written to none of them.
    assert crm.state(nobody) == "declined: sender"


def test_a_template_may_be_sent_at_any_time_also_to_who_has_never_written(deploy):
    deployment = deploy()
    crm = deployment.program()
    template = {
        "name": "viewing_reminder",
        "language": "en",
        "header": "Thursday",
        "body": ["Alia", "ten"],
        "buttons": [{"payload": "come"}, {"payload": "another"}],
    }

    sent = crm.sends(to=OTHER, key="a", template=template, sender=META)
    deployment.story.work()
    again = crm.sends(to=OTHER, key="a", template=template, sender=META)

    assert crm.state(sent) == "sent"
    assert again.json == sent.json
    assert len(deployment.story.receives(OTHER)) == 1
    assert kind(crm.sends(to=OTHER, key="a", template=template | {"name": "other"}, sender=META)) == (
        409,
        "other-body",
    )
    deployment.story.says("I come", OTHER)
    assert [one.text for one in deployment.story.session(OTHER).context.message_history][1:] == ["I come"] * 2


def test_in_the_place_of_what_comes_too_late_a_template_is_sent(deploy):
    deployment = deploy(workers=LONG | {"after_window_template": "we_have_news:en"})
    crm = deployment.program()
    deployment.story.says("hello")
    deployment.story.clock.move(hours=25)

    sent = crm.sends(key="a", text="your viewing is at ten")
    deployment.story.work()

    assert crm.state(sent) == "sent"
    assert crm.sends(key="a", text="your viewing is at ten").json == sent.json


@pytest.mark.parametrize(
    "template",
    [
        {"name": "viewing"},
        {"name": "viewing", "language": "English"},
        {"name": "viewing", "language": "en", "body": ["two\nlines"]},
        {"name": "viewing", "language": "en", "body": [""]},
        {"name": "viewing", "language": "en", "header": {"url": "/etc/passwd"}},
        {"name": "viewing", "language": "en", "buttons": [{}]},
        {"name": "viewing", "language": "en", "buttons": [{"url": "a", "code": "b"}]},
        {"name": "viewing", "language": "en", "shown": {}},
    ],
)
def test_what_is_no_template_is_refused(deployment, crm, template):
    deployment.story.says("hello")

    assert kind(crm.sends(template=template)) == (422, "invalid")


def test_what_still_waits_may_open_it_so_its_turn_decides(deployment, crm):
    story = deployment.story
    story.posts("hello")

    sent = crm.sends(text="welcome")
    story.work()

    assert crm.state(sent) == "sent"
    assert story.hears() == ["hello", "welcome"]


def test_a_customer_of_telegram_may_be_written_to_first(deployment, crm):
    sent = crm.sends(to="telegram:123456", text="your table is ready")
    deployment.story.work()

    assert crm.state(sent) == "sent"
    assert deployment.story.hears("telegram:123456") == ["your table is ready"]
    deployment.story.says("thanks", "telegram:123456", "telegram")
    assert deployment.story.session("telegram:123456").message_count == 1


def test_through_another_sender_of_the_business_the_window_is_another(deployment, crm):
    deployment.story.says("hello")

    sent = crm.sends(text="a", sender="twilio:+14155238886")
    nobody = crm.sends(text="b", sender="meta:1")
    deployment.story.work()

    assert crm.state(sent) == "declined: window"
    assert crm.state(nobody) == "declined: sender"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            {"text": "Which?", "buttons": [{"id": "a", "title": "Ten"}, {"id": "b", "title": "Noon"}]},
            "options",
        ),
        (
            {
                "text": "Which?",
                "menu": {"button": "Times", "rows": [{"id": "a", "title": "Ten", "description": "sharp"}]},
            },
            "options",
        ),
        ({"text": "Villa 7", "media": {"url": "https://villas.example/7.jpg"}}, "image"),
        (
            {"media": {"url": "https://villas.example/7", "kind": "document", "filename": "7.pdf"}},
            "document",
        ),
        ({"text": "here", "link": {"title": "Open", "url": "https://villas.example/7"}}, "link"),
        ({"location": {"latitude": 29.96, "longitude": 31.25, "name": "Maadi"}}, "location"),
    ],
)
def test_a_message_may_be_more_than_a_text(deployment, crm, body, shown):
    deployment.story.says("hello")

    sent = crm.sends(**body)
    deployment.story.work()

    assert crm.state(sent) == "sent"
    said = crm.gets(f"/conversations/{sent.json['conversation']}").json["history"][-1]
    assert (said["kind"], said["by"]) == (shown, "api:crm")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "  "},
        {"text": "x" * 4097},
        {"text": "x\x00"},
        {"txt": "hello"},
        {"text": "a", "media": {"url": "file:///etc/passwd"}},
        {"text": "a", "media": {"path": "/etc/passwd"}},
        {"text": "a", "media": {"url": "https://x.example/7.jpg", "stored": "f/1"}},
        {"text": "a", "media": {"url": "https://x.example/7.exe"}},
        {
            "text": "a",
            "media": {"url": "https://x.example/7.jpg"},
            "location": {"latitude": 1, "longitude": 1},
        },
        {"text": "a", "location": {"latitude": 91, "longitude": 1}},
        {"text": "a", "buttons": [{"id": "a"}]},
        {"text": "a", "buttons": [{"id": "a", "title": "x"}] * 11},
        {"text": "a", "sender": "sms:1"},
        {"text": "a", "scope": "No"},
        {"text": 7},
        {"text": None},
        {"text": "a", "unless_agent": "perhaps"},
        {"text": "a", "to": "nobody"},
        {"text": "a", "to": ""},
    ],
)
def test_what_is_no_message_is_refused_and_nothing_is_stored(deployment, crm, body):
    deployment.story.says("hello")

    answer = crm.asks("POST", "/messages", json={"to": ALIA} | body, headers={"Idempotency-Key": "a"})

    assert kind(answer) == (422, "invalid")
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"]
    assert deployment.story.redis.xlen("intake") == 0


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 201, "é"])
def test_a_message_has_a_key(deployment, crm, key):
    deployment.story.says("hello")
    headers = {} if key is None else {"Idempotency-Key": key}

    answer = crm.asks("POST", "/messages", json={"to": ALIA, "text": "a"}, headers=headers)

    assert kind(answer) == (422, "invalid")
    assert answer.json["errors"][0]["where"] == "Idempotency-Key"


def test_a_program_does_not_keep_out_what_the_customer_writes(deployment, crm):
    story = deployment.story
    story.says("hello")
    for number in range(100):
        assert crm.sends(text=str(number)).status_code == 202
        story.drains_only()

    refused = crm.sends(text="one too many")

    assert kind(refused) == (429, "many-wait")
    assert int(refused.headers["Retry-After"]) > 0
    assert story.posts("I am here") == 200
    story.work()
    assert story.hears()[-1] == "I am here"


def test_redis_that_is_away_is_told_and_nothing_is_half_done(deploy):
    class Away:
        def store(self, body, **_):
            raise StoreUnavailable("store_body")

    deployment = deploy(store=Away())
    deployment.story.says("hello")

    answer = deployment.program().sends()

    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_message_that_nobody_has_sent_is_not_found(deployment, crm):
    deployment.story.says("hello")
    sent = crm.sends()
    deployment.story.work()

    for id_ in ("x", sent.json["id"][:-1], sent.json["conversation"], "%00"):
        assert crm.gets(f"/messages/{id_}").status_code == 404
    deployment.story.agent("Mona").does(AgentActionType.FORGET)
    assert crm.gets(f"/messages/{sent.json['id']}").status_code == 404


def test_no_text_and_no_token_is_in_the_log(deployment, crm, log):
    deployment.story.says("hello")
    crm.sends(text="very private")
    deployment.stranger("a-wrong-token-0123456789abcdefghij").sends()
    deployment.story.work()

    lines = "\n".join(log)
    assert "an API client acts" in lines
    assert "very private" not in lines
    assert ALIA not in lines
    assert crm.headers["Authorization"].split()[1] not in lines
    assert "a-wrong-token" not in lines


def test_events_name_a_message_as_the_answers_do(deployment, crm):
    deployment.story.says("hello")
    sent = crm.sends()
    deployment.story.work()

    id_ = sent.json["action_id"]
    assert crm.gets(f"/messages/{sent.json['id']}").json["action_id"] == id_
    (taken,) = [one for one in deployment.story.events() if one.get("action") == "send"]
    assert taken["action_id"] == id_
    assert any(one.get("sent") and one["delivery"] == f"{id_}.0" for one in deployment.story.events())
