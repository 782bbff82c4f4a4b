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
from webhook.desk.throttle import PER_ADDRESS, PER_NAME, WINDOW, Throttle
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


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(office):
    agent = office.visitor()
    plain = agent.signs_in("Mona", PASSWORD).headers["Set-Cookie"]
    secure = office.visitor().signs_in("Mona", PASSWORD, headers={"X-Forwarded-Proto": "https"})

    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Path=/desk" in plain
    assert "Secure" not in plain
    assert "Secure" in secure.headers["Set-Cookie"]


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


def test_a_changed_password_ends_the_sessions_that_began_with_the_old_one(open_office):
    office = open_office()
    cookie = office.agent("Mona").http.get_cookie("inturn_desk", path="/desk").value
    same, other = (
        create_app(
            desk_settings(desk_password=password), client=office.redis, clock=office.story.clock
        ).test_client()
        for password in (PASSWORD, "another password altogether")
    )

    for client in (same, other):
        client.set_cookie("inturn_desk", cookie, path="/desk")
    assert same.get("/desk/").status_code == 200, "another process knows the cookie"
    assert other.get("/desk/").status_code == 303


@pytest.mark.parametrize("bad", ["", "nonsense", "a.b", "é.ü", "eyJhZ2VudCI6Ik1vbmEifQ==." + "0" * 64])
def test_a_forged_cookie_opens_nothing(office, bad):
    visitor = office.visitor().http
    visitor.set_cookie("inturn_desk", bad, path="/desk")

    assert visitor.get("/desk/").status_code == 303


def test_after_signing_in_one_is_where_one_wanted_to_be_but_never_elsewhere(office):
    agent = office.visitor()
    asked = agent.http.get("/desk/c/some-alias")
    assert asked.location == "/desk/login?back=/desk/c/some-alias"

    for back, lands in [
        ("/desk/c/some-alias", "/desk/c/some-alias"),
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
    path = f"/desk/c/{office.alias()}"

    assert office.visitor().http.post(f"{path}/close").location == f"/desk/login?back={path}"


# -- forms of other sites


def test_a_form_without_our_token_does_nothing(office):
    office.story.says("a person, please")
    agent = office.agent()
    path = f"/desk/c/{office.alias()}/take_over"

    for token in ("", "0" * 64, office.agent("Karim").token()):
        answer = agent.http.post(path, data={"id": "action-id-77", "token": token})
        assert answer.status_code == 403
    assert agent.http.post("/desk/logout").status_code == 403
    office.story.work()
    assert office.story.session().held_by is None


def test_signing_in_needs_the_token_of_its_form_too(office):
    answer = office.visitor().http.post("/desk/login", data={"name": "Mona", "password": PASSWORD})

    assert answer.status_code == 403


# -- guessing


def test_a_name_that_is_tried_too_often_must_wait(office):
    guesser, mona = office.visitor(), office.visitor()
    for _ in range(PER_NAME):
        assert guesser.signs_in("Mona", "guess").status_code == 401

    assert mona.signs_in("mona", PASSWORD).status_code == 429, "even with the right password"
    assert office.visitor().signs_in("Karim", PASSWORD).status_code == 303
    office.story.clock.move(WINDOW)
    assert mona.signs_in("Mona", PASSWORD).status_code == 303


def test_an_address_that_tries_many_names_must_wait(open_office):
    office = open_office(desk_proxies=1)
    guesser = office.visitor()
    for number in range(PER_ADDRESS):
        guesser.signs_in(
            f"Agent {number}", "guess", headers={"X-Forwarded-For": f"6.6.6.{number}, 203.0.113.9"}
        )

    def tried_from(address):
        return guesser.signs_in(
            "Mona", PASSWORD, headers={"X-Forwarded-For": f"1.2.3.4, {address}"}
        ).status_code

    assert tried_from("203.0.113.9") == 429, "what the client itself claims is not believed"
    assert tried_from("203.0.113.10") == 303


def test_failures_are_forgotten_one_by_one(clock):
    throttle = Throttle(clock)
    for _ in range(PER_NAME):
        throttle.failed(name="Mona", address="a")
        clock.move(minutes=1)

    assert throttle.wait_for(name="Mona", address="b").total_seconds() == 60 * (15 - PER_NAME)
    clock.move(minutes=15 - PER_NAME)
    assert not throttle.wait_for(name="Mona", address="b")


def test_a_right_password_clears_the_name(clock):
    throttle = Throttle(clock)
    for _ in range(PER_NAME):
        throttle.failed(name="Mona", address="a")
    throttle.succeeded(name="mona")

    assert not throttle.wait_for(name="Mona", address="a")


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
    assert MONA not in repr(settings)


def test_the_command_makes_a_hash_that_can_be_pasted(monkeypatch):
    command = [sys.executable, "-m", "webhook.desk.passwords", "Karim", "Adel"]
    made = subprocess.run(command, input="a long password\n", capture_output=True, text=True, check=True)

    monkeypatch.setenv("DESK_AGENTS", made.stdout.strip())
    assert list(DeskSettings.load().desk_agents) == ["Karim Adel"]
    assert not set(made.stdout) & set("$'\"`\\")


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("", "a long password", 2), ("a:b", "a long password", 2), ("Mona", "short", 1)],
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
    client.set_cookie("inturn_desk", "whatever", path="/desk")

    for path in ("/desk/", "/desk/login"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "The store is away" in answer.text


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
