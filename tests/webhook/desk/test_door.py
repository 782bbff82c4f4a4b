"""Who comes in, for how long, and what the browser is told."""

import subprocess
import sys

import pytest

from session.errors import SettingsError
from tests.clocks import ManualClock
from tests.webhook.desk.office import PASSWORD, token_in
from tests.webhook.edge import SETTINGS, WrittenDown
from webhook.app import create_app as create_webhook
from webhook.desk import create_app
from webhook.desk.passwords import hash_of
from webhook.desk.settings import DeskSettings
from webhook.settings import WebhookSettings

PAGES = ["/desk/", "/desk/search", "/desk/c/anything", "/desk/stream"]
MONA = hash_of("mona's own password", salt="saltsaltsalt")
KARIM = hash_of("karim's own password", salt="pepperpepper")


def desk_settings(**more):
    return DeskSettings(_env_file=None, **more)


def webhook(fake, desk=None):
    return create_webhook(
        WebhookSettings(**SETTINGS), client=fake, wake=WrittenDown(), clock=ManualClock(), desk_settings=desk
    ).test_client()


# -- on and off


def test_without_a_password_and_without_agents_there_is_no_desk(fake):
    client = webhook(fake, desk_settings())

    assert [client.get(path).status_code for path in (*PAGES, "/desk/login")] == [404] * 5
    with pytest.raises(SettingsError, match="DESK_PASSWORD or DESK_AGENTS"):
        create_app(desk_settings(), client=fake)


def test_the_webhook_serves_it_where_it_is_switched_on(fake):
    client = webhook(fake, desk_settings(desk_password=PASSWORD))

    assert client.get("/desk/login").status_code == 200
    assert client.get("/desk/").status_code == 303
    with client.get("/desk/static/desk.css") as sheet:
        assert sheet.status_code == 200
    fake.flushall()


def test_as_a_process_of_its_own_it_leads_to_itself(office):
    visitor = office.visitor().http

    assert visitor.get("/").location == "/desk/"
    assert visitor.get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_anything_before_signing_in(office, path):
    answer = office.visitor().http.get(path)

    assert answer.status_code in (303, 401)
    assert "One moment" not in answer.text


# -- signing in


def test_an_agent_signs_in_with_the_shared_password_and_a_name(office):
    agent = office.visitor()

    assert agent.signs_in("Mona", "wrong horse battery").status_code == 401
    assert agent.signs_in("", PASSWORD).status_code == 401
    assert agent.signs_in("  Mona   Said ", PASSWORD).status_code == 303
    assert "Mona Said" in agent.sees()


def test_nobody_may_be_called_what_the_house_calls_the_business_phone(office):
    assert office.visitor().signs_in("Phone", PASSWORD).status_code == 401


def test_listed_agents_have_passwords_of_their_own(open_office):
    office = open_office(desk_password=None, desk_agents=f"Mona:{MONA}, Karim Adel:{KARIM}")

    assert office.visitor().signs_in("Mona", "karim's own password").status_code == 401
    assert office.visitor().signs_in("Nobody", "mona's own password").status_code == 401
    agent = office.visitor()
    assert agent.signs_in("karim ADEL", "karim's own password").status_code == 303
    assert "Karim Adel" in agent.sees()


def test_a_session_ends_in_time_and_by_signing_out(open_office):
    office = open_office(desk_session_hours=8)
    agent, other = office.agent("Mona"), office.agent("Karim")

    office.story.clock.move(hours=7, minutes=59)
    assert agent.http.get("/desk/").status_code == 200
    agent.posts("/desk/logout")
    assert agent.http.get("/desk/").status_code == 303
    assert other.http.get("/desk/").status_code == 200
    office.story.clock.move(minutes=1)
    assert other.http.get("/desk/").status_code == 303


def test_after_signing_in_one_is_where_one_wanted_to_be_but_never_elsewhere(office):
    agent = office.visitor()
    asked = agent.http.get("/desk/c/some-pseudonym")
    assert asked.location == "/desk/login?back=/desk/c/some-pseudonym"

    for back, lands in [
        ("/desk/c/some-pseudonym", "/desk/c/some-pseudonym"),
        ("https://evil.example/desk/", "/desk/"),
        ("//evil.example/desk/", "/desk/"),
        ("/desk/\\evil.example", "/desk/"),
        ("/desk/login", "/desk/"),
    ]:
        visitor = office.visitor().http
        token = token_in(visitor.get("/desk/login").text)
        form = {"token": token, "name": "Mona", "password": PASSWORD, "back": back}
        assert visitor.post("/desk/login", data=form).location == lands


def test_who_acts_after_the_session_has_ended_comes_back_to_the_conversation(office):
    office.story.says("a person, please")
    path = f"/desk/c/{office.pseudonym()}"

    assert office.visitor().http.post(f"{path}/close").location == f"/desk/login?back={path}"


# -- forms of other sites


def test_a_form_without_our_token_does_nothing(office):
    office.story.says("a person, please")
    agent = office.agent()
    path = f"/desk/c/{office.pseudonym()}/take_over"

    for token in ("", "0" * 64, office.agent("Karim").token()):
        answer = agent.http.post(path, data={"id": "action-id-77", "token": token})
        assert answer.status_code == 403
    assert agent.http.post("/desk/logout").status_code == 403
    office.story.work()
    assert office.story.session().held_by is None


def test_signing_in_needs_the_token_of_its_form_too(office):
    answer = office.visitor().http.post("/desk/login", data={"name": "Mona", "password": PASSWORD})

    assert answer.status_code == 403


# -- what the browser may do


def test_every_page_forbids_what_it_does_not_need(office):
    agent = office.agent()

    for path in ("/desk/", "/desk/login", "/desk/c/unknown", "/desk/static/desk.js"):
        with agent.http.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        if "static" not in path:
            assert headers["Cache-Control"] == "no-store"


def test_no_page_has_script_or_style_in_it(office):
    office.story.says("a person, please")
    agent = office.agent()

    for page in (agent.http.get("/desk/"), agent.page(), office.visitor().http.get("/desk/login")):
        assert "<script>" not in page.text
        assert " style=" not in page.text
        assert " onclick" not in page.text


def test_an_agent_chooses_arabic(office):
    agent = office.agent()
    assert '<html lang="en" dir="ltr">' in agent.http.get("/desk/").text

    agent.posts("/desk/language", language="ar")

    assert '<html lang="ar" dir="rtl">' in agent.http.get("/desk/").text
    assert "المحادثات" in agent.http.get("/desk/").text


def test_a_browser_that_prefers_arabic_gets_it(office):
    page = office.visitor().http.get("/desk/login", headers={"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.5"})

    assert '<html lang="ar" dir="rtl">' in page.text


# -- settings


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"desk_password": "short"}, "at least 12"),
        ({"desk_agents": "Mona:secret"}, "needs a hash"),
        ({"desk_agents": f"Phone:{MONA}"}, "none of them `phone`"),
        ({"desk_agents": f"Mona:{MONA},mona:{KARIM}"}, "none of them twice"),
        ({"desk_agents": f"Mona:{MONA}:boss"}, "`agent` or `supervisor`"),
        ({"desk_agents": f"Mona:{MONA}:agent:one:two"}, "`agent` or `supervisor`"),
        ({"desk_agents": f"Mona:{MONA}:agent:one++two"}, "has scopes"),
        ({"desk_agents": f"Mona:{MONA}:agent:One"}, "has scopes"),
        ({"desk_agents": f"Mona:{MONA}", "desk_password": PASSWORD}, "either DESK_PASSWORD or DESK_AGENTS"),
    ],
)
def test_wrong_settings_are_named(settings, says):
    with pytest.raises(ValueError, match=says):
        desk_settings(**settings)


def test_agents_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("DESK_AGENTS", f"Mona:{MONA},Karim Adel:{KARIM}")

    settings = DeskSettings.load()

    assert list(settings.desk_agents) == ["Mona", "Karim Adel"]
    assert {(one.rank, one.scopes) for one in settings.desk_agents.values()} == {("supervisor", None)}
    assert MONA not in repr(settings)


def test_an_agent_may_have_a_rank_and_scopes():
    listed = f"Mona:{MONA}:agent:estate+-,Karim:{KARIM}:supervisor"

    agents = desk_settings(desk_agents=listed).desk_agents

    assert (agents["Mona"].rank, agents["Mona"].scopes) == ("agent", {"estate", ""})
    assert (agents["Karim"].rank, agents["Karim"].scopes) == ("supervisor", None)


def test_the_command_makes_a_hash_that_can_be_pasted(monkeypatch):
    command = [sys.executable, "-m", "webhook.desk.passwords", "Karim", "Adel"]
    made = subprocess.run(command, input="a long password\n", capture_output=True, text=True, check=True)

    monkeypatch.setenv("DESK_AGENTS", made.stdout.strip())
    assert list(DeskSettings.load().desk_agents) == ["Karim Adel"]
    assert not set(made.stdout) & set("$'\"`\\")


@pytest.mark.parametrize(
    ("options", "rank", "scopes"),
    [
        ([], "supervisor", None),
        (["--rank", "agent"], "agent", None),
        (["--scopes", "estate+-"], "agent", {"estate", ""}),
        (["--rank", "supervisor", "--scopes", "estate"], "supervisor", {"estate"}),
    ],
)
def test_the_command_writes_rank_and_scopes_too(monkeypatch, options, rank, scopes):
    command = [sys.executable, "-m", "webhook.desk.passwords", "Mona", *options]
    made = subprocess.run(command, input="a long password\n", capture_output=True, text=True, check=True)

    mona = desk_settings(desk_agents=made.stdout.strip()).desk_agents["Mona"]
    assert (mona.rank, mona.scopes) == (rank, scopes)


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("", "a long password", 2), ("a:b", "a long password", 2), ("Mona", "eleven long", 1)],
)
def test_the_command_refuses_what_could_not_be_used(name, password, status):
    command = [sys.executable, "-m", "webhook.desk.passwords", name]

    assert (
        subprocess.run(command, input=password, capture_output=True, text=True, check=False).returncode
        == status
    )


# -- faults


def test_without_redis_the_desk_says_so(closed_port):
    client = create_app(
        desk_settings(desk_password=PASSWORD, redis_url=f"redis://127.0.0.1:{closed_port}/0")
    ).test_client()
    client.set_cookie("inturn_desk", "whatever-it-may-be", path="/desk")

    for ask in (
        lambda: client.get("/desk/"),
        lambda: client.get("/desk/login"),
        lambda: client.post("/desk/login"),
    ):
        answer = ask()
        assert answer.status_code == 503
        assert "The store is not available" in answer.text


def test_what_is_logged_names_no_customer_and_no_password(office, log):
    office.story.says("a person, please")
    office.visitor().signs_in("Mona", "guess the password")
    agent = office.agent()
    agent.does("answer", text="a text of the agent", keeps="1")
    agent.finds("+201001234567")

    logged = "".join(line for line in log if not line.startswith("DEBUG"))
    assert "an agent acts" in logged
    for secret in ("201001234567", "a text of the agent", "guess the password", PASSWORD):
        assert secret not in logged
