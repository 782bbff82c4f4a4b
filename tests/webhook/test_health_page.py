"""What an operator, or a load balancer, reads of a webhook."""

from tests.webhook.edge import JSON


def test_a_process_that_is_up_says_so(webhook):
    answer = webhook().http.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_says_what_it_has_looked_at(webhook):
    edge = webhook()
    assert edge.http.get("/readyz").json["sweep"] == "never"

    edge.swept()
    answer = edge.http.get("/readyz")

    assert answer.status_code == 200
    told = {name: answer.json[name] for name in ("status", "redis", "sweep", "broker")}
    assert told == {"status": "ready", "redis": "ok", "sweep": "ok", "broker": "ok"}


def test_without_the_broker_it_is_not_ready_though_bodies_are_kept(webhook):
    edge = webhook()
    edge.swept()
    edge.wake.state = "ConnectionError"

    answer = edge.http.get("/readyz")

    assert (answer.status_code, answer.json["status"], answer.json["broker"]) == (
        503,
        "not ready",
        "ConnectionError",
    )
    assert edge.meta(b"{}").status_code == 200


def test_it_counts_what_it_answered(webhook):
    edge = webhook()
    edge.meta(b"{}")
    edge.meta(b"{}", X_Hub_Signature_256="no")
    edge.meta(b"")

    assert edge.http.get("/readyz").json["since_start"]["answered"] == {"200": 1, "400": 1, "401": 1}


def test_a_kept_body_leaves_a_line_without_its_text_or_its_number(webhook, log):
    edge = webhook()

    edge.twilio({"From": "whatsapp:+201001234567", "Body": "my secret"})
    edge.twilio({"To": "whatsapp:+201001234567"}, "/webhook/twilio/status?to=%2B201001234567")

    assert [line.split()[0] for line in log] == ["DEBUG", "DEBUG"]
    assert "'source': 'twilio', 'size': 46" in log[0]
    assert "'source': 'twilio-status'" in log[1]
    assert "201001" not in "".join(log)
    assert "secret" not in "".join(log)


def test_a_refused_request_leaves_a_line_with_the_reason_and_where_it_came_from(webhook, log):
    edge = webhook()

    edge.http.post("/webhook/meta", data=b"{}", content_type=JSON)

    (line,) = log
    assert line.startswith("WARNING refused")
    assert "missing or wrong signature" in line
    assert "127.0.0.1" in line
