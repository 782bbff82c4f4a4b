"""Programs make campaigns, start and pause them, and read what became of each recipient. Whatever is repeated is done once."""

from threading import Event, Thread

import pytest

from session.campaign_outcomes import OutcomeState
from session.campaigning import Campaigns
from session.keys import Keys
from session.store import TemplateStore
from session.template_definitions import ButtonForm, Definition, HeaderForm
from tests.stores import at_once, scripts_by
from tests.webhook.api.program import EVERYTHING, tokens

THERE = "/campaigns/opening"
OPENING = {"template": "opening", "language": "en", "sender": "meta:106540352242922"}
CSV = {"Content-Type": "text/csv"}
NUMBERS = [f"+2010000000{number:02}" for number in range(7)]


@pytest.fixture
def deployment(deploy):
    deployment = deploy(api_tokens=tokens(crm=EVERYTHING, shop=f"{EVERYTHING}:clinic", reader="read"))
    knows(deployment)
    return deployment


def knows(deployment, **changes):
    """Let the template be known."""
    given = {
        "name": "opening",
        "language": "en",
        "status": "APPROVED",
        "body": "Hello {{1}}, we open on {{2}}.",
    }
    header = HeaderForm(kind="text", text="For {{1}}")
    buttons = (ButtonForm(title="Show", needs="url", url="https://villas.example/{{1}}"),)
    found = Definition.model_validate(
        {"account": "meta:7", "header": header, "buttons": buttons} | given | changes
    )
    store = at_once(deployment.story.redis, TemplateStore(scripts_by(deployment.story.clock), Keys()))
    store.put(found.account, [found])


def recipient(number, **changes):
    given = {
        "to": number,
        "header": "you",
        "body": ["Alia", "Thursday"],
        "buttons": [{"index": 0, "url": "7"}],
    }
    return given | changes


def makes(program, there=THERE, **changes):
    return program.asks("PUT", there, json=OPENING | changes)


def adds(program, *recipients, there=THERE):
    return program.asks("POST", f"{there}/recipients", json={"recipients": recipients})


def does(program, what, there=THERE):
    return program.asks("POST", f"{there}/{what}")


def loaded(program, numbers=NUMBERS, **changes):
    assert makes(program, **changes).status_code == 200
    added = adds(program, *map(recipient, numbers))
    assert added.status_code == 200, added.text
    ready = does(program, "ready")
    assert ready.status_code == 200, ready.text
    return ready.json


def outcomes(program, there=THERE, **query):
    """The outcomes of each page."""
    found, cursor = [], ""
    while cursor is not None:
        page = program.gets(f"{there}/outcomes", cursor=cursor, **query).json
        found.append(page["outcomes"])
        cursor = page["next"]
    return found


# -- making one


def test_a_campaign_is_made_in_pages(crm):
    made = makes(crm, hold_back=10).json
    assert (made["state"], made["total"], made["by"], made["hold_back"]) == ("loading", 0, "api:crm", 10)

    pages = [adds(crm, *map(recipient, NUMBERS[at : at + 3])).json for at in (0, 3, 6)]

    assert [page["added"] for page in pages] == [3, 3, 1]
    ready = does(crm, "ready").json
    assert (ready["state"], ready["total"], ready["position"]) == ("new", 7, 0)
    assert crm.gets(THERE).json == ready == crm.gets("/campaigns").json["campaigns"][0]


def test_whoever_repeats_a_request_is_told_the_same_and_nobody_is_added_twice(crm):
    assert makes(crm).json == makes(crm).json
    assert adds(crm, *map(recipient, NUMBERS)).json == {"added": 7, "known": 0}
    assert adds(crm, *map(recipient, NUMBERS)).json == {"added": 0, "known": 7}
    assert adds(crm, recipient("0020 100 000 0001"), recipient(NUMBERS[1])).json == {"added": 0, "known": 2}
    assert does(crm, "ready").json == does(crm, "ready").json
    assert makes(crm).json["state"] == "new"


@pytest.mark.parametrize(
    "changes",
    [{"template": "opening", "hold_back": 5}, {"sender": "meta:1"}, {"language": "en", "scope": "x"}],
)
def test_another_campaign_of_the_same_name_is_refused(crm, changes):
    makes(crm)

    refused = makes(crm, **changes)

    assert (refused.status_code, refused.json["type"]) == (409, "urn:inturn:problem:campaign-taken")


def test_no_one_is_added_to_what_is_complete_and_nothing_empty_is(crm):
    makes(crm)
    empty = does(crm, "ready")
    assert (empty.status_code, empty.json["type"]) == (409, "urn:inturn:problem:campaign-state")
    adds(crm, recipient(NUMBERS[0]))
    does(crm, "ready")

    late = adds(crm, recipient(NUMBERS[1]))
    assert (late.status_code, late.json["type"]) == (409, "urn:inturn:problem:campaign-state")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (recipient("nobody"), "number"),
        (recipient("telegram:77"), "number"),
        (recipient(NUMBERS[1], body=["Alia"]), "2 parameters"),
        (recipient(NUMBERS[1], body={"name": "Alia"}), "parameters"),
        (recipient(NUMBERS[1], body=["a\nb", "c"]), "line breaks"),
        (recipient(NUMBERS[1], header=None), "header"),
        (recipient(NUMBERS[1], header={"url": "https://villas.example/7.jpg"}), "header"),
        (recipient(NUMBERS[1], buttons=[]), "button"),
        (recipient(NUMBERS[1], buttons=[{"index": 0, "payload": "a"}]), "button"),
    ],
)
def test_if_one_recipient_is_wrong_none_is_added(crm, wrong, why):
    makes(crm)

    refused = adds(crm, recipient(NUMBERS[0]), wrong)

    assert (refused.status_code, refused.json["type"]) == (422, "urn:inturn:problem:invalid")
    (fault,) = refused.json["errors"]
    assert fault["where"] == "recipients.1"
    assert why in fault["what"]
    assert does(crm, "ready").status_code == 409


def test_a_file_comes_in_parts_with_the_columns_on_top_of_each(crm):
    makes(crm)

    def part(*lines, **query):
        text = "\n".join(("to,1,2,header,button_0,note", *lines))
        return crm.asks("POST", f"{THERE}/file", data=text, headers=CSV, query_string=query)

    assert part(f"{NUMBERS[0]},Alia,Thursday,you,7,x").status_code == 422
    first = part(f"{NUMBERS[0]},Alia,Thursday,you,7,x", f"{NUMBERS[0]},Alia,Thursday,you,7,y", ignore="note")
    assert first.json == {"added": 1, "known": 0}
    assert part(f"{NUMBERS[1]},Omar,Friday,you,7,", ignore="note, other").json["added"] == 1
    wrong = part(f"{NUMBERS[2]},Alia,Thursday,you,7,", "x,Alia,Thursday,you,7,", ignore="note")
    assert [one["where"] for one in wrong.json["errors"]] == ["line 3"]
    assert does(crm, "ready").json["total"] == 2


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"", "text/csv", 422),
        (b"\xff\xfe", "text/csv", 422),
        (b"\x00", "text/csv", 422),
        (b"to,to", "text/csv", 422),
        (b"to\n", "application/json", 415),
        (b"to\n", "", 415),
        (b"to" * 150_000, "text/csv", 413),
        (b'"' * 200_000, "text/csv", 422),
    ],
)
def test_what_is_no_file_of_customers_is_answered_as_what_it_is(crm, data, content_type, status):
    makes(crm)

    refused = crm.asks("POST", f"{THERE}/file", data=data, headers={"Content-Type": content_type})

    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")


def test_a_template_that_cannot_be_sent_is_refused_before_anything_is_kept(deployment, crm):
    for changes in ({"template": "unknown"}, {"language": "ar"}, {"sender": "twilio:+14155238886"}):
        assert makes(crm, **changes).json["errors"][0]["where"] == "template"
    makes(crm)
    knows(deployment, status="PAUSED")

    assert makes(crm, "/campaigns/other").status_code == 422
    assert "PAUSED" in adds(crm, recipient(NUMBERS[0])).json["errors"][0]["what"]


@pytest.mark.parametrize("name", ["Opening", "a" * 49, "-a", "a:b", "a|b", "%00", "opening.0"])
def test_names_are_parts_of_ids(deployment, crm, name):
    assert makes(crm, f"/campaigns/{name}").status_code == 422
    assert deployment.story.redis.exists("campaigns") == 0


@pytest.mark.parametrize("hold_back", [-1, 91, "x", 1.5])
def test_no_more_is_held_back_than_makes_sense(crm, hold_back):
    assert makes(crm, hold_back=hold_back).status_code == 422


# -- running it


def test_it_starts_and_pauses_however_often_it_is_asked_to(crm):
    loaded(crm)

    assert does(crm, "pause").json["type"] == "urn:inturn:problem:campaign-state"
    assert [does(crm, what).json["state"] for what in ("start", "start", "pause", "pause", "start")] == [
        "running",
        "running",
        "paused",
        "paused",
        "running",
    ]
    does(crm, "pause")
    shown = crm.gets(THERE).json
    assert (shown["why"], shown["started_at"] is None) == ("paused by api:crm", False)


def test_what_is_running_is_not_removed(crm):
    loaded(crm)
    does(crm, "start")
    assert crm.asks("DELETE", THERE).status_code == 409
    does(crm, "pause")

    assert crm.asks("DELETE", THERE).json["state"] == "removed"
    assert crm.asks("DELETE", THERE).status_code == 404
    assert crm.gets("/campaigns").json["campaigns"] == []
    # Its ids may still be known, so the name is taken for some days.
    assert makes(crm).status_code == 409


# -- reading it


def test_outcomes_come_page_by_page_and_name_the_events(crm):
    loaded(crm)

    pages = outcomes(crm, limit=3)

    assert [[one["customer"] for one in page] for page in pages] == [NUMBERS[:3], NUMBERS[3:6], NUMBERS[6:]]
    assert pages == [outcomes(crm)[0][at : at + 3] for at in (0, 3, 6)]
    assert (pages[0][0]["action_id"], pages[0][0]["state"]) == ("campaign:opening:1", "waiting")
    for cursor in ("x", crm.gets("/campaigns", limit=1).json["next"] or "y"):
        assert crm.gets(f"{THERE}/outcomes", cursor=cursor).status_code == 422


def test_a_cursor_is_that_of_one_campaign(crm):
    loaded(crm)
    cursor = crm.gets(f"{THERE}/outcomes", limit=3).json["next"]
    makes(crm, "/campaigns/other")

    assert crm.gets("/campaigns/other/outcomes", cursor=cursor).status_code == 422


def test_what_became_of_each_is_what_events_tell(deployment, crm):
    """The tokens are those that the fold of the events writes."""
    loaded(crm, NUMBERS[:3])
    does(crm, "start")
    at = int(deployment.story.clock.now().timestamp())
    seconds = base36(at)
    deployment.story.redis.hset(
        "campaign_outcomes:opening",
        mapping={"1": f"s{seconds};d{seconds};e{seconds},3600 USD;a{seconds}", "2": f"f{seconds},131026"},
    )

    (page,) = outcomes(crm)

    first, second, third = page
    assert (first["state"], first["cost"]) == ("delivered", {"micros": 3600, "currency": "USD"})
    assert first["sent_at"] == first["delivered_at"] == first["answered_at"] is not None
    assert (second["state"], second["reason"], third["state"]) == ("failed", "131026", "waiting")
    assert crm.gets(f"{THERE}/summary").json == {
        "rows": 3,
        "states": {"waiting": 1, "failed": 1, "delivered": 1},
        "answered": 1,
        "costs": [{"micros": 3600, "currency": "USD"}],
    }


def base36(number):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return base36(number // 36) + digits[number % 36] if number else ""


def test_only_one_client_at_a_time_is_told_the_sums(deployment, crm, monkeypatch):
    loaded(crm)
    begun, goes_on, first = Event(), Event(), []
    computed = Campaigns.summary

    def slow(campaigns, name):
        begun.set()
        assert goes_on.wait(10)
        return computed(campaigns, name)

    monkeypatch.setattr(Campaigns, "summary", slow)
    thread = Thread(target=lambda: first.append(crm.gets(f"{THERE}/summary")))
    thread.start()
    assert begun.wait(10)
    second = deployment.program().gets(f"{THERE}/summary")
    goes_on.set()
    thread.join()

    assert (second.status_code, second.json["type"]) == (429, "urn:inturn:problem:busy")
    assert int(second.headers["Retry-After"]) >= 1
    assert first[0].status_code == 200
    assert crm.gets(f"{THERE}/summary").json["states"] == {OutcomeState.WAITING: 7}


def test_campaigns_are_listed_the_newest_first(deployment, crm):
    for name in ("a", "b", "c"):
        makes(crm, f"/campaigns/{name}")
        deployment.story.clock.move(seconds=1)

    first = crm.gets("/campaigns", limit=2).json
    rest = crm.gets("/campaigns", limit=2, cursor=first["next"]).json
    assert [[one["name"] for one in page["campaigns"]] for page in (first, rest)] == [["c", "b"], ["a"]]
    assert rest["next"] is None
    assert crm.gets("/campaigns", cursor="x").status_code == 422


# -- several businesses


def test_a_token_sees_and_changes_the_campaigns_of_its_own_businesses_only(deployment, crm):
    loaded(crm)
    shop = deployment.program("shop")

    for there in (THERE, "/campaigns/nothing"):
        answers = [
            shop.gets(there),
            shop.gets(f"{there}/summary"),
            shop.gets(f"{there}/outcomes"),
            shop.asks("DELETE", there),
            adds(shop, recipient(NUMBERS[0]), there=there),
            shop.asks("POST", f"{there}/file", data="to", headers=CSV),
            *(does(shop, what, there) for what in ("ready", "start", "pause")),
        ]
        assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert shop.gets("/campaigns").json["campaigns"] == []
    assert makes(shop).status_code == 409
    for scope in ("-", "estate"):
        assert makes(shop, "/campaigns/ours", scope=scope).status_code == 404
    assert makes(shop, "/campaigns/ours").json["scope"] == "clinic"
    assert {one["name"] for one in crm.gets("/campaigns").json["campaigns"]} == {"opening", "ours"}
    assert [one["name"] for one in shop.gets("/campaigns").json["campaigns"]] == ["ours"]


def test_a_sender_that_is_known_to_be_of_another_business_is_refused(deployment):
    deployment.story.says("hello")
    shop = deployment.program("shop")

    refused = makes(shop)

    assert (refused.status_code, refused.json["errors"][0]["where"]) == (422, "sender")


def test_who_may_only_read_changes_nothing(deployment, crm):
    loaded(crm)
    reader = deployment.program("reader")

    assert reader.gets(THERE).status_code == 200
    for refused in (
        makes(reader),
        adds(reader, recipient(NUMBERS[0])),
        does(reader, "start"),
        reader.asks("DELETE", THERE),
    ):
        assert (refused.status_code, refused.json["type"]) == (403, "urn:inturn:problem:right")


def test_no_number_is_logged(crm, log):
    loaded(crm)
    adds(crm, recipient("+20100000000x"))
    outcomes(crm)

    assert not [line for line in log if "2010000000" in line]
