"""Posts the signed requests of the providers to the webhook."""

import httpx

from session.errors import InturnError
from webhook.simulator.provider import WebhookRequest
from webhook.simulator.settings import Settings


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

    def post(self, request: WebhookRequest) -> int:
        """Make a request and return its HTTP status. Raises `WebhookUnreachable`."""
        url = self._reachable(request.url.partition("#")[0])
        try:
            return self._client.post(url, content=request.body, headers=request.headers).status_code
        except httpx.HTTPError as error:
            raise WebhookUnreachable(url, error) from error

    def fetch(self, url: str) -> httpx.Response:
        """Return the answer to a GET of an address of the webhook. Raises `WebhookUnreachable`."""
        try:
            return self._client.get(self._reachable(url))
        except httpx.HTTPError as error:
            raise WebhookUnreachable(url.partition("?")[0], error) from error

    def _reachable(self, public: str) -> str:
        rest = public.removeprefix(self._settings.public_url)
        return self._settings.post_to + rest if rest != public else public
