"""Whatever a stranger sends to the sign-in of the desk: it opens nothing, breaks nothing, keeps little and leads nowhere else."""

from datetime import timedelta

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import ManualClock
from tests.webhook.desk.office import token_in
from tests.webhook.edge import WrittenDown
from webhook.desk import create_app
from webhook.desk.settings import DeskSettings

_TEXT = st.text(max_size=60)
_HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
_ADDRESS = _HEADER | st.ip_addresses().map(str)


@pytest.fixture(scope="module")
def desk():
    """A desk behind one proxy, and the store behind it."""
    client = fakeredis.FakeRedis(decode_responses=True)
    settings = DeskSettings(_env_file=None, desk_password="correct horse battery", desk_proxies=1)
    app = create_app(settings, client=client, wake=WrittenDown(), clock=ManualClock())
    yield app, client
    client.close()


_PATHS = ["", "/", "/login", "/logout", "/language", "/search", "/stream", "/c/x", "/c/x/forget"]
_FIELDS = ["name", "password", "back", "token", "language", "id", "text"]
_REQUESTS = st.fixed_dictionaries(
    {
        "path": st.sampled_from(_PATHS) | _TEXT,
        "method": st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
        "data": st.dictionaries(st.sampled_from(_FIELDS), _TEXT),
    }
)


@settings(max_examples=80)
@given(_REQUESTS, _HEADER, _ADDRESS, st.sampled_from(["evil.example", "evil.example:1", "[::1]"]))
def test_no_forged_request_gets_in_or_away(desk, request_, cookie, address, host):
    app, path = desk[0], request_.pop("path")
    headers = {
        "Cookie": f"inturn_desk={cookie}; __Host-inturn_desk={cookie}",
        "X-Forwarded-For": address,
        "X-Forwarded-Host": host,
        "Host": host,
    }
    answer = app.test_client(use_cookies=False).open("/desk" + path, headers=headers, **request_)

    assert answer.status_code < 500 or answer.status_code == 503
    assert answer.status_code != 200 or path.startswith("/login")
    location = answer.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")
    assert "evil" not in location


def test_a_flood_of_names_from_one_address_keeps_a_few_small_keys(desk):
    app, client = desk
    client.flushall()
    visitor = app.test_client()
    statuses = []
    for number in range(300):
        token = token_in(visitor.get("/desk/login").text)
        form = {"token": token, "name": f"{number}" * 200, "password": "guess" * 200}
        answer = visitor.post("/desk/login", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
        statuses.append(answer.status_code)

    kept = list(client.scan_iter("*guesses*"))
    assert statuses.count(401) == len(kept) - 1 < 30
    assert statuses.count(429) > 270
    assert all(client.pttl(key) > 0 for key in kept)
    assert sum(len(key) + len(str(client.hgetall(key))) for key in kept) < 10_000
    assert client.xlen("events") < 30


def test_endless_guessing_is_limited_to_a_few_attempts_an_hour(desk):
    _, client = desk
    client.flushall()
    clock = ManualClock()
    settings = DeskSettings(_env_file=None, desk_password="correct horse battery", desk_proxies=1)
    visitor = create_app(settings, client=client, wake=WrittenDown(), clock=clock).test_client()
    looked_at = 0
    for _ in range(3600 // 5):
        token = token_in(visitor.get("/desk/login").text)
        form = {"token": token, "name": "Mona", "password": "guess"}
        looked_at += visitor.post("/desk/login", data=form).status_code == 401
        clock.move(timedelta(seconds=5))

    assert looked_at <= 18
