"""The webhook on fakeredis, with a wake-up that is only written down, and providers that sign what they post."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import fakeredis
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from session.errors import StoreUnavailable
from session.keys import Keys
from session.store import CounterStore
from tests.clocks import ManualClock
from tests.stores import at_once, scripts_by
from webhook.app import create_app
from webhook.settings import WebhookSettings

SECRET = "app secret"
TOKEN = "auth token"
PUBLIC = "https://bot.example"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

SETTINGS: dict[str, Any] = {
    "_env_file": None,
    "meta_app_secret": SECRET,
    "meta_verify_token": "verify me",
    "twilio_auth_token": TOKEN,
    "public_url": PUBLIC,
}


@dataclass
class WrittenDown:
    """Stands for the broker."""

    shards: list[int] = field(default_factory=list)
    state: str = "ok"
    missed: int = 0

    def publish(self, shard: int) -> None:
        self.shards.append(shard)

    def check(self) -> str:
        return self.state


class Full:
    """A store that keeps nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or StoreUnavailable("store_body: OutOfMemoryError")

    def store(self, body, *, source, ordering_key, by_agent=False):
        raise self.error


class Edge:
    """A webhook, and the providers in front of it."""

    def __init__(self, *, store: Any = None, **settings: Any) -> None:
        self.redis = fakeredis.FakeRedis(decode_responses=True, encoding_errors="surrogateescape")
        self.wake = WrittenDown()
        self.clock = ManualClock()
        app = create_app(
            WebhookSettings(**{**SETTINGS, **settings}),
            client=self.redis,
            store=store,
            wake=self.wake,
            clock=self.clock,
        )
        self.http = app.test_client()

    def swept(self) -> None:
        """Let time pass, and the sweep look."""
        self.clock.move(seconds=2)
        at_once(self.redis, CounterStore(scripts_by(), Keys())).fold(0, swept=self.clock.now())

    def meta(self, body: bytes, *, content_type: str | None = JSON, **headers: str) -> TestResponse:
        """Post as Meta does."""
        headers.setdefault("X_Hub_Signature_256", meta_signature(body))
        return self.http.post(
            "/webhook/meta", data=body, content_type=content_type, headers=_spelled(headers)
        )

    def twilio(
        self, form: Mapping[str, str], path: str = "/webhook/twilio", *, signed: str | None = None
    ) -> TestResponse:
        """Post as Twilio does; `signed` is the URL that goes into the signature."""
        signature = RequestValidator(TOKEN).compute_signature(signed or PUBLIC + path, form)
        return self.twilio_bytes(urlencode(form).encode(), signature, path)

    def twilio_bytes(self, body: bytes, signature: str, path: str = "/webhook/twilio") -> TestResponse:
        return self.http.post(path, data=body, content_type=FORM, headers={"X-Twilio-Signature": signature})

    def kept(self, intake: str = "intake") -> list[tuple[str, bytes]]:
        """Source and bytes of every body that was kept, oldest first."""
        return [
            (entry["source"], entry["body"].encode("utf-8", "surrogateescape"))
            for _, entry in self.redis.xrange(intake)
        ]


def meta_signature(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def twilio_signature_of_bytes(url: str, signed: bytes) -> str:
    """What Twilio's library computes, for bytes that are no text."""
    return base64.b64encode(hmac.new(TOKEN.encode(), url.encode() + signed, hashlib.sha1).digest()).decode()


def _spelled(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
