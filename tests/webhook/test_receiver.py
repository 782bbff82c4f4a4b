"""What the log says about received and refused bodies."""

from tests.webhook.edge import JSON


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
