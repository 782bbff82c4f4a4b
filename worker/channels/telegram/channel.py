"""Telegram's Bot API: connects the pure modules of this folder with an HTTP client and a bot."""

from typing import Any, Self

from pydantic import SecretStr

from session.channels.telegram import PROVIDER
from session.messages import Delivery, Message, Reply
from session.pseudonyms import Pseudonyms
from worker.channels.error_classes import ErrorClass, answer_of, discreet, why_not, without
from worker.channels.gathering import gather
from worker.channels.outcomes import Outcome, Parsed, Rejected
from worker.channels.reading import object_at, text_at
from worker.channels.telegram.errors import class_of, classify, why_refused
from worker.channels.telegram.sending import payload_of, render, write
from worker.channels.telegram.updates import read
from worker.channels.transport import Http, HttpRequest, HttpResponse, NoResponse
from worker.settings import WorkerSettings


class Telegram:
    """Telegram's Bot API; satisfies `protocols.Channel` and `protocols.ReceiptSender`.

    `api_url` is "https://api.telegram.org". The token names the bot: "<id>:<secret>". `webhook_url` is the public URL of
    our webhook, "" if it is not known; `typing` says whether customers see that an answer is being written. The client is
    closed by `close`.
    """

    name: str = PROVIDER.name

    def __init__(self, *, api_url: str, token: SecretStr, webhook_url: str, typing: bool, http: Http) -> None:
        self._api_url = api_url
        self._token = token.get_secret_value()
        self._webhook_url = webhook_url
        self._typing = typing
        self._http = http

    @classmethod
    def open(cls, settings: WorkerSettings, http: Http, pseudonyms: Pseudonyms | None = None) -> Self:  # noqa: ARG003
        """Return the channel that the settings describe; without a token it can only read."""
        return cls(
            api_url=settings.telegram_api_url,
            token=settings.telegram_bot_token or SecretStr(""),
            webhook_url=settings.public_url and settings.public_url + PROVIDER.path,
            typing=settings.telegram_typing,
            http=http,
        )

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:  # noqa: ARG002 - Telegram has one endpoint
        """Read one update; never raises. `received_at` is in ms since the epoch."""
        return gather([read(body, received_at=received_at, sender=self._token.partition(":")[0])])

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as messages that Telegram can carry, at least one."""
        return render(reply)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply. Never raises."""
        if not delivery.reply.text.strip():
            return Rejected(code="empty", words="nothing is said in this reply")
        answer = await self._call("sendMessage", payload_of(delivery))
        if not isinstance(answer, HttpResponse):
            return answer
        return discreet(classify(answer.status_code, answer.headers, answer.content), self._token)

    async def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Confirm a tap, so that its button stops waiting; else show that an answer is written, for 5 seconds at most.

        None if Telegram accepted it or there was nothing to show, else why not. Never raises.
        """
        tapped = message.details.get("callback_query_id")
        if tapped:
            return self._why_refused(await self._call("answerCallbackQuery", {"callback_query_id": tapped}))
        if not (typing and self._typing):
            return None
        action = {"chat_id": message.route.address, "action": "typing"}
        return self._why_refused(await self._call("sendChatAction", action))

    def class_of(self, code: str | None) -> ErrorClass:
        """Return what a code asks for; an unknown one has failed for good."""
        return class_of(code)

    async def probe(self) -> str | None:
        """Ask for the bot and for its webhook; None if both are right, else what is wrong and what to do."""
        why = self._why_refused(await self._call("getMe"))
        if why:
            return why
        answer = await self._call("getWebhookInfo")
        if not isinstance(answer, HttpResponse) or (why := self._why_refused(answer)):
            return self._why_refused(answer)
        return self._wrong_with(object_at(answer_of(answer.content), "result"))

    def _wrong_with(self, webhook: dict[str, Any]) -> str | None:
        url, error = text_at(webhook, "url"), text_at(webhook, "last_error_message")
        if not url:
            return "the bot has no webhook: call setWebhook, see docs/providers.md"
        if self._webhook_url and url != self._webhook_url:
            return (
                f"the bot's webhook is {url}, not {self._webhook_url}: call setWebhook, see docs/providers.md"
            )
        # The error stays after it was mended; updates that wait say that it was not.
        return (
            f"Telegram cannot deliver to {url}: {error}"
            if error and webhook.get("pending_update_count")
            else None
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _call(self, method: str, payload: dict[str, Any] | None = None) -> HttpResponse | NoResponse:
        call = HttpRequest(
            method="POST",
            url=f"{self._api_url}/bot{self._token}/{method}",
            headers={"Content-Type": "application/json"},
            content=write(payload or {}),
        )
        return await self._http.exchange(call)

    def _why_refused(self, answer: HttpResponse | NoResponse) -> str | None:
        if not isinstance(answer, HttpResponse):
            return why_not(answer)
        words = why_refused(answer.status_code, answer.headers, answer.content)
        return words and without(words, self._token)
