"""What Meta posts, and what it hears."""

import pytest

from tests.webhook.edge import Full, meta_signature

BODY = '{"entry": [{"text": "أهلاً"}]}'.encode()


def test_a_signed_body_is_kept_as_it_came_and_the_intake_is_woken(webhook):
    edge = webhook()

    answer = edge.meta(BODY)

    assert answer.status_code == 200
    assert edge.kept() == [("meta", BODY)]
    assert edge.wake.shards == [0]


def test_a_second_body_causes_no_second_wake_up(webhook):
    edge = webhook()

    edge.meta(BODY)
    edge.meta(BODY)

    assert len(edge.kept()) == 2
    assert edge.wake.shards == [0]


def test_bodies_that_name_no_customer_lie_in_one_shard_in_the_order_of_their_arrival(webhook):
    edge = webhook(shards=8)

    for number in range(20):
        edge.meta(b'{"n": %d}' % number)

    (shard,) = edge.wake.shards
    assert [body for _, body in edge.kept(f"{{s{shard}}}:intake")] == [b'{"n": %d}' % n for n in range(20)]


def test_a_body_is_kept_with_the_time_of_its_arrival(webhook):
    edge = webhook()

    edge.meta(BODY)

    ((_, entry),) = edge.redis.xrange("intake")
    assert entry["at"] == str(int(edge.clock.now().timestamp() * 1000))


def test_bytes_that_are_no_json_and_no_text_are_kept_too(webhook):
    edge = webhook()

    assert edge.meta(b"\xff\x00{\x80").status_code == 200
    assert edge.kept() == [("meta", b"\xff\x00{\x80")]


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        meta_signature(BODY + b" "),
        meta_signature(BODY).removeprefix("sha256="),
        meta_signature(BODY).replace("sha256", "sha1"),
        meta_signature(BODY).upper(),
        "sha256=é",
    ],
)
def test_a_missing_or_wrong_signature_is_401_and_nothing_is_kept(webhook, signature):
    edge = webhook()

    answer = edge.meta(BODY, X_Hub_Signature_256=signature)

    assert answer.status_code == 401
    assert answer.json == {"error": "missing or wrong signature"}
    assert not edge.redis.keys()
    assert not edge.wake.shards


def test_the_content_type_may_have_parameters(webhook):
    assert webhook().meta(BODY, content_type="Application/JSON; charset=utf-8").status_code == 200


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", ";"])
def test_another_content_type_is_400(webhook, content_type):
    edge = webhook()

    assert edge.meta(BODY, content_type=content_type).status_code == 400
    assert not edge.kept()


def test_an_empty_body_is_400(webhook):
    edge = webhook()

    assert edge.meta(b"").status_code == 400
    assert not edge.kept()


def test_a_subscription_with_the_verify_token_gets_the_plain_challenge(webhook):
    answer = webhook().http.get(
        "/webhook/meta",
        query_string={
            "hub.mode": "subscribe",
            "hub.verify_token": "verify me",
            "hub.challenge": "1158201444",
        },
    )

    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "verify you"},
        {"hub.verify_token": "é"},
        {"hub.verify_token": ""},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
    ],
)
def test_anybody_else_is_403(webhook, change):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify me", "hub.challenge": "1", **change}

    assert webhook().http.get("/webhook/meta", query_string=asked).status_code == 403


def test_without_a_verify_token_subscriptions_are_rejected(webhook):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}

    edge = webhook(meta_verify_token=None)

    assert edge.http.get("/webhook/meta", query_string=asked).status_code == 403
    assert edge.meta(BODY).status_code == 200


def test_without_an_app_secret_meta_is_switched_off(webhook):
    edge = webhook(meta_app_secret=None)

    assert edge.meta(BODY).status_code == 404
    assert edge.http.get("/webhook/meta").status_code == 404


def test_an_unavailable_store_is_503_without_a_wake_up(webhook):
    edge = webhook(store=Full())

    assert edge.meta(BODY).status_code == 503
    assert not edge.wake.shards
