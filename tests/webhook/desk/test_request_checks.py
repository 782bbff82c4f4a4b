"""What every request must show, and what every response tells the browser."""

import pytest

from tests.webhook.desk.office import PASSWORD, token_in

PAGES = ["/desk/", "/desk/search", "/desk/c/anything", "/desk/stream"]
HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_shown_before_signing_in(office, path):
    answer = office.visitor().http.get(path)

    assert answer.status_code in (303, 401)
    assert "One moment" not in answer.text


def test_an_action_after_the_session_has_ended_returns_to_the_conversation(office):
    office.story.says("a person, please")
    path = f"/desk/c/{office.pseudonym()}"

    assert office.visitor().http.post(f"{path}/close").location == f"/desk/login?back={path}"


def test_a_form_without_the_right_token_has_no_effect(office):
    office.story.says("a person, please")
    agent = office.agent()
    path = f"/desk/c/{office.pseudonym()}/take_over"

    for token in ("", "0" * 64, office.agent("Karim").token()):
        answer = agent.http.post(path, data={"id": "action-id-77", "token": token})
        assert answer.status_code == 403
    assert agent.http.post("/desk/logout").status_code == 403
    office.story.work()
    assert office.story.session().held_by is None


def test_the_sign_in_form_needs_its_token_too(office):
    answer = office.visitor().http.post("/desk/login", data={"name": "Mona", "password": PASSWORD})

    assert answer.status_code == 403


def test_every_response_forbids_what_the_page_does_not_need(office):
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


def test_no_page_contains_inline_scripts_or_styles(office):
    office.story.says("a person, please")
    agent = office.agent()

    for page in (agent.http.get("/desk/"), agent.page(), office.visitor().http.get("/desk/login")):
        assert "<script>" not in page.text
        assert " style=" not in page.text
        assert " onclick" not in page.text


def test_the_log_contains_no_customer_and_no_password(office, log):
    office.story.says("a person, please")
    office.visitor().signs_in("Mona", "guess the password")
    agent = office.agent()
    agent.does("answer", text="a text of the agent", keeps="1")
    agent.finds("+201001234567")

    logged = "".join(line for line in log if not line.startswith("DEBUG"))
    assert "an agent acts" in logged
    for secret in ("201001234567", "a text of the agent", "guess the password", PASSWORD):
        assert secret not in logged


def test_over_http_scripts_and_other_sites_do_not_get_the_cookie(office):
    answer = office.visitor().signs_in("Mona", PASSWORD)

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("inturn_desk=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/desk"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    ("settings", "request_"),
    [
        ({"desk_proxies": 1}, {"headers": HTTPS}),
        ({"public_url": "https://desk.example"}, {"base_url": "http://desk.example"}),
        ({}, {"base_url": "https://desk.example"}),
    ],
)
def test_over_https_the_cookie_is_bound_to_the_host(open_office, settings, request_):
    client = open_office(**settings).app.test_client(use_cookies=False)
    form = client.get("/desk/login", **request_)
    cookie = form.headers["Set-Cookie"]
    assert cookie.startswith("__Host-inturn_desk=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert form.headers["Strict-Transport-Security"] == "max-age=31536000"

    jar = {"Cookie": cookie.partition(";")[0]}
    data = {"token": token_in(form.text), "name": "Mona", "password": PASSWORD}
    headers = request_.get("headers", {}) | jar
    signed_in = client.post("/desk/login", data=data, **request_ | {"headers": headers})
    assert signed_in.status_code == 303
    word = signed_in.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    for name, status in (("__Host-inturn_desk", 200), ("inturn_desk", 303)):
        headers = request_.get("headers", {}) | {"Cookie": f"{name}={word}"}
        assert client.get("/desk/", **request_ | {"headers": headers}).status_code == status
