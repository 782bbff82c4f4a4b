"""Programs read conversations and act on them: the worker decides in the turn, and an agent is never overruled."""

import pytest

from session import State
from tests.stories.desk import ALIA
from tests.webhook.api.program import EVERYTHING, SECRETS, tokens

CUSTOMERS = [f"+2010000000{number:02}" for number in range(7)]


def helpful(turn):
    if "person" in turn.text:
        turn.escalate("wants a person")
        return
    turn.remember(budget=3_000_000)
    turn.reply(f"You said: {turn.text}")


@pytest.fixture
def deployment(deploy):
    return deploy(assistant=helpful, public_url="https://inturn.example")


@pytest.fixture
def there(deployment):
    """The address of a conversation."""
    deployment.story.says("hello")
    return f"/conversations/{deployment.pseudonym()}"


def test_a_conversation_is_shown_with_its_history_and_what_is_known(deployment, crm, there):
    shown = crm.gets(there).json

    assert (shown["customer"], shown["state"], shown["known"]) == (ALIA, "ACTIVE", {"budget": 3_000_000})
    assert [(one["role"], one["text"], one["state"]) for one in shown["history"]] == [
        ("user", "hello", None),
        ("assistant", "You said: hello", "sent"),
    ]
    assert (shown["messages"], shown["opted_out"], shown["sender"]) == (1, False, "meta:106540352242922")


def test_what_customers_send_as_files_can_be_fetched_for_a_while(deployment, crm, there):
    deployment.story.says("", kind="image")
    deployment.story.work()

    (said,) = [one for one in crm.gets(there).json["history"] if one["kind"] == "image"]
    (file,) = said["files"]

    address = file["url"].removeprefix("https://inturn.example")
    fetched = deployment.story.webhook.test_client().get(address)
    assert (fetched.status_code, fetched.mimetype) == (200, file["mime_type"])
    assert "stored" not in file
    assert "media" not in said["content"]
    deployment.story.clock.move(hours=29)
    assert deployment.story.webhook.test_client().get(address).status_code == 404


def test_a_conversation_is_found_by_its_customer(deployment, crm, there):
    def found(customer, **more):
        return crm.asks("POST", "/conversations/search", json={"customer": customer} | more)

    assert [one["id"] for one in found(ALIA).json["conversations"]] == [there.rpartition("/")[2]]
    assert found("+201009999999").json["conversations"] == []
    assert found(ALIA, scope="clinic").json["conversations"] == []
    assert found("nobody").json["errors"][0]["where"] == "customer"


def test_facts_change_in_a_turn(deployment, crm, there):
    changed = crm.asks(
        "PATCH", there, json={"known": {"stage": "won", "budget": None, "tags": ["a", {"b": 1}]}}
    )
    assert changed.status_code == 202
    assert crm.gets(there).json["known"] == {"budget": 3_000_000}

    deployment.story.work()

    assert crm.gets(there).json["known"] == {"stage": "won", "tags": ["a", {"b": 1}]}
    assert deployment.story.events()[-1]["by"] == "api:crm"


@pytest.mark.parametrize(
    "known", [{}, None, {"": 1}, {"x": "y" * 32_768}, {f"f{n}": 1 for n in range(51)}, []]
)
def test_facts_that_cannot_be_kept_are_refused(crm, there, known):
    assert crm.asks("PATCH", there, json={"known": known}).status_code == 422


def test_a_program_takes_over_answers_and_hands_back(deployment, crm, there):
    story = deployment.story
    crm.asks("POST", f"{there}/takeover", json={})
    story.says("is anybody there?")
    assert crm.gets(there).json["held_by"] == "api:crm"
    assert crm.gets("/conversations", list="waiting").json["conversations"][0]["customer"] == ALIA

    crm.sends(text="yes")
    story.work()
    assert (story.hears(), crm.gets(there).json["waiting_since"]) == (["You said: hello", "yes"], None)
    crm.asks("POST", f"{there}/hand-back")
    story.says("thanks")
    assert story.hears() == ["You said: thanks"]


def test_an_agent_is_not_overruled(deployment, crm, there):
    story = deployment.story
    story.agent("Mona").takes_over()

    tried = [crm.asks("POST", f"{there}/{path}") for path in ("hand-back", "close")]
    tried.append(crm.asks("POST", f"{there}/takeover", json={"holder": ""}))
    assert [outcome(crm, one) for one in tried] == ["accepted"] * 3
    story.work()
    assert story.session().held_by == "Mona"
    assert [outcome(crm, one) for one in tried] == ["declined: held"] * 3

    taken = crm.asks("POST", f"{there}/takeover", json={"holder": "Mona"})
    story.drains_only()
    assert outcome(crm, taken) == "accepted"
    story.work()
    assert (story.session().held_by, outcome(crm, taken)) == ("api:crm", "done")


def outcome(program, accepted):
    """What an action has come to."""
    assert accepted.status_code == 202
    found = program.gets(accepted.headers["Location"].removeprefix("/api/v1"))
    assert found.json["id"] == accepted.json["id"]
    return ": ".join(filter(None, (found.json["state"], found.json["reason"])))


def test_a_conversation_is_closed_and_forgotten(deployment, crm, there):
    crm.asks("POST", f"{there}/close")
    deployment.story.work()
    assert deployment.story.session().state is State.CLOSED

    forgotten = crm.asks("DELETE", there)
    assert forgotten.status_code == 202
    deployment.story.work()

    assert crm.gets(there).status_code == 404
    assert crm.gets(forgotten.headers["Location"].removeprefix("/api/v1")).status_code == 404
    assert not list(deployment.story.redis.scan_iter("*201001234567*"))


def test_what_is_not_there_cannot_be_changed(deployment, crm, there):
    nobody = f"/conversations/{deployment.pseudonym('+201009999999')}"

    for path in (nobody, "/conversations/x", f"/conversations/{crm.sends().json['id']}"):
        assert crm.gets(path).status_code == 404
        assert crm.asks("DELETE", path).status_code == 404
        assert crm.asks("PATCH", path, json={"known": {"a": 1}}).status_code == 404
        assert crm.asks("POST", f"{path}/close").status_code == 404
        assert crm.asks("POST", f"{path}/takeover", json={}).status_code == 404
    deployment.story.work()
    assert deployment.story.dead_letters() == []


# -- lists


def pages(program, **query):
    """The customers of each page."""
    found, cursor = [], ""
    while True:
        page = program.gets("/conversations", cursor=cursor, **query).json
        found.append([one["customer"] for one in page["conversations"]])
        cursor = page["next"]
        if cursor is None:
            return found


def test_the_latest_come_first_page_by_page(deployment, crm):
    for customer in CUSTOMERS:
        deployment.story.says("hello", customer)
        deployment.story.clock.move(seconds=1)

    assert pages(crm, limit=3) == [CUSTOMERS[:3:-1], CUSTOMERS[3:0:-1], CUSTOMERS[:1]]
    assert pages(crm) == [CUSTOMERS[::-1]]


def test_the_longest_wait_comes_first_page_by_page(deployment, crm):
    for customer in CUSTOMERS:
        deployment.story.says("a person, please", customer)
        deployment.story.clock.move(seconds=1)
    deployment.story.says("hello")

    assert pages(crm, list="waiting", limit=3) == [CUSTOMERS[:3], CUSTOMERS[3:6], CUSTOMERS[6:]]
    first = crm.gets("/conversations", list="waiting", limit=3).json
    deployment.story.agent("Mona").closes(CUSTOMERS[1])
    rest = crm.gets("/conversations", list="waiting", limit=9, cursor=first["next"]).json
    assert [one["customer"] for one in rest["conversations"]] == CUSTOMERS[3:]


def test_a_cursor_is_that_of_one_list(deployment, crm):
    for customer in CUSTOMERS:
        deployment.story.says("a person, please", customer)
    cursor = crm.gets("/conversations", limit=3).json["next"]

    for query in ({"list": "waiting"}, {"scope": "-"}):
        assert crm.gets("/conversations", cursor=cursor, **query).status_code == 422
    for wrong in ("x", cursor[:-2], deployment.pseudonym()):
        assert crm.gets("/conversations", cursor=wrong).status_code == 422


# -- several businesses


OURS, THEIRS = "+201000000001", "+201000000002"


@pytest.fixture
def businesses(deploy, tmp_path):
    """Two businesses, with a customer each and a program each."""
    senders = tmp_path / "senders.toml"
    senders.write_text(
        '[[sender]]\nsender = "meta:106540352242922"\nscope = "estate"\n'
        '[[sender]]\nsender = "twilio:+14155238886"\nscope = "clinic"\n'
    )
    both = tokens(crm=f"{EVERYTHING}:estate", shop=f"{EVERYTHING}:estate+clinic", reader="read")
    deployment = deploy(assistant=helpful, api_tokens=both, workers={"senders_file": senders})
    deployment.story.says("a person", customer=OURS)
    deployment.story.says("a person", customer=THEIRS, channel="twilio")
    return deployment


@pytest.mark.parametrize(
    ("name", "sees"), [("crm", {OURS}), ("shop", {OURS, THEIRS}), ("reader", {OURS, THEIRS})]
)
def test_a_token_sees_its_own_businesses(businesses, name, sees):
    program = businesses.program(name)

    for query in ({}, {"list": "waiting"}):
        assert {one for page in pages(program, **query) for one in page} == sees
    assert {one for page in pages(program, scope="clinic") for one in page} == sees & {THEIRS}


def test_a_customer_of_another_business_does_not_exist(businesses):
    crm = businesses.program("crm")
    foreign, nobody = businesses.pseudonym(THEIRS, "clinic"), businesses.pseudonym("+201999999999", "clinic")
    before = businesses.story.redis.xlen("intake")
    sent = businesses.program("shop").sends(to=THEIRS, text="a", scope="clinic").json["id"]
    businesses.story.work()

    for id_ in (foreign, nobody, "x"):
        there = f"/conversations/{id_}"
        answers = [
            crm.gets(there),
            crm.asks("PATCH", there, json={"known": {"a": 1}}),
            crm.asks("POST", f"{there}/close"),
            crm.asks("POST", f"{there}/hand-back"),
            crm.asks("POST", f"{there}/takeover", json={}),
            crm.asks("DELETE", there),
        ]
        assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert crm.gets(f"/messages/{sent}").status_code == 404
    assert crm.gets(f"/actions/{sent}").status_code == 404
    taken = businesses.program("shop").asks("POST", f"/conversations/{foreign}/takeover", json={}).json["id"]
    assert crm.gets(f"/actions/{taken}").status_code == 404
    businesses.story.work()
    for body in ({"scope": "clinic"}, {"scope": "-"}, {"to": f"clinic:{THEIRS}"}):
        assert crm.sends(**{"to": THEIRS, "text": "a"} | body).status_code == 404
    assert crm.asks("POST", "/conversations/search", json={"customer": THEIRS}).json["conversations"] == []
    assert businesses.story.redis.xlen("intake") == before


def test_a_token_of_several_businesses_names_one(businesses):
    shop = businesses.program("shop")

    refused = shop.sends(to=OURS, text="a")
    assert (refused.status_code, refused.json["errors"][0]["where"]) == (422, "scope")
    assert shop.sends(to=OURS, text="a", scope="estate").status_code == 202


def test_a_token_of_one_business_need_not_name_it_and_no_sender_of_another_is_used(businesses):
    crm = businesses.program("crm")

    sent, foreign = crm.sends(to=OURS, text="a"), crm.sends(to=OURS, text="b", sender="twilio:+14155238886")
    businesses.story.work()

    assert (crm.state(sent), crm.state(foreign)) == ("sent", "declined: sender")
    assert SECRETS["crm"]
