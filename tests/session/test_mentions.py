"""Whether a raw body names a customer."""

from base64 import urlsafe_b64encode

import pytest

from session.mentions import mentions

NUMBER = "+201001234567"


def wamid(text):
    return "wamid." + urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "raw",
    [
        '{"from": "201001234567"}',
        "From=whatsapp%3A%2B201001234567",
        wamid("x 201001234567 y"),
        "wamid.A " + wamid("201001234567"),
    ],
)
def test_a_number_is_found_literally_in_a_form_and_in_a_message_id(raw):
    assert mentions(raw, NUMBER)


@pytest.mark.parametrize(
    "raw", ["", "2010012345678", "1201001234567", "wamid.A", "wamid.AAAAA", wamid("12010012345678")]
)
def test_a_part_of_another_number_or_an_id_that_cannot_be_decoded_is_not(raw):
    assert not mentions(raw, NUMBER)


@pytest.mark.parametrize(("raw", "found"), [("US.12 wrote", True), ("US.123", False), ("US.12.3", False)])
def test_a_business_scoped_id_is_found_whole(raw, found):
    assert mentions(raw, "US.12") is found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ('{"message": {"from": {"id": 123456}}}', True),
        ('{"chat":{"id":"123456"}}', True),
        ('{"date": 123456, "chat": {"id": 1234567}}', False),
        ("From=whatsapp%3A%2B123456", False),
    ],
)
def test_an_id_of_telegram_is_found_only_where_somebody_has_it(raw, found):
    assert mentions(raw, "telegram:123456") is found
