"""The desk on and off, in the webhook and as a separate process, behind proxies, and without Redis."""

import pytest
from twilio.request_validator import RequestValidator

from session.errors import SettingsError
from tests.clocks import ManualClock
from tests.webhook.desk.office import PASSWORD
from tests.webhook.edge import SETTINGS, TOKEN, WrittenDown
from webhook.app import create_app as create_webhook
from webhook.desk import create_app
from webhook.desk.agent_sessions import LIMITS
from webhook.desk.settings import DeskSettings
from webhook.settings import WebhookSettings

PAGES = ["/desk/", "/desk/search", "/desk/c/anything", "/desk/stream"]
FREE = LIMITS.free_pair
HTTPS = {"X-Forwarded-Proto": "https"}


def desk_settings(**more):
    return DeskSettings(_env_file=None, **more)


def webhook(fake, desk=None):
    return create_webhook(
        WebhookSettings(**SETTINGS), client=fake, wake=WrittenDown(), clock=ManualClock(), desk_settings=desk
    ).test_client()


def test_the_desk_is_off_without_password_and_agents(fake):
    client = webhook(fake, desk_settings())

    assert [client.get(path).status_code for path in (*PAGES, "/desk/login")] == [404] * 5
    with pytest.raises(SettingsError, match="DESK_PASSWORD or DESK_AGENTS"):
        create_app(desk_settings(), client=fake)


def test_the_webhook_serves_the_desk_if_it_is_on(fake):
    client = webhook(fake, desk_settings(desk_password=PASSWORD))

    assert client.get("/desk/login").status_code == 200
    assert client.get("/desk/").status_code == 303
    with client.get("/desk/static/desk.css") as sheet:
        assert sheet.status_code == 200
    fake.flushall()


def test_a_separate_process_redirects_to_the_desk(office):
    visitor = office.visitor().http

    assert visitor.get("/").location == "/desk/"
    assert visitor.get("/healthz").json == {"status": "ok"}


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


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/desk/", "//desk/", "/desk//login", "/desk/search", "/desk/login/"]
)
def test_no_redirect_contains_the_host_header(office, path):
    for client in (office.visitor().http, office.agent().http):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert "evil" not in answer.headers.get("Location", "")
        assert "evil" not in answer.text


def test_without_configured_proxies_the_forwarded_scheme_is_ignored(office):
    answer = office.visitor().http.get("/desk/login", headers=HTTPS)

    assert answer.headers["Set-Cookie"].startswith("inturn_desk=")
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_without_configured_proxies_the_forwarded_address_is_ignored(office):
    guesser = office.visitor()
    for number in range(FREE + 1):
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": f"6.6.6.{number}"})

    assert guesser.signs_in("Mona", PASSWORD, headers={"X-Forwarded-For": "7.7.7.7"}).status_code == 429


def test_a_proxy_that_is_not_configured_is_logged_once(office, open_office, log):
    behind = open_office(desk_proxies=1)
    for one in (office, behind):
        for _ in range(3):
            one.visitor().http.get("/desk/login", headers={"X-Forwarded-For": "203.0.113.9"})

    assert len([line for line in log if "set DESK_PROXIES" in line]) == 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "secure"),
    [
        (1, "https", True),
        (2, "https", True),  # most proxies replace the header instead of adding to it
        (1, "http, https", True),
        (1, "https, http", False),  # the client may have made up all but the last value
    ],
)
def test_the_scheme_is_what_the_nearest_proxy_says(open_office, proxies, forwarded, secure):
    office = open_office(desk_proxies=proxies)

    answer = office.visitor().http.get("/desk/login", headers={"X-Forwarded-Proto": forwarded})

    assert ("Secure" in answer.headers["Set-Cookie"]) is secure


@pytest.mark.parametrize(
    "forwarded",
    [
        "6.6.6.{}, 203.0.113.9, 10.0.0.1",  # the outermost of two proxies has added the second address
        "6.6.6.{}",  # somebody has come to the desk without passing both proxies
    ],
)
def test_the_address_is_what_the_outermost_proxy_says(open_office, forwarded):
    office = open_office(desk_proxies=2)
    guesser = office.visitor()

    answers = [
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": forwarded.format(number)})
        for number in range(FREE + 2)
    ]

    assert [answer.status_code for answer in answers] == [401] * (FREE + 1) + [429]


def test_without_a_public_url_twilio_signs_the_scheme_of_the_proxy(fake):
    form = {"MessageSid": "SM1", "From": "whatsapp:+201001234567", "Body": ""}
    app = create_webhook(
        WebhookSettings(**SETTINGS | {"public_url": ""}),
        client=fake,
        wake=WrittenDown(),
        clock=ManualClock(),
        desk_settings=desk_settings(desk_password=PASSWORD, desk_proxies=1),
    )
    signature = RequestValidator(TOKEN).compute_signature("https://localhost/webhook/twilio", form)

    for scheme, status in ((HTTPS, 200), ({}, 401)):
        headers = scheme | {"X-Twilio-Signature": signature}
        assert app.test_client().post("/webhook/twilio", data=form, headers=headers).status_code == status
