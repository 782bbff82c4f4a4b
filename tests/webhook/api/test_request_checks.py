"""Whose a request is, what it may contain, and how everything that fails is answered."""

from datetime import timedelta
from io import BytesIO

import pytest

from session.api_tokens import Right, hash_of
from tests.stories.desk import ALIA
from tests.webhook.api.program import SECRETS, Deployment, tokens

PROBLEM = "application/problem+json"
GUESS = "guess-{:04}-0123456789abcdefghijklmnopqrstuvwxyz"


def test_who_has_no_token_learns_nothing(deployment):
    for stranger in (deployment.stranger(), deployment.stranger("x" * 40), deployment.stranger("x" * 9_000)):
        for method, path in (("GET", "/messages/x"), ("POST", "/nothing"), ("PUT", "/messages"), ("GET", "")):
            answer = stranger.asks(method, path)
            assert (answer.status_code, answer.mimetype) == (401, PROBLEM)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Basic", "", "Token"])
def test_only_bearer_tokens_are_taken(deployment, scheme):
    header = {"Authorization": f"{scheme} {SECRETS['crm']}".strip()}

    assert deployment.stranger().asks("GET", "/conversations", headers=header).status_code == 401


def test_a_token_may_be_stored_as_its_hash(deploy):
    deployment = deploy(api_tokens=f"crm:{hash_of(SECRETS['crm'])}:read")

    assert deployment.program().gets("/conversations").status_code == 200
    assert deployment.stranger(hash_of(SECRETS["crm"])).gets("/conversations").status_code == 401


@pytest.mark.parametrize(
    ("right", "method", "path", "body"),
    [
        ("send", "POST", "/messages", {"to": ALIA, "text": "a"}),
        ("read", "GET", "/conversations", None),
        ("read", "GET", "/conversations/x", None),
        ("read", "POST", "/conversations/search", {"customer": ALIA}),
        ("act", "PATCH", "/conversations/x", {"known": {"a": 1}}),
        ("act", "POST", "/conversations/x/close", None),
        ("act", "POST", "/conversations/x/hand-back", None),
        ("act", "POST", "/conversations/x/takeover", {}),
        ("act", "PATCH", "/conversations/x", {"known": {"a": None}}),
        ("read", "GET", "/conversations/x/timers", None),
        ("act", "DELETE", "/conversations/x/timers/y", None),
        ("read", "GET", "/conversations/x/approvals", None),
        ("act", "POST", "/conversations/x/approvals/y", {"approved": True}),
        ("forget", "DELETE", "/conversations/x", None),
        ("campaign", "PUT", "/campaigns/a", {"template": "a", "language": "en", "sender": "meta:1"}),
        ("campaign", "POST", "/campaigns/a/recipients", {"recipients": [{"to": ALIA}]}),
        ("campaign", "POST", "/campaigns/a/ready", None),
        ("campaign", "POST", "/campaigns/a/start", None),
        ("campaign", "POST", "/campaigns/a/pause", None),
        ("campaign", "DELETE", "/campaigns/a", None),
        ("templates", "PUT", "/templates/meta:1/sale/en", {"category": "UTILITY", "body": "Hi"}),
        ("templates", "DELETE", "/templates/meta:1/sale/en", None),
        ("dead", "GET", "/dead-letters", None),
        ("dead", "DELETE", "/dead-letters/x", None),
        ("dead", "POST", "/dead-letters/x/retry", None),
    ],
)
def test_each_request_needs_its_right(deploy, right, method, path, body):
    others = "+".join({*Right} - {right})
    deployment = deploy(api_tokens=tokens(crm=others, shop=right))

    def asked(name):
        return deployment.program(name).asks(method, path, json=body, headers={"Idempotency-Key": "a"})

    assert (asked("crm").status_code, asked("crm").json["type"]) == (403, "urn:inturn:problem:right")
    assert asked("shop").status_code != 403


def test_what_became_of_a_message_may_be_asked_by_who_reads_or_sends(deploy):
    deployment = deploy(api_tokens=tokens(crm="send", shop="read", reader="act"))

    found = [deployment.program(name).gets("/messages/x").status_code for name in ("crm", "shop", "reader")]
    assert found == [404, 404, 403]


# -- bodies


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"to": NaN}', "application/json", 400),
        (b'{"to": 1e999}', "application/json", 400),
        (b'{"to": "\\ud800"}', "application/json", 400),
        (b'{"to": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"a":' * 50_000, "application/json", 400),
        (b"[" * 50_000 + b"]" * 50_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"{}"', "application/json", 422),
        (b"null", "application/json", 422),
        (b"{}", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b" " * (256 * 1024 + 1), "application/json", 413),
        (b" " * (256 * 1024 + 1), "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_json_is_answered_as_what_it_is(crm, data, content_type, status):
    headers = {"Idempotency-Key": "a", "Content-Type": content_type}

    answer = crm.asks("POST", "/messages", data=data, headers=headers)

    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    assert answer.json["status"] == status


def test_a_body_without_a_length_is_limited_too(crm):
    answer = crm.asks(
        "POST",
        "/messages",
        input_stream=BytesIO(b" " * (256 * 1024 + 1)),
        headers={"Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )

    assert answer.status_code == 413


def test_paths_and_methods_that_there_are_not_are_problems(crm):
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("GET", "", 404),
        ("GET", "/messages/", 405),
        ("GET", "//messages", 404),
        ("PUT", "/messages", 405),
        ("DELETE", "/messages", 405),
    ):
        answer = crm.asks(method, path)
        assert (answer.status_code, answer.mimetype) == (status, PROBLEM), path
    assert "POST" in crm.asks("PUT", "/messages").headers["Allow"]


def test_no_answer_is_kept_or_shown_in_a_page_and_no_other_site_may_ask(crm):
    for answer in (crm.gets("/conversations"), crm.gets("/openapi.json"), crm.gets("/nothing")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_fault_says_nothing_but_where(deploy, log, monkeypatch):
    deployment = deploy()

    def broken(*_, **__):
        raise RuntimeError("+201001234567 said: private")

    monkeypatch.setattr("webhook.api.conversations.page_of", broken)
    answer = deployment.program().gets("/conversations")

    assert (answer.status_code, answer.mimetype, answer.json["title"]) == (
        500,
        PROBLEM,
        "Internal Server Error",
    )
    assert "private" not in answer.text + "".join(log)
    assert any("RuntimeError" in line for line in log)


# -- guesses


def guesses(deployment, numbers, address="192.0.2.1"):
    """The answers to guesses from an address."""
    return [
        deployment.stranger(GUESS.format(number)).asks(
            "GET", "/conversations", environ_overrides={"REMOTE_ADDR": address}
        )
        for number in numbers
    ]


def test_who_guesses_waits_longer_and_longer_also_with_the_right_token(deployment):
    assert [one.status_code for one in guesses(deployment, range(20))] == [401] * 20
    slow = guesses(deployment, range(20, 22))[-1]
    assert (slow.status_code, slow.json["type"]) == (429, "urn:inturn:problem:guesses")
    assert int(slow.headers["Retry-After"]) >= 1

    def right(address):
        return (
            deployment.program()
            .asks("GET", "/conversations", environ_overrides={"REMOTE_ADDR": address})
            .status_code
        )

    assert (right("192.0.2.1"), right("192.0.2.2")) == (429, 200)
    deployment.story.clock.move(timedelta(minutes=15))
    assert right("192.0.2.1") == 200


def test_an_old_token_is_one_guess_however_often_it_is_sent(deployment):
    assert {one.status_code for one in guesses(deployment, [1] * 100)} == {401}
    assert (
        deployment.program()
        .asks("GET", "/conversations", environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
        .status_code
        == 200
    )


def test_guesses_at_one_process_count_in_the_others(deploy):
    first = deploy()
    second = Deployment(client=first.story.redis)
    guesses(first, range(20))

    assert [one.status_code for one in guesses(second, range(20, 23))][-1] == 429
    second.story.redis.close()


def test_whoever_has_a_token_costs_no_question_about_guesses(deployment, crm):
    crm.gets("/conversations")

    assert not list(deployment.story.redis.scan_iter("guesses:*"))
