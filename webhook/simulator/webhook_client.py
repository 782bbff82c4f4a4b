"""Signs bodies as the providers do and posts them to the webhook. It does not look into them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from session.errors import InturnError
from webhook.simulator.meta_envelopes import meta_signature
from webhook.simulator.settings import Settings
from webhook.simulator.twilio_forms import twilio_signature

META_PATH = "/webhook/meta"
TWILIO_PATH = "/webhook/twilio"


class WebhookUnreachable(InturnError):
    """Raised when the webhook cannot be reached or does not answer in time."""

    def __init__(self, url: str, cause: Exception) -> None:
        super().__init__(
            f"the webhook at {url} cannot be reached ({type(cause).__name__}); start it with make run"
        )


class WebhookClient:
    """Posts to the webhook; may be used from any thread."""

    def __init__(self, *, settings: Settings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client

    def post_meta(self, envelope: Mapping[str, Any]) -> int:
        """Post a JSON body to the webhook of Meta and return its HTTP status."""
        # Meta escapes what is not ASCII, and signs the escaped bytes.
        body = json.dumps(envelope, separators=(",", ":")).encode()
        signature = meta_signature(self._settings.meta_app_secret.get_secret_value(), body)
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        return self._post(self._settings.post_to + META_PATH, body, headers)

    def post_twilio(self, form: Mapping[str, str], *, url: str | None = None) -> int:
        """Post a form to a public URL and return the HTTP status; None is the webhook for messages."""
        public = (url or self._settings.public_url + TWILIO_PATH).partition("#")[0]
        signature = twilio_signature(self._settings.twilio_auth_token.get_secret_value(), public, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return self._post(self._reachable(public), urlencode(form).encode(), headers)

    def _reachable(self, public: str) -> str:
        rest = public.removeprefix(self._settings.public_url)
        return self._settings.post_to + rest if rest != public else public

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            return self._client.post(url, content=body, headers=headers).status_code
        except httpx.HTTPError as error:
            raise WebhookUnreachable(url, error) from error
