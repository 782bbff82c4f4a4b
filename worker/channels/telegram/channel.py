"""Telegram's Bot API: connects the pure modules of this folder with an HTTP client and a bot."""

import asyncio
import json
from typing import Any, Self
from urllib.parse import quote

from pydantic import SecretStr

from session.channels.telegram import PROVIDER
from session.content_parts import Media
from session.errors import MediaStoreError
from session.files import File
from session.messages import Delivery, Message
from session.replies import Reply
from worker.channels.error_classes import ErrorClass, answer_of, discreet, why_not, without
from worker.channels.files import AT_ONCE, Files, unreadable
from worker.channels.gathering import gather
from worker.channels.multipart import FormFile, multipart
from worker.channels.outcomes import Outcome, Parsed, Rejected, Throttled
from worker.channels.reading import object_at, text_at
from worker.channels.telegram.errors import class_of, classify, why_refused
from worker.channels.telegram.sending import field_of, method_of, payload_of, render, write
from worker.channels.telegram.updates import read
from worker.channels.transport import Http, HttpRequest, HttpResponse, NoResponse
from worker.media.downloading import Never, NotNow, Place
from worker.settings import WorkerSettings

_WRONG_FILE = 400
#: Bytes of the largest file that a bot gets (core.telegram.org/bots/api#getfile).
_LARGEST = 20 * 1024 * 1024


class Telegram:
    """Telegram's Bot API; satisfies `protocols.Channel` and `ReceiptSender`.

    `api_url` is "https://api.telegram.org". The token names the bot: "<id>:<secret>". `webhook_url` is the public URL of
    our webhook, "" if it is not known; `typing` says whether customers see that an answer is being written. The client is
    closed by `close`.
    """

    name: str = PROVIDER.name

    def __init__(
        self,
        *,
        api_url: str,
        token: SecretStr,
        webhook_url: str,
        typing: bool,
        http: Http,
        files: Files | None = None,
    ) -> None:
        self._api_url = api_url
        self._token = token.get_secret_value()
        self._webhook_url = webhook_url
        self._typing = typing
        self._http = http
        self._files = files

    @classmethod
    def open(cls, settings: WorkerSettings, http: Http, files: Files | None) -> Self:
        """Return the channel that the settings describe; without a token it can only read."""
        return cls(
            api_url=settings.telegram_api_url,
            token=settings.telegram_bot_token or SecretStr(""),
            webhook_url=settings.public_url and settings.public_url + PROVIDER.path,
            typing=settings.telegram_typing,
            http=http,
            files=files,
        )

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:  # noqa: ARG002 - Telegram has one endpoint
        """Read one update; never raises. `received_at` is in ms since the epoch."""
        return gather([read(body, received_at=received_at, sender=self._token.partition(":")[0])])

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as messages that Telegram can carry, at least one."""
        return render(reply)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply. Never raises."""
        reply = delivery.reply
        if not reply.says_something:
            return Rejected(code="empty", words="nothing is said in this reply")
        payload, method = payload_of(delivery), method_of(reply)
        if reply.media is None or reply.media.url:
            answer = await self._call(method, payload)
        else:
            content = await self._read(reply.media)
            if not isinstance(content, bytes):
                return content
            answer = await self._upload(method, payload, reply.media, content)
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

    async def media_at(self, media: Media) -> Place | NotNow | Never:
        """Ask where a file is: the address is valid for an hour, and contains the token. Never raises."""
        if not media.id:
            return Never(why="Telegram has given it no id")
        answer = await self._call("getFile", {"file_id": media.id})
        if not isinstance(answer, HttpResponse):
            return NotNow(why="Telegram does not answer")
        path = text_at(object_at(answer_of(answer.content), "result"), "file_path")
        if path:
            url = f"{self._api_url}/file/bot{self._token}/{quote(path)}"
            return Place(url=url, origin=self._api_url, at_most=_LARGEST)
        if answer.status_code == _WRONG_FILE:
            # "file is too big", "wrong file_id"
            return Never(why=f"Telegram refuses it: {self._why_refused(answer)}")
        return NotNow(why=f"Telegram answers {answer.status_code}")

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
        return await self._post(method, write(payload or {}), "application/json")

    async def _post(self, method: str, content: bytes, content_type: str) -> HttpResponse | NoResponse:
        call = HttpRequest(
            method="POST",
            url=f"{self._api_url}/bot{self._token}/{method}",
            headers={"Content-Type": content_type},
            content=content,
        )
        return await self._http.exchange(call)

    async def _read(self, attachment: File) -> bytes | Outcome:
        if self._files is None:
            return Rejected(code="no-file", words="this process has no media store")
        try:
            async with asyncio.timeout(AT_ONCE):
                return await self._files.read(attachment)
        except MediaStoreError as error:
            return unreadable(error)
        except TimeoutError:
            return Throttled(code="media-store", words="the media store is slow")

    async def _upload(
        self, method: str, payload: dict[str, Any], attachment: File, content: bytes
    ) -> HttpResponse | NoResponse:
        """Make a request that carries the file itself; it is sent with it, or not at all."""
        fields = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()
        }
        file = FormFile(
            field=field_of(attachment),
            filename=attachment.name,
            mime_type=attachment.mime_type,
            content=content,
        )
        return await self._post(method, *multipart(fields, file))

    def _why_refused(self, answer: HttpResponse | NoResponse) -> str | None:
        if not isinstance(answer, HttpResponse):
            return why_not(answer)
        words = why_refused(answer.status_code, answer.headers, answer.content)
        return words and without(words, self._token)
