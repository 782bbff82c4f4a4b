"""What Meta reports besides messages is posted as Meta does, and read by the workers as it is meant."""

import io
import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from session.agent_actions import APP, PHONE, AgentActionType
from session.channels.meta import meta_signature
from session.content_parts import Kind
from session.history import Role
from session.records import to_ms
from tests.worker.channels.meta.bodies import parsed

CUSTOMER, USER = "+201001234567", "US.13491208655302741918"
PAGE = Path(__file__).parents[3] / "docs" / "simulator.md"


@pytest.fixture
def report(client):
    """Posts a report; returns the answer's status and JSON."""

    def post(customer=CUSTOMER, **fields):
        answer = client.post(f"/simulator/customers/{customer}/reports", json=fields)
        return answer.status_code, answer.get_json()

    return post


@pytest.fixture
def read(webhook):
    """What the workers find in the last body, none of which may be broken or ignored."""

    def found():
        request = webhook.next()
        assert request.headers["X-Hub-Signature-256"] == meta_signature("app-secret", request.content)
        found = parsed(request.content)
        assert (found.broken, found.ignored, found.news) == ((), {}, ())
        return found

    return found


@pytest.fixture
def action(read):
    def only():
        (echo,) = read().echoes
        return echo.action

    return only


each_customer = pytest.mark.parametrize("customer", [CUSTOMER, USER])


@each_customer
def test_what_another_app_writes_is_overheard(report, action, customer):
    assert report(customer, field="standby", text="مرحبا") == (200, {"ids": ["wamid.id1"], "status": 200})

    said = action()
    assert (said.type, said.customer, said.agent) == (AgentActionType.OVERHEARD, customer, APP)
    assert (said.id, said.text) == ("wamid.id1", "مرحبا")


def test_the_same_id_again_is_a_redelivery(report, webhook):
    for _ in range(2):
        assert report(field="standby", text="Hello", id="wamid.known")[1]["ids"] == ["wamid.known"]

    assert webhook.next().content == webhook.next().content


@each_customer
@pytest.mark.parametrize("kind", ["control_taken", "control_passed"])
def test_a_handover_is_read(report, action, clock, customer, kind):
    assert report(customer, field="messaging_handovers", type=kind) == (200, {"ids": [], "status": 200})

    one = action()
    assert (one.type, one.customer, one.agent) == (AgentActionType(kind), customer, APP)
    assert one.id.startswith(f"{kind}:{to_ms(clock.now()) // 1000 * 1000}:")


def test_a_handover_names_who_had_the_conversation_and_who_has_it(report, webhook):
    report(field="messaging_handovers", type="control_taken")
    report(field="messaging_handovers", type="control_passed")

    taken, passed = webhook.next_value(), webhook.next_value()
    assert taken["recipient"]["phone_number_id"] == "106540352242922"
    assert taken["control_taken"] == {"previous_owner_role": "ai_agent", "new_owner_role": "escalation"}
    assert passed["control_passed"] == {"previous_owner_role": "escalation", "new_owner_role": "ai_agent"}


@each_customer
@pytest.mark.parametrize("wish", ["stop", "resume"])
def test_a_wish_about_marketing_is_read(report, action, clock, customer, wish):
    report(customer, field="user_preferences", value=wish)

    one = action()
    assert (one.type, one.customer, one.marketing.wish) == (AgentActionType.PREFERENCE, customer, wish)
    assert one.marketing.at == to_ms(clock.now()) // 1000 * 1000


@each_customer
def test_old_messages_are_read_in_their_order(report, action, clock, customer):
    messages = [{"text": "Is it free?", "ageSeconds": 86_400}, {"text": "It is.", "by": "business"}]
    status, answer = report(
        customer, field="history", messages=[*messages, {"text": "Good", "id": "wamid.3"}]
    )

    assert (status, answer["ids"]) == (200, ["wamid.id1", "wamid.id2", "wamid.3"])
    one = action()
    assert (one.type, one.customer) == (AgentActionType.PAST, customer)
    assert [(entry.role, entry.agent, entry.text, entry.message_id) for entry in one.past] == [
        (Role.USER, None, "Is it free?", "wamid.id1"),
        (Role.AGENT, PHONE, "It is.", "wamid.id2"),
        (Role.USER, None, "Good", "wamid.3"),
    ]
    now = int(clock.now().timestamp())
    ages = [now - int(entry.timestamp.timestamp()) for entry in one.past]
    assert ages == [86_400, 120, 60]


def test_a_message_that_another_app_answers_comes_in_standby(say, read):
    say(text="Hello", standby=True, name="Mona")

    found = read()
    (heard,) = found.messages
    (taken,) = found.echoes
    assert (heard.standby, heard.text, heard.customer, heard.name) == (True, "Hello", CUSTOMER, "Mona")
    assert (taken.action.type, taken.action.agent) == (AgentActionType.CONTROL_TAKEN, APP)


def test_a_message_in_a_group_names_it(say, read):
    say(text="What do you all think?", groupId="Y2Fw")

    (heard,) = read().messages
    assert (heard.group, heard.text, heard.standby) == ("Y2Fw", "What do you all think?", False)


def test_a_message_after_an_ad_tells_of_it(say, read):
    say(text="Can I get more info on this?", referral={"headline": "Villas in Maadi", "ctwa_clid": "C1"})

    (heard,) = read().messages
    assert (heard.referral.headline, heard.referral.ctwa_clid) == ("Villas in Maadi", "C1")


def test_a_message_in_a_group_opens_no_window_with_the_customer(client, say, send_meta, webhook):
    client.post("/simulator/clock", json={"windows": True})
    say(text="What do you all think?", groupId="Y2Fw")
    webhook.next()

    assert send_meta().status_code == 200
    (status,) = webhook.next_statuses(1)
    assert status["errors"][0]["code"] == 131047


@pytest.mark.parametrize(
    ("old", "details", "new"),
    [
        (CUSTOMER, {"type": "user_changed_number", "wa_id": "201009999999"}, "+201009999999"),
        (
            "US.1111",
            {"type": "user_changed_user_id", "previous_user_id": "US.1111", "user_id": "US.2222"},
            "US.2222",
        ),
    ],
)
def test_a_changed_number_or_id_is_read(say, read, old, details, new):
    say(old, kind="system", details=details)

    (told,) = read().messages
    assert (told.kind, told.customer, told.formerly) == (Kind.SYSTEM, new, (old,))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "field"),
        ({"field": "calls"}, "'standby', 'messaging_handovers', 'user_preferences', 'history'"),
        ({"field": "standby"}, "standby.text: Field required"),
        ({"field": "standby", "text": ""}, "standby.text"),
        ({"field": "standby", "text": "x", "txt": "x"}, "standby.txt"),
        ({"field": "messaging_handovers", "type": "request"}, "'control_taken' or 'control_passed'"),
        ({"field": "user_preferences", "value": "perhaps"}, "'stop' or 'resume'"),
        ({"field": "history", "messages": []}, "history.messages"),
        ({"field": "history", "messages": [{"text": "x", "by": "app"}]}, "history.messages.0.by"),
        (
            {"field": "history", "messages": [{"text": "x", "ageSeconds": -1}]},
            "history.messages.0.ageSeconds",
        ),
        ({"field": "standby", "text": "x", "channel": "twilio"}, "Twilio has no standby; only Meta does"),
        ({"field": "standby", "text": "x", "channel": "fax"}, "standby.channel"),
    ],
)
def test_bad_input_is_refused_with_the_reason_and_nothing_is_posted(report, webhook, given, why):
    status, answer = report(**given)

    assert status == 400
    assert why in answer["error"]
    assert webhook.posted.empty()


@pytest.mark.parametrize("given", [[], "standby", 5])
def test_what_is_no_object_is_refused(client, given):
    assert client.post(f"/simulator/customers/{CUSTOMER}/reports", json=given).status_code == 400


@pytest.mark.parametrize(
    ("customer", "why"), [("nobody", "a customer is"), ("telegram:5", "not a customer on meta")]
)
def test_nobody_of_meta_is_refused(report, customer, why):
    status, answer = report(customer, field="standby", text="x")

    assert (status, why in answer["error"]) == (400, True)


@pytest.mark.parametrize("fields", [{"groupId": "Y2Fw"}, {"standby": True}, {"referral": {"headline": "x"}}])
def test_other_channels_have_neither_groups_nor_standby_nor_ads(say, webhook, fields):
    status, answer = say(channel="twilio", text="x", **fields)

    assert status == 400
    assert "only Meta does" in answer["error"]
    assert webhook.posted.empty()


def test_a_channel_that_is_not_set_up_says_so(simulator):
    client = simulator(meta_app_secret=None).test_client()

    answer = client.post(f"/simulator/customers/{CUSTOMER}/reports", json={"field": "standby", "text": "x"})

    assert (answer.status_code, "META_APP_SECRET" in answer.get_json()["error"]) == (409, True)


def test_a_webhook_that_is_away_is_named(report, webhook):
    webhook.is_away = True

    status, answer = report(field="standby", text="x")

    assert (status, answer["ids"]) == (502, ["wamid.id1"])
    assert "cannot be reached" in answer["error"]


def test_the_examples_in_the_docs_are_read(client, read):
    blocks = re.findall(r"```console\n(CUSTOMER=.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        first, *commands = block.splitlines()
        for command in commands:
            _, url, how, given = shlex.split(command.replace("$CUSTOMER", first.partition("=")[2]))[:4]
            form = {"message": given.removeprefix("message="), "file": (io.BytesIO(b"..."), "photo.jpg")}
            body = {"data": form} if how == "-F" else {"json": json.loads(given)}
            answer = client.post(urlsplit(url).path, **body)
            assert answer.status_code == 200, answer.text
            found = read()
            assert found.messages or found.echoes
    assert len(blocks) == 2
