"""Supervisors make campaigns from a file, start and pause them, and read what became of each customer."""

import csv
import io
import re

import pytest

from session.campaigning import Campaigns
from session.campaigns import PAUSED_BY, Campaign, CampaignState, Recipient
from session.keys import Keys
from session.policy import Policy
from session.store import CampaignStore, Runner
from tests.stores import scripts_by
from tests.webhook.desk.office import token_in, words
from webhook.desk.attaching import UPLOADS
from webhook.desk.passwords import hash_of
from webhook.desk.shown_campaigns import why_of
from webhook.desk.words import Translator
from webhook.serving.environ import ASKED
from worker.campaigns import sending

PASSWORD = "a password of her own"
HASH = hash_of(PASSWORD, salt="saltsaltsalt")
AGENTS = f"Mona:{HASH}:agent,Boss:{HASH}:supervisor:estate,All:{HASH}:supervisor"
SENDER = "meta:106540352242922"
KEY = "meta:100000000000001|viewing_reminder|en"
GUESTS = "to,1,2,header\n+201000000001,Alia,10:00,Thursday\n+201000000002,Omar,11:00,Friday\n"
FORM = {"name": "guests", "template": KEY, "sender": SENDER, "hold_back": "0"}


@pytest.fixture
def office(open_office):
    """A system with templates and three agents."""
    office = open_office(desk_password=None, desk_agents=AGENTS)
    office.story.pulls_templates()
    return office


@pytest.fixture
def campaigns(office):
    """What the system has of campaigns."""
    clock = office.story.clock
    store = CampaignStore(scripts_by(clock), Keys(), Policy())
    return Campaigns(Runner(office.redis), store, shards=1, clock=clock)


@pytest.fixture
def boss(office):
    """A supervisor who sees everything."""
    return office.agent("All", PASSWORD)


def loads(agent, content=GUESTS, *, file="guests.csv", **fields):
    """Send the form of a new campaign, as a browser does."""
    page = agent.http.get("/desk/campaigns/new").text
    action = re.search(r'action="([^"]+campaigns/new\?may=[^"]+)"', page)[1]
    data = {"token": token_in(page), **FORM, **fields}
    if file:
        data["file"] = (io.BytesIO(content.encode("utf-8", "surrogateescape")), file)
    answer = agent.http.post(action, data=data, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    return answer


def acts(agent, act, name="guests"):
    page = agent.http.get("/desk/campaigns").text
    return agent.http.post(f"/desk/campaigns/c/{name}/{act}", data={"token": token_in(page)})


def errors_in(page):
    """The lines of a file that a page calls useless, with why."""
    found = re.findall(r'<th scope="row">([\d,]+)</th><td><bdi>(.*?)</bdi></td>', page)
    return {int(line.replace(",", "")): why for line, why in found}


# -- making one


def test_a_file_becomes_a_campaign_that_sends_nothing_before_it_is_started(office, boss, campaigns):
    assert "No campaigns yet." in boss.sees("/desk/campaigns")
    assert "viewing_reminder (en) – Meta to, 1, 2, header" in boss.sees("/desk/campaigns/new")

    page = boss.follows(loads(boss, hold_back="10"))

    made = campaigns.show("guests")
    assert (made.state, made.total, made.left_out, made.hold_back) == (CampaignState.NEW, 2, 0, 10)
    assert (made.template, made.language, made.sender, made.scope) == (
        "viewing_reminder",
        "en",
        SENDER,
        "",
    )
    assert made.by == "All"
    assert "not started yet" in page
    assert "0 of 2 gone through" in page
    assert "guests" in boss.sees("/desk/campaigns")
    assert office.redis.xlen("intake") == 0


def test_all_errors_of_a_file_are_shown_by_line_and_nothing_is_loaded(boss, campaigns):
    lines = ["to,1,2,header", "+201000000001,Alia,10:00,Thursday"]
    lines += ["nobody,Alia,10:00,Thursday", "+201000000002,,11:00,<b>Friday</b>", "+201000000003,a,b,c,d"]

    refused = loads(boss, "\n".join(lines))

    assert refused.status_code == 422
    assert list(errors_in(refused.text)) == [3, 4, 5]
    assert errors_in(refused.text)[4].startswith("1: ")
    assert "Lines that cannot be used: 3. Nothing was loaded." in words(refused.text)
    assert 'value="guests"' in refused.text
    assert campaigns.all() == []


def test_of_very_many_errors_the_first_are_shown(boss):
    refused = loads(boss, "to,1,2,header\n" + "nobody\n" * 1234)

    assert len(errors_in(refused.text)) == 200
    assert "Lines that cannot be used: 1,234." in words(refused.text)
    assert "and 1,034 further lines" in words(refused.text)


def test_useless_lines_are_left_out_on_request(boss, campaigns):
    content = GUESTS + "nobody,a,b,c\n+20 100 000 0001,Again,10:00,Thursday\n"

    assert loads(boss, content, skip_bad="1").status_code == 303

    assert (campaigns.show("guests").total, campaigns.show("guests").left_out) == (2, 2)
    assert "Lines left out 2" in boss.sees("/desk/campaigns/c/guests")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "No Name"}, "This is no name for a campaign."),
        ({"template": "meta:1|other|en"}, "This message template cannot be sent any more."),
        ({"sender": "106540352242922"}, "A sender is written as its channel, a colon, and its number or id."),
        ({"sender": "meta:"}, "A sender is written as"),
        ({"sender": "twilio:+14155238886"}, "of another channel than the sender"),
        ({"hold_back": "91"}, "The share is a number from 0 to 90."),
        ({"hold_back": "٩"}, "The share is a number from 0 to 90."),
        ({"file": ""}, "Choose a file."),
        ({"content": ""}, "This file cannot be used: the file is empty."),
        ({"content": "to,1,2,header,more\n"}, "unknown columns: more"),
        ({"content": "to,1,2,header\n"}, "No customer stands in this file."),
        ({"content": "\udcff\udcfe"}, "This file cannot be used"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_and_nothing_is_loaded(boss, campaigns, changes, why):
    refused = loads(boss, **changes)

    assert refused.status_code == 422
    assert why in words(refused.text)
    assert campaigns.all() == []


def test_columns_may_be_ignored(boss, campaigns):
    content = "to,1,2,header,city\n+201000000001,Alia,10:00,Thursday,Cairo\n"

    assert loads(boss, content, ignored=" city , else").status_code == 303

    assert campaigns.show("guests").total == 1


def test_a_taken_name_is_refused(boss, campaigns):
    loads(boss)

    again = loads(boss, "to,1,2,header\n+201000000009,Alia,10:00,Thursday\n")

    assert again.status_code == 409
    assert "There is a campaign with this name" in words(again.text)
    assert campaigns.show("guests").total == 2


# -- running it


def test_start_and_pause_twice_are_once(boss, campaigns):
    loads(boss)
    for act, state in (
        ("start", CampaignState.RUNNING),
        ("pause", CampaignState.PAUSED),
        ("start", CampaignState.RUNNING),
    ):
        started = campaigns.show("guests").started
        for _ in range(2):
            assert acts(boss, act).status_code == 303
        assert campaigns.show("guests").state is state
        assert started in (0, campaigns.show("guests").started)
    acts(boss, "pause")
    assert "Paused by All." in boss.sees("/desk/campaigns/c/guests")


def test_what_a_campaign_cannot_do_is_said(boss, campaigns):
    loads(boss)

    refused = acts(boss, "pause")

    assert refused.status_code == 409
    assert "The campaign cannot do this as it is at present." in words(refused.text)
    assert campaigns.show("guests").state is CampaignState.NEW
    acts(boss, "start")
    assert acts(boss, "remove").status_code == 409
    acts(boss, "pause")
    assert acts(boss, "remove").status_code == 303
    assert campaigns.all() == []
    assert acts(boss, "remove").status_code == 404
    assert acts(boss, "sing").status_code == 404


def test_the_table_and_its_csv_have_a_line_for_each_customer(boss, campaigns):
    recipients = [Recipient(customer=f"+20100000{n:04}", body=("a", "b"), header="c") for n in range(1, 121)]
    made = Campaign(name="many", template="viewing_reminder", language="en", sender=SENDER, hold_back=50)
    campaigns.new(made, recipients)

    first = boss.http.get("/desk/campaigns/c/many").text
    assert re.findall(r"<td>(\d+)</td>", first) == [str(n) for n in range(1, 51)]
    assert "held back" in words(first)
    rest = boss.http.get("/desk/campaigns/c/many?after=100").text
    assert re.findall(r"<td>(\d+)</td>", rest) == [str(n) for n in range(101, 121)]
    assert boss.http.get("/desk/campaigns/c/many?after=-5&x=y").status_code == 200
    assert boss.http.get("/desk/campaigns/c/many?after=99999999999999999999").status_code == 200

    answer = boss.http.get("/desk/campaigns/c/many/outcomes.csv")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="many.csv"'
    assert [one["customer"] for one in table] == [one.customer for one in recipients]
    assert {one["state"] for one in table} == {"waiting", "held_back"}


def test_the_chart_is_a_picture_in_the_language_of_the_agent(boss, campaigns):
    loads(boss)
    campaigns.start("guests")
    boss.posts("/desk/language", language="ar")

    page = boss.http.get("/desk/campaigns/c/guests").text
    answer = boss.http.get(re.search(r'src="([^"]+chart\.svg[^"]*)"', page)[1].replace("&amp;", "&"))

    assert answer.mimetype == "image/svg+xml"
    assert "وصلت 0" in answer.text
    assert "script" not in answer.text


def test_one_that_waits_can_be_looked_at_at_once(office, boss, campaigns):
    loads(boss)
    acts(boss, "start")
    assert "Look again now" not in boss.sees("/desk/campaigns/c/guests")
    raw = office.redis.hget("campaigns", "guests")
    waits = raw.replace('"why":""', '"why":"outside the hours of the sender"')
    office.redis.hset("campaigns", "guests", waits)
    office.redis.zadd("due", {"campaign|guests": 5000000000000})
    assert "Look again now" in boss.sees("/desk/campaigns/c/guests")

    acts(boss, "start")

    assert office.redis.zscore("due", "campaign|guests") < 5000000000000


def test_the_page_follows_what_is_sent(office, boss, campaigns):
    loads(boss)
    acts(boss, "start")
    assert "0 of 2 gone through" in boss.sees("/desk/campaigns/c/guests")
    office.story.waits(seconds=10)
    office.story.waits(seconds=10)  # what became of them is noted with the next sweep

    page = boss.http.get("/desk/campaigns/c/guests").text

    assert "2 of 2 gone through" in words(page)
    assert len(office.story.receives("+201000000001")) == 1
    (conversation, _) = re.findall(r'<th scope="row"><a href="([^"]+)">', page)
    assert "Campaign guests Your viewing on Thursday" in boss.sees(conversation)
    assert "Campaign guests: a message template" in boss.sees("/desk/?tab=assistant")


def test_what_takes_long_to_read_is_read_again_after_a_moment(office, boss, campaigns):
    made = Campaign(name="many", template="viewing_reminder", language="en", sender=SENDER)
    campaigns.new(
        made, [Recipient(customer=f"+20100000{n:04}", body=("a", "b"), header="c") for n in range(4000)]
    )
    page = "/desk/campaigns/c/many"
    assert "4,000 waiting" in boss.sees(page)
    office.redis.hset(Keys().shard(0).outcomes("many"), "7", "s1")

    assert "4,000 waiting" in boss.sees(page)
    office.story.clock.move(seconds=2)
    assert "3,999 waiting 1 sent" in boss.sees(page)


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        (PAUSED_BY + "Mona: Said", "Paused by Mona: Said."),
        *((why.format(2000), "It waits: ") for why in sending._WAITS.values()),
        ("outside the hours of the sender", "It waits for the hours of the sender."),
        ("the server is full", "It waits: the store is full."),
        ("meta:1 is not a sender of this business that can send", "meta:1 is not a sender of this business"),
        ("the template a (en) is PAUSED: low quality", "The template a (en) is PAUSED: low quality."),
        ("meta has no template a (en)", "There is no template a (en)."),
        ("anything {else}", "anything {else}"),
    ],
)
def test_why_a_campaign_waits_is_said_in_words(why, shown):
    key, values = why_of(why)

    assert Translator("en")(key, **values).startswith(shown)


# -- who may


def paths(office):
    """All routes of campaigns, with the methods that they take."""
    for rule in office.app.url_map.iter_rules():
        if rule.endpoint.startswith("desk.campaign"):
            path = rule.rule.replace("<name>", "guests").replace("<act>", "start")
            yield path, min(rule.methods & {"GET", "POST"})


def test_an_agent_who_is_no_supervisor_is_refused_everywhere(office, boss, campaigns):
    loads(boss)
    mona = office.agent("Mona", PASSWORD)
    walked = 0
    for path, method in paths(office):
        answer = mona.http.open(
            path, method=method, data={"token": mona.token()} if method == "POST" else None
        )
        assert answer.status_code == 403, path
        assert "Only a supervisor may do this." in words(answer.text)
        walked += 1
    assert walked >= 7
    assert "campaigns" not in mona.http.get("/desk/").text
    assert campaigns.show("guests").state is CampaignState.NEW


def test_a_file_of_who_may_not_is_not_read(office):
    mona = office.agent("Mona", PASSWORD)
    body = io.BytesIO(b"--b\r\n" + bytes(100_000))

    for environ in ({}, {ASKED: True}):
        answered = mona.http.post(
            "/desk/campaigns/new?may=forged",
            input_stream=body,
            content_type="multipart/form-data; boundary=b",
            environ_overrides=environ,
        )
        assert answered.status_code == 403
    assert body.tell() == 0
    assert UPLOADS.path.fullmatch("/desk/campaigns/new")


def test_a_form_of_another_site_does_nothing(boss, campaigns):
    loads(boss)

    for path in ("/desk/campaigns/c/guests/start", "/desk/campaigns/new"):
        assert boss.http.post(path, data={"token": "forged"}).status_code == 403

    assert campaigns.show("guests").state is CampaignState.NEW


def test_an_agent_with_scopes_has_the_campaigns_of_these_scopes_only(office, campaigns):
    for name, scope in (("ours", "estate"), ("theirs", "clinic"), ("main", "")):
        made = Campaign(name=name, template="viewing_reminder", language="en", sender=SENDER, scope=scope)
        campaigns.new(made, [Recipient(customer="+201000000001", body=("a", "b"), header="c")])
    boss = office.agent("Boss", PASSWORD)

    page = boss.sees("/desk/campaigns")
    assert "ours" in page
    assert "theirs" not in page
    for name in ("theirs", "main", "nothing"):
        for path in (f"c/{name}", f"c/{name}/outcomes.csv", f"c/{name}/chart.svg"):
            assert boss.http.get(f"/desk/campaigns/{path}").status_code == 404
        for act in ("start", "pause", "remove"):
            assert acts(boss, act, name).status_code == 404
    assert acts(boss, "start", "ours").status_code == 303
    assert campaigns.show("theirs").state is CampaignState.NEW


def test_a_new_campaign_is_of_a_scope_of_the_agent(office, campaigns):
    boss = office.agent("Boss", PASSWORD)

    assert loads(boss).status_code == 303
    assert campaigns.show("guests").scope == "estate"
    for scope in ("clinic", "-"):
        refused = loads(boss, name="more", scope=scope)
        assert refused.status_code == 422
        assert "This is not a business of yours" in words(refused.text)


def test_a_sender_is_not_used_for_another_business(office, campaigns, boss):
    office.story.says("hello")
    page = boss.http.get("/desk/campaigns/new").text
    assert f'<option value="{SENDER}">' in page

    refused = loads(office.agent("Boss", PASSWORD))

    assert refused.status_code == 422
    assert "the sender is of another one" in words(refused.text)
    assert campaigns.all() == []


def test_an_arabic_page_has_no_english_of_the_system(boss):
    loads(boss)
    boss.posts("/desk/language", language="ar")

    for path in ("/desk/campaigns", "/desk/campaigns/c/guests"):
        latin = set(re.findall(r"[A-Za-z_]{2,}", boss.sees(path)))
        assert latin <= {"Inturn", "English", "UTC", "CSV", "guests", "viewing_reminder", "en", "meta", "All"}
