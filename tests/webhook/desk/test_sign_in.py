"""Signing in and out over HTTP, and the language of the pages."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

from session.errors import StoreUnavailable
from tests.webhook.desk.office import PASSWORD, token_in
from webhook.desk.passwords import hash_of

MONA = hash_of("mona's own password", salt="saltsaltsalt")
KARIM = hash_of("karim's own password", salt="pepperpepper")


def test_an_agent_signs_in_with_the_shared_password_and_a_name(office):
    agent = office.visitor()

    assert agent.signs_in("Mona", "wrong horse battery").status_code == 401
    assert agent.signs_in("", PASSWORD).status_code == 401
    assert agent.signs_in("  Mona   Said ", PASSWORD).status_code == 303
    assert "Mona Said" in agent.sees()


def test_no_agent_may_have_the_name_of_the_business_phone(office):
    assert office.visitor().signs_in("Phone", PASSWORD).status_code == 401


def test_listed_agents_have_their_own_passwords(open_office):
    office = open_office(desk_password=None, desk_agents=f"Mona:{MONA}, Karim Adel:{KARIM}")

    assert office.visitor().signs_in("Mona", "karim's own password").status_code == 401
    assert office.visitor().signs_in("Nobody", "mona's own password").status_code == 401
    agent = office.visitor()
    assert agent.signs_in("karim ADEL", "karim's own password").status_code == 303
    assert "Karim Adel" in agent.sees()


def test_after_signing_in_the_agent_returns_to_the_page_but_never_to_another_site(office):
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


def test_an_agent_chooses_arabic(office):
    agent = office.agent()
    assert '<html lang="en" dir="ltr">' in agent.http.get("/desk/").text

    agent.posts("/desk/language", language="ar")

    assert '<html lang="ar" dir="rtl">' in agent.http.get("/desk/").text
    assert "المحادثات" in agent.http.get("/desk/").text


def test_a_browser_that_prefers_arabic_gets_it(office):
    page = office.visitor().http.get("/desk/login", headers={"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.5"})

    assert '<html lang="ar" dir="rtl">' in page.text


def test_at_most_two_passwords_are_checked_at_the_same_time(open_office, monkeypatch):
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


def test_signing_in_without_redis_says_so(office, monkeypatch):
    visitor = office.visitor()
    token = token_in(visitor.http.get("/desk/login").text)

    def away(*_args, **_more):
        raise StoreUnavailable("take_guess: ConnectionError")

    monkeypatch.setattr("session.store.SignInStore.attempt", away)
    answer = visitor.http.post("/desk/login", data={"token": token, "name": "Mona", "password": PASSWORD})

    assert answer.status_code == 503
    assert "The store is not available" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
