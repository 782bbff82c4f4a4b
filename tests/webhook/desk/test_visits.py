"""How long a cookie opens the desk, what it tells, and who only guesses."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

from session.errors import StoreUnavailable
from tests.webhook.desk.office import PASSWORD, token_in
from webhook.desk import create_app
from webhook.desk.agent_sessions import PATIENCE
from webhook.desk.passwords import hash_of
from webhook.desk.settings import DeskSettings

MONA = hash_of("mona's own password", salt="saltsaltsalt")
KARIM = hash_of("karim's own password", salt="pepperpepper")
FREE = PATIENCE.free_pair
HTTPS = {"X-Forwarded-Proto": "https"}


def another_process(office, **settings):
    """The desk of the same house in another process, perhaps with other settings."""
    settings = {"desk_password": PASSWORD} | settings
    return create_app(
        DeskSettings(_env_file=None, **settings), client=office.redis, clock=office.story.clock
    ).test_client()


def cookie_of(agent):
    return agent.http.get_cookie("inturn_desk", path="/desk").value


def opens(client, cookie):
    client.set_cookie("inturn_desk", cookie, path="/desk")
    return client.get("/desk/").status_code == 200


def of_the_door(office):
    return [fields for fields in office.story.events() if "door" in fields]


# -- the cookie


def test_the_cookie_says_nothing_and_is_known_to_every_process(office):
    cookies = [cookie_of(office.agent("Mona")) for _ in range(2)]

    assert re.fullmatch(r"[\w-]{16,80}", cookies[0])
    assert cookies[0] != cookies[1], "it is random, and no function of a password or a name"
    assert opens(another_process(office), cookies[0])


def test_signing_out_ends_the_visit_and_not_only_the_cookie(office):
    agent, other = office.agent("Mona"), office.agent("Mona")
    stolen = cookie_of(agent)

    agent.posts("/desk/logout")

    assert not opens(another_process(office), stolen)
    assert opens(another_process(office), cookie_of(other))


def test_an_open_stream_ends_with_its_visit(office):
    agent = office.agent("Mona")
    stream = agent.listens()
    told = stream.iter_encoded()
    next(told)

    agent.posts("/desk/logout")

    assert list(told) == []
    stream.close()


def test_another_password_ends_the_visits_that_began_with_the_old_one(open_office):
    office = open_office()
    cookie = cookie_of(office.agent("Mona"))

    assert opens(another_process(office, desk_password=PASSWORD), cookie)
    assert not opens(another_process(office, desk_password="another password altogether"), cookie)


def test_an_agent_who_has_another_password_or_has_left_is_out(open_office):
    both = f"Mona:{MONA},Karim:{KARIM}"
    office = open_office(desk_password=None, desk_agents=both)
    cookie = cookie_of(office.agent("Mona", "mona's own password"))

    for agents, stays in ((both, True), (f"Mona:{KARIM}", False), (f"Karim:{KARIM}", False)):
        assert opens(another_process(office, desk_password=None, desk_agents=agents), cookie) is stays


def test_nothing_that_is_kept_of_a_visit_tells_its_password_or_its_cookie(open_office):
    office = open_office()
    cookie = cookie_of(office.agent("Mona"))

    for key in office.redis.scan_iter("*signed_in*"):
        kept = office.redis.get(key)
        assert cookie not in key + kept
        assert PASSWORD not in kept
        assert json.loads(kept)["agent"] == "Mona"
        assert office.redis.pttl(key) > 0


def test_a_cookie_from_before_signing_in_opens_nothing_after_it(office):
    planted = "chosen-by-somebody-else"
    agent = office.visitor()
    agent.http.set_cookie("inturn_desk", planted, path="/desk")

    assert agent.signs_in("Mona", PASSWORD).status_code == 303

    assert cookie_of(agent) != planted
    assert not opens(office.visitor().http, planted)


def test_who_signs_in_again_leaves_the_visit_before(office):
    agent = office.agent("Mona")
    before = cookie_of(agent)
    form = {"token": agent.token(), "name": "Karim", "password": PASSWORD}

    assert agent.http.post("/desk/login", data=form).status_code == 303

    assert not opens(office.visitor().http, before)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        "a.b",
        "é.ü",
        "x" * 200,
        "eyJhZ2VudCI6Ik1vbmEifQ==." + "0" * 64,
        "a-word-of-nobody-at-all",
    ],
)
def test_a_forged_cookie_opens_nothing(office, bad):
    assert not opens(office.visitor().http, bad)


def test_a_visit_that_cannot_be_read_is_none(office):
    agent = office.agent("Mona")
    for key in office.redis.scan_iter("*signed_in*"):
        office.redis.set(key, "{", keepttl=True)

    assert agent.http.get("/desk/").status_code == 303


def test_over_plain_http_the_cookie_is_kept_from_scripts_and_from_other_sites(office):
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
def test_behind_tls_the_cookie_belongs_to_this_host_alone(open_office, settings, request_):
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


def test_who_is_no_proxy_of_ours_is_not_believed(office):
    answer = office.visitor().http.get("/desk/login", headers=HTTPS)

    assert answer.headers["Set-Cookie"].startswith("inturn_desk=")
    assert "Secure" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/desk/", "//desk/", "/desk//login", "/desk/search", "/desk/login/"]
)
def test_no_answer_leads_to_the_host_that_a_request_names(office, path):
    for client in (office.visitor().http, office.agent().http):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert "evil" not in answer.headers.get("Location", "")
        assert "evil" not in answer.text


# -- guessing


def test_wrong_passwords_from_elsewhere_keep_no_agent_out(open_office):
    office = open_office(desk_proxies=1)
    guesser, mona = office.visitor(), office.visitor()
    for _ in range(60):
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": "203.0.113.9"})

    assert mona.signs_in("mona", PASSWORD, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 303
    answer = guesser.signs_in("Mona", PASSWORD, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429, "not even with the right password"


def test_whoever_goes_on_guessing_waits_longer_each_time_and_is_told_how_long(office):
    guesser = office.visitor()
    for _ in range(FREE):
        assert guesser.signs_in("Mona", "guess").status_code == 401
    waits = []
    for _ in range(12):
        assert guesser.signs_in("Mona", "guess").status_code == 401
        answer = guesser.signs_in("Mona", PASSWORD)
        assert answer.status_code == 429
        waits.append(int(answer.headers["Retry-After"]))
        if len(waits) == 3:
            assert "Too many wrong passwords. Try again in 8 seconds." in answer.text
        office.story.clock.move(seconds=waits[-1] - 1)
        assert guesser.signs_in("Mona", PASSWORD).status_code == 429
        office.story.clock.move(seconds=1)

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert guesser.signs_in("Mona", PASSWORD).status_code == 303
    assert office.visitor().signs_in("Mona", "guess").status_code == 401, "signing in has cleared the name"


def test_all_processes_count_together(office):
    clients = [office.visitor().http, another_process(office)]
    statuses = []
    for number in range(FREE + 2):
        client = clients[number % 2]
        token = token_in(client.get("/desk/login").text)
        form = {"token": token, "name": "Mona", "password": "guess"}
        statuses.append(client.post("/desk/login", data=form).status_code)

    assert statuses == [401] * (FREE + 1) + [429]


def test_an_address_that_tries_many_names_must_wait_and_its_neighbours_need_not(open_office):
    office = open_office(desk_proxies=1)
    guesser = office.visitor()

    def tried(name, address, password="guess"):
        told = {"X-Forwarded-For": f"1.2.3.4, {address}"}
        return guesser.signs_in(name, password, headers=told).status_code

    for number in range(PATIENCE.free_address + 1):
        assert tried(f"Agent {number}", "203.0.113.9") == 401
    assert tried("Mona", "203.0.113.9", PASSWORD) == 429
    assert tried("Mona", "203.0.113.10", PASSWORD) == 303


def test_what_a_client_claims_of_its_address_is_not_believed(office):
    guesser = office.visitor()
    for number in range(FREE + 1):
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": f"6.6.6.{number}"})

    assert guesser.signs_in("Mona", PASSWORD, headers={"X-Forwarded-For": "7.7.7.7"}).status_code == 429


def test_a_proxy_that_nobody_has_named_is_said_once(office, open_office, log):
    behind = open_office(desk_proxies=1)
    for house in (office, behind):
        for _ in range(3):
            house.visitor().http.get("/desk/login", headers={"X-Forwarded-For": "203.0.113.9"})

    assert len([line for line in log if "set DESK_PROXIES" in line]) == 1


@pytest.mark.parametrize(
    ("some", "others"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),  # one customer of a provider has a whole /64
        ("203.0.113.9", "::ffff:203.0.113.9"),
        ("203.0.113.9", "203.0.113.9:4711"),
        ("2001:db8::1", "[2001:db8::2]:443"),
        ("unix:", "rubbish"),
    ],
)
def test_two_spellings_of_one_place_are_one_place(open_office, some, others):
    office = open_office(desk_proxies=1)
    guesser = office.visitor()
    for number in range(FREE + 1):
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": (some, others)[number % 2]})

    assert guesser.signs_in("Mona", PASSWORD, headers={"X-Forwarded-For": some}).status_code == 429


def test_an_office_of_many_agents_behind_one_address_signs_in_at_once(office):
    for number in range(3 * PATIENCE.free_address):
        office.agent(f"Agent {number}")


def test_a_flood_of_passwords_takes_two_threads_and_no_more(open_office, monkeypatch):
    office = open_office(desk_password=None, desk_agents=f"Mona:{MONA}", desk_proxies=1)
    visitors = [office.visitor() for _ in range(5)]
    begun, go_on = Semaphore(0), Event()

    def slow(*_args):
        begun.release()
        assert go_on.wait(20)
        return False

    monkeypatch.setattr("webhook.desk.agents.matches", slow)
    with ThreadPoolExecutor() as pool:
        two = [pool.submit(visitor.signs_in, "Mona", "guess") for visitor in visitors[:2]]
        for _ in two:
            assert begun.acquire(timeout=20)
        answers = [visitor.signs_in("Mona", "guess") for visitor in visitors[2:]]
        go_on.set()
        assert [one.result().status_code for one in two] == [401, 401]

    assert {answer.status_code for answer in answers} == {429}
    assert "Too many agents sign in at this moment. Try again in 2 seconds." in answers[0].text
    assert visitors[2].signs_in("Mona", "guess").status_code == 401, "nobody waits for what was not looked at"


def test_tries_are_forgotten_after_a_while(office):
    guesser = office.visitor()
    for _ in range(FREE + 1):
        guesser.signs_in("Mona", "guess")
    office.story.clock.move(PATIENCE.first + PATIENCE.keep)

    assert [guesser.signs_in("Mona", "guess").status_code for _ in range(FREE + 1)] == [401] * (FREE + 1)


def test_signing_in_while_the_store_is_away_says_so(office, monkeypatch):
    visitor = office.visitor()
    token = token_in(visitor.http.get("/desk/login").text)

    def away(*_args, **_more):
        raise StoreUnavailable("take_guess: ConnectionError")

    monkeypatch.setattr("session.store.DoorStore.guess", away)
    answer = visitor.http.post("/desk/login", data={"token": token, "name": "Mona", "password": PASSWORD})

    assert answer.status_code == 503
    assert "The store is not available" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


# -- what the event stream says


def test_who_comes_and_goes_is_in_the_event_stream(open_office):
    office = open_office(desk_password=None, desk_agents=f"Mona:{MONA}", desk_proxies=1)
    mona = office.visitor()
    told = {"X-Forwarded-For": "203.0.113.9"}
    mona.signs_in("MONA", "guess", headers=told)
    mona.signs_in("mona's own password", "Mona", headers=told)
    mona.signs_in("Mona", "mona's own password", headers=told)
    mona.http.post(
        "/desk/logout", data={"token": mona.token()}, headers={"X-Forwarded-For": "2001:db8:1:2::3"}
    )

    at = str(int(office.story.clock.now().timestamp() * 1000))
    assert of_the_door(office) == [
        {"at": at, "door": "refused", "by": "Mona", "address": "203.0.113.0/24"},
        {"at": at, "door": "refused", "address": "203.0.113.0/24"},
        {"at": at, "door": "in", "by": "Mona", "address": "203.0.113.0/24"},
        {"at": at, "door": "out", "by": "Mona", "address": "2001:db8:1::/48"},
    ]


def test_with_a_shared_password_nobody_knows_whose_guess_it_was(office):
    office.visitor().signs_in("Mona", "guess")
    agent = office.agent("Karim")
    agent.posts("/desk/logout")
    agent.http.set_cookie("inturn_desk", "a-word-of-nobody-at-all", path="/desk")

    assert [(event["door"], event.get("by")) for event in of_the_door(office)] == [
        ("refused", None),
        ("in", "Karim"),
        ("out", "Karim"),
    ]
