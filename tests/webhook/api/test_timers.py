"""Programs see what an assistant has planned, and cancel it: in a turn, like everything that they do."""

from datetime import timedelta

import pytest

from session.conversations import conversation_of
from tests.stories.desk import ALIA
from tests.webhook.api.program import EVERYTHING, tokens
from worker.wakeups import SWEEP


def planner(turn):
    if turn.timer:
        return f"reminder: {turn.timer.name}"
    if turn.text == "the viewing":
        turn.later("viewing", in_=timedelta(hours=5), text="Your viewing", payload={"villa": 7})
    if turn.text == "a call":
        turn.later("call", in_=timedelta(hours=2), until_takeover=True)
    return "yes"


@pytest.fixture
def deployment(deploy):
    deployment = deploy(assistant=planner)
    deployment.story.says("the viewing")
    deployment.story.says("a call")
    deployment.story.hears()
    return deployment


@pytest.fixture
def there(deployment):
    return f"/conversations/{deployment.pseudonym()}/timers"


def planned(program, there):
    return {one["name"]: one for one in program.gets(there).json["timers"]}


def outcome(program, accepted):
    assert accepted.status_code == 202, accepted.text
    found = program.gets(accepted.headers["Location"].removeprefix("/api/v1")).json
    return ": ".join(filter(None, (found["state"], found["reason"])))


def test_what_is_planned_is_shown_the_next_one_first(crm, there):
    found = planned(crm, there)

    assert list(found) == ["call", "viewing"]
    assert found["viewing"]["text"] == "Your viewing"
    assert found["viewing"]["payload"] == {"villa": 7}
    assert (found["call"]["payload"], found["call"]["until_takeover"]) == (None, True)
    assert found["call"]["at"] == found["call"]["meant"] < found["viewing"]["at"]


def test_a_cancelled_one_does_not_ring(deployment, crm, there):
    wanted = planned(crm, there)["viewing"]["id"]

    cancelled = crm.asks("DELETE", f"{there}/{wanted}")
    assert outcome(crm, cancelled) == "accepted"
    deployment.story.work()

    assert outcome(crm, cancelled) == "done"
    assert list(planned(crm, there)) == ["call"]
    deployment.story.waits(hours=6)
    assert deployment.story.hears() == ["reminder: call"]
    (event,) = [one for one in deployment.story.events() if one.get("action") == "cancel_timer"]
    assert (event["by"], event["timers_gone"]) == ("api:crm", '["viewing"]')


def test_one_that_was_replaced_meanwhile_stays(deployment, crm, there):
    wanted = planned(crm, there)["viewing"]["id"]

    deployment.story.posts("the viewing")
    cancelled = crm.asks("DELETE", f"{there}/{wanted}")
    deployment.story.work()

    assert outcome(crm, cancelled) == "declined: gone"
    assert set(planned(crm, there)) == {"call", "viewing"}
    assert crm.asks("DELETE", f"{there}/{wanted}").status_code == 404


def test_one_that_has_rung_can_not_be_cancelled_any_more(deployment, crm, there):
    wanted = planned(crm, there)["call"]["id"]
    deployment.story.clock.move(hours=3)
    cancelled = crm.asks("DELETE", f"{there}/{wanted}")

    deployment.story.tasks[SWEEP].apply(throw=True)

    assert list(planned(crm, there)) == ["viewing"]
    assert crm.asks("DELETE", f"{there}/{wanted}").status_code == 404
    deployment.story.work()
    assert deployment.story.hears() == ([] if outcome(crm, cancelled) == "done" else ["reminder: call"])


def test_timers_outlive_the_session(deployment, crm, there):
    deployment.story.redis.delete(f"session:{conversation_of(ALIA)}")

    assert list(planned(crm, there)) == ["call", "viewing"]
    cancelled = crm.asks("DELETE", f"{there}/{planned(crm, there)['call']['id']}")
    deployment.story.work()
    assert outcome(crm, cancelled) == "done"


@pytest.mark.parametrize("timer", ["x", "viewing", "timer:x.0", "a" * 300, "%00", "..%2f"])
def test_one_that_is_not_there_is_not_found(deployment, crm, there, timer):
    assert crm.asks("DELETE", f"{there}/{timer}").status_code == 404
    deployment.story.work()
    assert deployment.story.dead_letters() == []


def test_nobody_sees_or_cancels_those_of_another_business(deploy):
    deployment = deploy(assistant=planner, api_tokens=tokens(crm=EVERYTHING, shop=f"{EVERYTHING}:clinic"))
    deployment.story.says("the viewing")
    there = f"/conversations/{deployment.pseudonym(ALIA)}/timers"
    (one,) = planned(deployment.program(), there).values()

    shop = deployment.program("shop")

    assert shop.gets(there).status_code == 404
    assert shop.asks("DELETE", f"{there}/{one['id']}").status_code == 404


def test_who_has_nothing_planned_has_an_empty_list_and_a_stranger_none(deployment, crm):
    deployment.story.says("hello", "+201009999998")

    known, nobody = deployment.pseudonym("+201009999998"), deployment.pseudonym("+201009999999")
    assert crm.gets(f"/conversations/{known}/timers").json == {"timers": []}
    assert crm.gets(f"/conversations/{nobody}/timers").status_code == 404
