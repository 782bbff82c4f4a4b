"""A provider that records what it is asked and answers what it is told; handed in as HTTP client, nothing is patched."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx
from pydantic import SecretStr

from session.messages import Delivery, Route
from session.replies import Reply
from worker.channels.meta.channel import Meta
from worker.channels.outcomes import InDoubt, Throttled
from worker.channels.transport import HttpRequest, HttpResponse, NoResponse
from worker.channels.twilio.channel import Twilio

TOKEN = "EAAB-very-secret"
ACCEPTED_BY_META = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "201001234567", "wa_id": "201001234567"}],
    "messages": [{"id": "wamid.OUT"}],
}
ACCEPTED_BY_TWILIO = {"sid": "SMout", "status": "queued"}


#: What a client says of a provider that was not reached, and of one whose answer was lost.
AWAY = Throttled(code="ClientConnectorError", words="the provider could not be reached")
LOST = InDoubt(words="TimeoutError after the request may have been written")


@dataclass
class Provider:
    """Answers every request alike, or is not heard; satisfies `transport.Http`."""

    answer: httpx.Response | NoResponse | Callable[[httpx.Request], httpx.Response]
    requests: list[httpx.Request] = field(default_factory=list)
    closed: bool = False

    def __call__(self, request):
        self.requests.append(request)
        return self.answer(request) if callable(self.answer) else self.answer

    async def exchange(self, call: HttpRequest) -> HttpResponse | NoResponse:
        answer = self(httpx.Request(call.method, call.url, headers=call.headers, content=call.content))
        if not isinstance(answer, httpx.Response):
            return answer
        return HttpResponse(status_code=answer.status_code, headers=answer.headers, content=answer.content)

    async def close(self) -> None:
        self.closed = True

    @property
    def request(self):
        assert len(self.requests) == 1, "one send is one request"
        return self.requests[0]

    @property
    def posted_json(self):
        return json.loads(self.request.content)

    @property
    def posted_form(self):
        return dict(
            parse_qsl(self.request.content.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        )

    def client(self):
        """A client for the libraries of others, which ask the same provider."""
        return httpx.Client(transport=httpx.MockTransport(self))


def meta(answer=None, **settings):
    provider = Provider(answer if answer is not None else httpx.Response(200, json=ACCEPTED_BY_META))
    given = {"graph_url": "https://graph.test", "graph_version": "v23.0", "phone_number_id": "1001"}
    channel = Meta(http=provider, access_token=SecretStr(TOKEN), **(given | settings))
    return channel, provider


def twilio(answer=None, **settings):
    provider = Provider(answer if answer is not None else httpx.Response(201, json=ACCEPTED_BY_TWILIO))
    given = {
        "api_url": "https://api.test",
        "account_sid": "AC1",
        "sender": "+15550001111",
        "status_callback": None,
    }
    channel = Twilio(http=provider, auth_token=SecretStr(TOKEN), **(given | settings))
    return channel, provider


def to_meta(reply, **route):
    given = {"channel": "meta", "sender": "2002", "address": "201001234567"}
    return _delivery(reply, Route(**(given | route)))


def to_twilio(reply, **route):
    given = {"channel": "twilio", "sender": "+15550002222", "address": "whatsapp:+201001234567"}
    return _delivery(reply, Route(**(given | route)))


def _delivery(reply, route):
    said = Reply(text=reply) if isinstance(reply, str) else reply
    return Delivery(
        id="t7.1", conversation="whatsapp:+201001234567", route=route, reply=said, queued_at=1_800_000_000_000
    )
