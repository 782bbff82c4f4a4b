"""Several businesses at one desk: an agent sees, answers and forgets only in the agent's own scopes."""

import json
import re
from datetime import timedelta

import pytest

from session.agent_actions import AgentActionType
from session.conversations import conversation_of
from session.messages import Route
from tests.webhook.desk.office import buttons_in, words
from webhook.desk.agents import Agent
from webhook.desk.passwords import hash_of

PASSWORD = "a password of her own"
HASH = hash_of(PASSWORD, salt="saltsaltsalt")
OURS, THEIRS = "+201000000001", "+201000000002"
AGENTS = f"Mona:{HASH}:agent:estate,Boss:{HASH}:supervisor:estate,Karim:{HASH}:agent,All:{HASH}"


@pytest.fixture
def office(open_office, tmp_path):
    """A system with two businesses; one customer of each waits for an agent."""
    senders = tmp_path / "senders.toml"
    senders.write_text(
        '[[sender]]\nsender = "meta:106540352242922"\nscope = "estate"\n'
        '[[sender]]\nsender = "twilio:+14155238886"\nscope = "clinic"\n'
    )
    office = open_office(desk_password=None, desk_agents=AGENTS, workers={"senders_file": senders})
    office.story.says("a person, please", customer=OURS, name="Ours")
    office.story.says("a person, please", customer=THEIRS, name="Theirs", channel="twilio")
    return office


def stored_data(office):
    """Everything in Redis that an action could have changed."""
    return {
        key: office.redis.dump(key)
        for key in office.redis.scan_iter("*")
        if "whatsapp" in key or key == "intake"
    }


@pytest.mark.parametrize(
    ("name", "sees"), [("Mona", ["Ours"]), ("Boss", ["Ours"]), ("All", ["Ours", "Theirs"])]
)
def test_lists_and_searches_show_only_the_scopes_of_the_agent(office, name, sees):
    agent = office.agent(name, PASSWORD)

    assert sorted(agent.rows()) == sees
    for query in ("+20100000000", "person", "Theirs", THEIRS, OURS):
        assert set(agent.finds(query)) <= set(sees)
    assert set(agent.finds("20100000000")) == set(sees)
    page = agent.http.get("/desk/").text
    assert f'data-waiting="{len(sees)}"' in page
    assert ("clinic" in words(page)) is ("Theirs" in sees)
    assert agent.rows(scope="clinic") == [one for one in sees if one == "Theirs"]


def test_on_every_route_a_conversation_of_another_scope_does_not_exist(office):
    mona = office.agent("Mona", PASSWORD)
    pseudonyms = {
        "foreign": office.pseudonym(THEIRS, "clinic"),
        "none": office.pseudonym("+201999999999", "clinic"),
        "bad": "x",
    }
    before = stored_data(office)
    walked = set()
    for rule in office.app.url_map.iter_rules():
        if "pseudonym" not in rule.arguments:
            continue
        for action_type in AgentActionType if "action_type" in rule.arguments else [None]:
            answers = {}
            for kind, pseudonym in pseudonyms.items():
                path = rule.rule.replace("<pseudonym>", pseudonym).replace("<action_type>", action_type or "")
                form = {"id": "action-id-77", "text": "hello", "keeps": "1", "holder": ""}
                answer = mona.http.get(path) if action_type is None else mona.posts(path, **form)
                answers[kind] = (answer.status_code, words(answer.text))
            assert answers["foreign"][0] == 404, (rule, action_type)
            assert len(set(answers.values())) == 1, "nobody learns which conversations there are"
            walked.add((rule.endpoint, action_type))

    assert {("desk.conversation", None), ("desk.act", "answer"), ("desk.act", "forget")} <= walked
    assert stored_data(office) == before


def test_an_agent_acts_in_their_own_scope(office):
    mona = office.agent("Mona", PASSWORD)
    pseudonym = office.pseudonym(OURS, "estate")

    answer = mona.posts(f"/desk/c/{pseudonym}/answer", id="action-id-77", text="Hello, Mona here.", keeps="1")
    office.story.work()

    assert "Mona here." in mona.follows(answer)
    assert office.story.hears(OURS)[-1] == "Hello, Mona here."


def test_an_open_page_is_told_only_of_its_own_scopes(office):
    mona, both = office.agent("Mona", PASSWORD), office.agent("All", PASSWORD)
    streams = [agent.listens() for agent in (mona, both)]
    told = [stream.iter_encoded() for stream in streams]
    for one in told:
        next(one)
    # Who listens first is told when the reader has begun: what happens from here on is read.
    while '"anything": true' not in next(told[0]).decode():
        pass

    office.story.says("hello?", customer=THEIRS, channel="twilio")
    office.story.says("hello?", customer=OURS)

    def named(told, wanted):
        found = set()
        while not wanted <= found:
            data = next(told).decode().partition("data: ")[2]
            found |= set(json.loads(data)["conversations"]) if data else set()
        return found

    ours, theirs = office.pseudonym(OURS, "estate"), office.pseudonym(THEIRS, "clinic")
    assert named(told[0], {ours}) == {ours}
    assert named(told[1], {ours, theirs}) == {ours, theirs}
    for stream in streams:
        stream.close()


def test_only_a_supervisor_forgets(office):
    path = f"/desk/c/{office.pseudonym(OURS, 'estate')}"
    karim, boss = office.agent("Karim", PASSWORD), office.agent("Boss", PASSWORD)
    assert "forget" not in buttons_in(karim.http.get(path).text)
    assert "forget" in buttons_in(boss.http.get(path).text)

    answer = karim.posts(f"{path}/forget", id="action-id-77")
    office.story.work()
    assert answer.status_code == 403
    assert "Only a supervisor may do this." in answer.text
    assert boss.http.get(path).status_code == 200

    boss.posts(f"{path}/forget", id="action-id-78")
    office.story.work()
    assert boss.http.get(path).status_code == 404


@pytest.mark.parametrize(
    ("scopes", "covered"),
    [
        (None, ["", "estate", "estate-2"]),
        ({""}, [""]),
        ({"estate"}, ["estate"]),
        ({"", "estate-2"}, ["", "estate-2"]),
    ],
)
def test_scopes_are_compared_by_their_whole_names(scopes, covered):
    agent = Agent(name="Mona", scopes=scopes)

    found = [scope for scope in ("", "estate", "estate-2") if agent.covers(conversation_of(OURS, scope))]
    assert found == covered


def test_an_agent_with_scopes_sees_how_many_wait_there(office):
    for number in range(3):
        office.story.says("a person, please", customer=f"+20100000010{number}", channel="twilio")

    assert 'data-waiting="1"' in office.agent("Mona", PASSWORD).http.get("/desk/").text
    assert 'data-waiting="5"' in office.agent("All", PASSWORD).http.get("/desk/").text


def test_an_agent_with_scopes_sees_only_paused_senders_of_their_customers(office):
    until = office.story.clock.now() + timedelta(seconds=30)
    for channel, sender in (("meta", "106540352242922"), ("twilio", "+14155238886")):
        route = Route(channel=channel, sender=sender, address="x")
        office.story.pauses.pause(route, until=until, code="190", words="the token has expired")

    for name, sees in (
        ("Mona", ["meta:106540352242922"]),
        ("All", ["meta:106540352242922", "twilio:+14155238886"]),
    ):
        page = words(office.agent(name, PASSWORD).http.get("/desk/").text)
        assert re.findall(r"through the sender (\S+)", page) == sees
