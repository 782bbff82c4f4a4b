"""Programs see the message templates, and say which there are where nobody reads them at the provider."""

import pytest

from session.keys import Keys
from session.store import TemplateStore
from session.template_definitions import Definition
from tests.stores import at_once, scripts_by
from tests.stories.desk import ALIA
from tests.webhook.api.program import EVERYTHING, tokens

THERE = "/templates/meta:102290129340398/viewing/en"
VIEWING = {
    "category": "UTILITY",
    "header": {"kind": "text", "text": "Your viewing on {{1}}"},
    "body": "Hello {{name}}, we meet at {{time}}.",
    "footer": "Reply STOP to get no more",
    "buttons": [{"title": "Show", "needs": "url", "url": "https://villas.example/{{1}}"}, {"title": "Later"}],
}


def store(deployment):
    return at_once(deployment.story.redis, TemplateStore(scripts_by(deployment.story.clock), Keys()))


def pulls(deployment, *names, account="meta:7"):
    """What the provider has of an account is read."""
    found = [
        Definition(account=account, name=name, language="en", status="APPROVED", body="Hi") for name in names
    ]
    store(deployment).put(account, found)


def puts(program, there=THERE, **changes):
    return program.asks("PUT", there, json=VIEWING | changes)


def test_what_a_program_puts_is_what_messages_are_compared_with(deployment, crm):
    # Given a template that the provider has, and that nobody reads there
    deployment.story.says("hello")
    deployment.story.hears()
    there = "/templates/meta:100000000000001/viewing_reminder/en"
    assert puts(crm, there, body="Hello {{1}}, we meet at {{2}}.", buttons=[]).status_code == 200

    wrong, right = [
        crm.sends(template={"name": "viewing_reminder", "language": "en", "header": "Thursday", "body": body})
        for body in (["Alia"], ["Alia", "10:00"])
    ]
    deployment.story.work()

    assert (crm.state(wrong), crm.state(right)) == ("declined: template", "sent")
    (got,) = deployment.story.receives()
    assert got["header"] == "Your viewing on Thursday"
    said = crm.gets(f"/conversations/{right.json['conversation']}").json["history"][-1]
    assert said["text"] == "Hello Alia, we meet at 10:00."


def test_it_is_shown_as_it_was_put(crm):
    put = puts(crm).json

    assert crm.gets(THERE).json == put == crm.gets("/templates").json["templates"][0]
    assert {name: put[name] for name in ("category", "body", "footer")} == {
        name: VIEWING[name] for name in ("category", "body", "footer")
    }
    assert (put["sendable"], put["complete"], put["parameters"]) == (True, True, ["name", "time"])
    assert [one["needs"] for one in put["buttons"]] == ["url", None]


def test_to_put_the_same_again_is_one_event_and_a_change_another(deployment, crm):
    for changes in ({}, {}, {"status": "PAUSED"}):
        assert puts(crm, **changes).status_code == 200

    told = [one for one in deployment.story.events() if one.get("template_change") == "definition"]
    assert [(one.get("before"), one["after"], one["by"]) for one in told] == [
        (None, "APPROVED", "api:crm"),
        ("APPROVED", "PAUSED", "api:crm"),
    ]
    assert not crm.gets(THERE).json["sendable"]


def test_what_the_provider_reports_later_holds(deployment, crm):
    puts(crm)
    deployment.story.posts_change(
        {
            "field": "message_template_status_update",
            "value": {
                "event": "PAUSED",
                "message_template_name": "viewing",
                "message_template_language": "en",
            },
        },
        account="102290129340398",
    )
    deployment.story.work()

    assert (crm.gets(THERE).json["status"], crm.gets(THERE).json["body"]) == ("PAUSED", VIEWING["body"])


def test_it_is_removed(deployment, crm):
    puts(crm)

    assert crm.asks("DELETE", THERE).json["name"] == "viewing"
    assert crm.asks("DELETE", THERE).status_code == 404
    assert crm.gets(THERE).status_code == 404
    assert crm.gets("/templates").json["templates"] == []


def test_an_account_that_is_read_at_its_provider_is_not_changed_here(deployment, crm):
    pulls(deployment, "sale")

    for refused in (
        puts(crm, "/templates/meta:7/sale/en"),
        puts(crm, "/templates/meta:7/new/en"),
        crm.asks("DELETE", "/templates/meta:7/sale/en"),
    ):
        assert (refused.status_code, refused.json["type"]) == (409, "urn:inturn:problem:template-pulled")
    assert crm.gets("/templates").json["pulled"] == ["meta:7"]
    assert crm.gets("/templates/meta:7/sale/en").json["body"] == "Hi"


@pytest.mark.parametrize(
    "changes",
    [
        {"body": ""},
        {"body": "x" * 1025},
        {"body": "{{1}} {{3}}"},
        {"body": "{{1}} {{name}}"},
        {"body": "{{}}"},
        {"body": "{{ a b }}"},
        {"body": "{{\u0661}}"},
        {"body": "a\u0000"},
        {"status": "approved"},
        {"category": None},
        {"header": {"kind": "text"}},
        {"header": {"kind": "text", "text": "x" * 61}},
        {"header": {"kind": "text", "text": "{{1}} {{2}}"}},
        {"header": {"kind": "image", "text": "https://villas.example/7.jpg"}},
        {"header": {"kind": "location", "text": "here"}},
        {"header": {"kind": "audio"}},
        {"footer": "x" * 61},
        {"buttons": [{"title": "Show", "needs": "url", "url": "https://villas.example/"}]},
        {"buttons": [{"title": "Show", "url": "https://villas.example/{{1}}"}]},
        {"buttons": [{"title": "Show", "needs": "url"}]},
        {"buttons": [{"title": "Yes", "needs": "payload", "payload": "yes"}]},
        {"buttons": [{"title": "Yes"}] * 11},
        {"text": "Hi"},
    ],
)
def test_what_no_provider_has_is_refused(crm, changes):
    refused = puts(crm, **changes)

    assert (refused.status_code, refused.json["type"]) == (422, "urn:inturn:problem:invalid")
    assert crm.gets("/templates").json["templates"] == []


def test_at_twilio_parts_share_their_parameters_and_files_have_addresses(crm):
    put = puts(
        crm,
        "/templates/twilio:AC0123/viewing/en",
        id="HX0123",
        header={"kind": "image", "text": "https://villas.example/{{3}}.jpg"},
        body="Hello {{2}}",
        buttons=[{"title": "Yes", "needs": "payload", "payload": "{{4}}"}],
    )

    assert (put.status_code, put.json["id"]) == (200, "HX0123")


@pytest.mark.parametrize(
    "there",
    [
        "/templates/telegram:1/viewing/en",
        "/templates/meta:1|x/viewing/en",
        "/templates/meta/viewing/en",
        "/templates/meta:1/a|b/en",
        "/templates/meta:1/viewing/EN",
        "/templates/meta:1/viewing/en|x",
        "/templates/meta:/viewing/en",
    ],
)
def test_no_address_leads_to_another_field(deployment, crm, there):
    assert puts(crm, there).status_code == 422
    assert crm.gets(there).status_code == 422
    assert deployment.story.redis.hlen("templates") == 0


# -- lists


def names(program, **query):
    found, cursor = [], ""
    while cursor is not None:
        page = program.gets("/templates", cursor=cursor, **query).json
        found.append([one["name"] for one in page["templates"]])
        cursor = page["next"]
    return found


def test_they_are_listed_page_by_page_and_narrowed_down(deployment, crm):
    pulls(deployment, "a", "b", "c")
    pulls(deployment, "b", account="twilio:AC1")
    puts(crm, status="PAUSED")

    assert names(crm, limit=2) == [["viewing", "a"], ["b", "c"], ["b"]]
    assert names(crm, channel="twilio") == [["b"]]
    assert names(crm, name="b") == [["b", "b"]]
    assert names(crm, status="PAUSED") == [["viewing"]]
    cursor = crm.gets("/templates", limit=2).json["next"]
    for query in ({"cursor": cursor, "channel": "meta"}, {"cursor": "x"}):
        assert crm.gets("/templates", **query).status_code == 422


def test_who_sends_may_read_them_and_a_token_of_one_business_changes_none(deploy):
    deployment = deploy(api_tokens=tokens(crm="send:estate", shop="dead", reader=f"{EVERYTHING}:estate"))
    pulls(deployment, "sale")

    crm, shop, reader = map(deployment.program, ("crm", "shop", "reader"))

    assert names(crm) == [["sale"]]
    assert shop.gets("/templates").status_code == 403
    for refused in (puts(reader), reader.asks("DELETE", "/templates/meta:7/sale/en")):
        assert (refused.status_code, refused.json["type"]) == (403, "urn:inturn:problem:right")


def test_marketing_that_was_put_is_not_sent_to_who_wishes_none(deployment, crm):
    deployment.story.says("hello")
    deployment.story.posts_change(
        {
            "field": "user_preferences",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": {"phone_number_id": "106540352242922"},
                "user_preferences": [
                    {
                        "wa_id": ALIA[1:],
                        "detail": "no marketing",
                        "category": "marketing_messages",
                        "value": "stop",
                        "timestamp": str(int(deployment.story.clock.now().timestamp())),
                    }
                ],
            },
        }
    )
    deployment.story.work()
    deployment.story.hears()
    there = "/templates/meta:100000000000001/viewing_reminder/en"
    puts(crm, there, category="MARKETING", header=None, body="Come and see us.", buttons=[])

    sent = crm.sends(template={"name": "viewing_reminder", "language": "en"})
    deployment.story.work()

    assert crm.state(sent) == "declined: marketing"
