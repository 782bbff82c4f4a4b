"""Programs look at what was given up, and try it again."""

import json

import pytest

from session.agent_actions import CLIENT
from session.messages import Delivery
from session.replies import Reply
from tests.values import CONVERSATION, ROUTE
from tests.webhook.api.program import tokens

FOREIGN = "whatsapp:clinic:+201000000002"


@pytest.fixture
def deployment(deploy):
    deployment = deploy(api_tokens=tokens(crm="dead", shop="dead:clinic", reader="read+send+act+forget"))
    for number in range(5):
        reply = Delivery(
            id=f"t.{number}", conversation=CONVERSATION, route=ROUTE, reply=Reply(text="x"), queued_at=0
        )
        letter = {"kind": "reply", "why": "1: no", "conversation": CONVERSATION, "raw": reply.to_json()}
        deployment.story.redis.xadd("dead", letter)
    deployment.story.redis.xadd(
        "dead", {"kind": "body", "whole": "no", "why": "no id", "raw": "+201001234567"}
    )
    deployment.story.redis.xadd("dead", {"kind": "message", "conversation": FOREIGN, "why": "x", "raw": "{}"})
    return deployment


def listed(program, limit=2):
    found, cursor = [], ""
    while cursor is not None:
        page = program.gets("/dead-letters", limit=limit, cursor=cursor).json
        found.append(page["letters"])
        cursor = page["next"]
    return found


def test_all_are_listed_page_by_page_without_their_content(deployment, crm):
    found = listed(crm)

    assert [len(page) for page in found] == [2, 2, 2, 1]
    assert [one["kind"] for page in found for one in page] == ["reply"] * 5 + ["body", "message"]
    assert found[0][0]["conversation"] == deployment.pseudonym()
    assert "raw" not in found[0][0]
    assert "201001234567" not in json.dumps(found)


def test_a_token_of_one_business_sees_its_own_only(deployment, crm):
    shop, every = deployment.program("shop"), [one for page in listed(crm) for one in page]

    assert [one["kind"] for page in listed(shop) for one in page] == ["message"]
    for one in every[:6]:
        assert shop.asks("DELETE", f"/dead-letters/{one['id']}").status_code == 404
        assert shop.asks("POST", f"/dead-letters/{one['id']}/retry").status_code == 404
    assert len([one for page in listed(crm) for one in page]) == 7


def test_a_reply_is_sent_after_all(deployment, crm):
    letter = listed(crm)[0][0]["id"]

    assert crm.asks("POST", f"/dead-letters/{letter}/retry").status_code == 200
    assert crm.asks("POST", f"/dead-letters/{letter}/retry").status_code == 404
    deployment.story.waits(seconds=60)

    assert deployment.story.hears() == ["x"]


def test_what_cannot_be_put_back_says_why_and_can_be_dropped(crm):
    letter = listed(crm, 9)[0][5]["id"]

    refused = crm.asks("POST", f"/dead-letters/{letter}/retry")
    assert (refused.status_code, refused.json["type"]) == (409, "urn:inturn:problem:not-revivable")
    assert crm.asks("DELETE", f"/dead-letters/{letter}").status_code == 200
    assert crm.asks("DELETE", f"/dead-letters/{letter}").status_code == 404


@pytest.mark.parametrize("letter", ["x", "0:0-1", "7:1-1", "0:", "0:1-1-1", "0:+", f"0:{9**25}"])
def test_a_letter_that_is_not_there_is_not_found(crm, letter):
    assert crm.asks("DELETE", f"/dead-letters/{letter}").status_code == 404


def test_another_right_is_none_to_dead_letters(deployment):
    reader = deployment.program("reader")

    for answer in (reader.gets("/dead-letters"), reader.asks("DELETE", "/dead-letters/0:1-1")):
        assert (answer.status_code, answer.json["type"]) == (403, "urn:inturn:problem:right")
    assert CLIENT == "api:"
