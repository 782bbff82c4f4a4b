"""Programs see what an assistant asks for, and decide it: in a turn, like everything that they do."""

import pytest

from tests.webhook.api.program import EVERYTHING, tokens


def clerk(turn):
    if decided := turn.decision:
        return f"{decided.approved} by {decided.by}: {decided.note}"
    turn.later("reminder", in_=turn.now - turn.now, text="not asked")
    turn.ask_approval("refund", text="Refund 500?", data={"amount": 500})
    return None


@pytest.fixture
def deployment(deploy):
    deployment = deploy(assistant=clerk)
    deployment.story.says("refund please")
    return deployment


@pytest.fixture
def there(deployment):
    return f"/conversations/{deployment.pseudonym()}/approvals"


def outcome(program, accepted):
    assert accepted.status_code == 202, accepted.text
    found = program.gets(accepted.headers["Location"].removeprefix("/api/v1")).json
    return ": ".join(filter(None, (found["state"], found["reason"])))


def decide(program, there, **body):
    (asked,) = program.gets(there).json["approvals"]
    return program.asks("POST", f"{there}/{asked['id']}", json={"approved": True} | body)


def test_what_is_asked_is_shown_until_it_is_decided(deployment, crm, there):
    (asked,) = crm.gets(there).json["approvals"]
    assert (asked["name"], asked["text"], asked["data"]) == ("refund", "Refund 500?", {"amount": 500})
    assert asked["asked_at"] < asked["until"]

    decided = decide(crm, there, note="as agreed")
    late = decide(crm, there, approved=False)
    deployment.story.work()

    assert (outcome(crm, decided), outcome(crm, late)) == ("done", "declined: gone")
    assert deployment.story.hears() == ["True by api:crm: as agreed"]
    assert crm.gets(there).json == {"approvals": []}


def test_a_timer_is_no_approval(deployment, crm, there):
    (timer,) = crm.gets(there.replace("approvals", "timers")).json["timers"]

    assert crm.asks("POST", f"{there}/{timer['id']}", json={"approved": True}).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"approved": "maybe"}, {"approved": True, "note": "x" * 1001}, {"yes": 1}]
)
def test_what_is_no_decision_is_refused(crm, there, body):
    (asked,) = crm.gets(there).json["approvals"]

    assert crm.asks("POST", f"{there}/{asked['id']}", json=body).status_code == 422


def test_nobody_decides_for_another_business(deploy):
    deployment = deploy(assistant=clerk, api_tokens=tokens(crm=EVERYTHING, shop=f"{EVERYTHING}:clinic"))
    deployment.story.says("refund please")
    there = f"/conversations/{deployment.pseudonym()}/approvals"
    (asked,) = deployment.program().gets(there).json["approvals"]

    shop = deployment.program("shop")

    assert shop.gets(there).status_code == 404
    assert shop.asks("POST", f"{there}/{asked['id']}", json={"approved": True}).status_code == 404
