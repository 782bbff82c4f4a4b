"""How long a cookie is valid, what it contains, and how guesses of passwords are slowed down."""

import json
import re

import pytest

from tests.webhook.desk.office import PASSWORD, token_in
from webhook.desk import create_app
from webhook.desk.agent_sessions import LIMITS
from webhook.desk.passwords import hash_of
from webhook.desk.settings import DeskSettings

MONA = hash_of("mona's own password", salt="saltsaltsalt")
KARIM = hash_of("karim's own password", salt="pepperpepper")
FREE = LIMITS.free_pair


def another_process(office, **settings):
    """The desk of the same system in another process, perhaps with other settings."""
    settings = {"desk_password": PASSWORD} | settings
    return create_app(
        DeskSettings(_env_file=None, **settings), client=office.redis, clock=office.story.clock
    ).test_client()


def cookie_of(agent):
    return agent.http.get_cookie("inturn_desk", path="/desk").value


def opens(client, cookie):
    client.set_cookie("inturn_desk", cookie, path="/desk")
    return client.get("/desk/").status_code == 200


def sign_in_events(office):
    return [fields for fields in office.story.events() if "door" in fields]


def test_a_session_ends_after_its_time_and_by_signing_out(open_office):
    office = open_office(desk_session_hours=8)
    agent, other = office.agent("Mona"), office.agent("Karim")

    office.story.clock.move(hours=7, minutes=59)
    assert agent.http.get("/desk/").status_code == 200
    agent.posts("/desk/logout")
    assert agent.http.get("/desk/").status_code == 303
    assert other.http.get("/desk/").status_code == 200
    office.story.clock.move(minutes=1)
    assert other.http.get("/desk/").status_code == 303


def test_the_cookie_is_random_and_valid_in_every_process(office):
    cookies = [cookie_of(office.agent("Mona")) for _ in range(2)]

    assert re.fullmatch(r"[\w-]{16,80}", cookies[0])
    assert cookies[0] != cookies[1], "it is random, and no function of a password or a name"
    assert opens(another_process(office), cookies[0])


def test_signing_out_ends_the_session_and_not_only_the_cookie(office):
    agent, other = office.agent("Mona"), office.agent("Mona")
    stolen = cookie_of(agent)

    agent.posts("/desk/logout")

    assert not opens(another_process(office), stolen)
    assert opens(another_process(office), cookie_of(other))


def test_an_open_stream_ends_with_its_session(office):
    agent = office.agent("Mona")
    stream = agent.listens()
    told = stream.iter_encoded()
    next(told)

    agent.posts("/desk/logout")

    assert list(told) == []
    stream.close()


def test_a_new_password_ends_the_sessions_that_began_with_the_old_one(open_office):
    office = open_office()
    cookie = cookie_of(office.agent("Mona"))

    assert opens(another_process(office, desk_password=PASSWORD), cookie)
    assert not opens(another_process(office, desk_password="another password altogether"), cookie)


def test_a_changed_password_or_a_removed_agent_ends_the_session(open_office):
    both = f"Mona:{MONA},Karim:{KARIM}"
    office = open_office(desk_password=None, desk_agents=both)
    cookie = cookie_of(office.agent("Mona", "mona's own password"))

    for agents, stays in ((both, True), (f"Mona:{KARIM}", False), (f"Karim:{KARIM}", False)):
        assert opens(another_process(office, desk_password=None, desk_agents=agents), cookie) is stays


def test_a_stored_session_contains_neither_password_nor_cookie(open_office):
    office = open_office()
    cookie = cookie_of(office.agent("Mona"))

    for key in office.redis.scan_iter("*signed_in*"):
        kept = office.redis.get(key)
        assert cookie not in key + kept
        assert PASSWORD not in kept
        assert json.loads(kept)["agent"] == "Mona"
        assert office.redis.pttl(key) > 0


def test_a_cookie_from_before_signing_in_is_not_valid_after_it(office):
    planted = "chosen-by-somebody-else"
    agent = office.visitor()
    agent.http.set_cookie("inturn_desk", planted, path="/desk")

    assert agent.signs_in("Mona", PASSWORD).status_code == 303

    assert cookie_of(agent) != planted
    assert not opens(office.visitor().http, planted)


def test_signing_in_again_ends_the_session_before(office):
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
def test_a_forged_cookie_is_not_valid(office, bad):
    assert not opens(office.visitor().http, bad)


def test_an_unreadable_session_is_not_valid(office):
    agent = office.agent("Mona")
    for key in office.redis.scan_iter("*signed_in*"):
        office.redis.set(key, "{", keepttl=True)

    assert agent.http.get("/desk/").status_code == 303


def test_wrong_passwords_from_another_address_lock_out_no_agent(open_office):
    office = open_office(desk_proxies=1)
    guesser, mona = office.visitor(), office.visitor()
    for _ in range(60):
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": "203.0.113.9"})

    assert mona.signs_in("mona", PASSWORD, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 303
    answer = guesser.signs_in("Mona", PASSWORD, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429, "not even with the right password"


def test_each_further_guess_waits_longer_and_the_page_says_how_long(office):
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


def test_an_address_that_tries_many_names_must_wait_and_others_need_not(open_office):
    office = open_office(desk_proxies=1)
    guesser = office.visitor()

    def tried(name, address, password="guess"):
        told = {"X-Forwarded-For": f"1.2.3.4, {address}"}
        return guesser.signs_in(name, password, headers=told).status_code

    for number in range(LIMITS.free_address + 1):
        assert tried(f"Agent {number}", "203.0.113.9") == 401
    assert tried("Mona", "203.0.113.9", PASSWORD) == 429
    assert tried("Mona", "203.0.113.10", PASSWORD) == 303


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
def test_two_addresses_of_one_network_count_together(open_office, some, others):
    office = open_office(desk_proxies=1)
    guesser = office.visitor()
    for number in range(FREE + 1):
        guesser.signs_in("Mona", "guess", headers={"X-Forwarded-For": (some, others)[number % 2]})

    assert guesser.signs_in("Mona", PASSWORD, headers={"X-Forwarded-For": some}).status_code == 429


def test_many_agents_behind_one_address_can_sign_in(office):
    for number in range(3 * LIMITS.free_address):
        office.agent(f"Agent {number}")


def test_attempts_are_forgotten_after_an_hour(office):
    guesser = office.visitor()
    for _ in range(FREE + 1):
        guesser.signs_in("Mona", "guess")
    office.story.clock.move(LIMITS.first + LIMITS.keep)

    assert [guesser.signs_in("Mona", "guess").status_code for _ in range(FREE + 1)] == [401] * (FREE + 1)


def test_signing_in_and_out_is_in_the_event_stream(open_office):
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
    assert sign_in_events(office) == [
        {"at": at, "door": "refused", "by": "Mona", "address": "203.0.113.0/24"},
        {"at": at, "door": "refused", "address": "203.0.113.0/24"},
        {"at": at, "door": "in", "by": "Mona", "address": "203.0.113.0/24"},
        {"at": at, "door": "out", "by": "Mona", "address": "2001:db8:1::/48"},
    ]


def test_with_a_shared_password_a_refusal_names_no_agent(office):
    office.visitor().signs_in("Mona", "guess")
    agent = office.agent("Karim")
    agent.posts("/desk/logout")
    agent.http.set_cookie("inturn_desk", "a-word-of-nobody-at-all", path="/desk")

    assert [(event["door"], event.get("by")) for event in sign_in_events(office)] == [
        ("refused", None),
        ("in", "Karim"),
        ("out", "Karim"),
    ]
