"""What is sent is signed as Standard Webhooks says: its own library accepts it."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from worker.hooks.signing import headers_of, key_of

NEW, OLD = ("whsec_" + b64encode(bytes([n] * 32)).decode() for n in (1, 2))


def now():
    """The library of the standard takes nothing that is older than five minutes, by the machine's clock."""
    return int(datetime.now(UTC).timestamp())


@given(st.text(max_size=200), st.integers(0, 10**15))
def test_the_library_of_the_standard_accepts_what_is_signed(text, ms):
    body = json.dumps({"text": text}).encode()

    headers = headers_of(f"evt_0_{ms}-0", body, at=now(), keys=[key_of(NEW)])

    assert Webhook(NEW).verify(body, headers) == {"text": text}


def test_while_a_secret_changes_a_receiver_may_have_either_of_them():
    headers = headers_of("evt_0_1-0", b"{}", at=now(), keys=[key_of(NEW), key_of(OLD)])

    assert Webhook(NEW).verify(b"{}", headers) == Webhook(OLD).verify(b"{}", headers) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "evt_0_2-0"},
        {"webhook-timestamp": "1"},
        {"webhook-signature": "v1,AAAA"},
    ],
)
def test_nothing_of_it_can_be_changed(change):
    headers = headers_of("evt_0_1-0", b"{}", at=now(), keys=[key_of(NEW)]) | change

    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(b"{}", headers)


@pytest.mark.parametrize(
    "secret", ["", "secret", "whsec_", "whsec_AAAA", "whsec_no base64 at all, but long", NEW[6:]]
)
def test_what_is_no_secret_is_refused_and_not_repeated(secret):
    with pytest.raises(ValueError, match="must be whsec_") as error:
        key_of(secret)

    assert len(secret) < 20 or secret not in str(error.value)
