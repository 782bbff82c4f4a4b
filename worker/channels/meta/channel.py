"""Meta's WhatsApp Cloud API: connects the pure modules of this folder with an HTTP client and an access token."""

import asyncio
from typing import Self
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from session.channels.meta import PROVIDER
from session.content_parts import Media
from session.files import File
from session.messages import Delivery, Message
from session.replies import Reply
from session.template_definitions import Definition
from worker.channels.error_classes import ErrorClass, answer_of, discreet, why_not, without
from worker.channels.files import AT_ONCE, Files
from worker.channels.gathering import gather
from worker.channels.meta.errors import UNUSABLE_UPLOAD, class_of, classify, is_unknown_upload, why_refused
from worker.channels.meta.media import place_of
from worker.channels.meta.parsing import read
from worker.channels.meta.rendering import render
from worker.channels.meta.sending import payload_of, read_mark, write
from worker.channels.meta.templates import account_of, definition_of
from worker.channels.meta.uploads import Uploads
from worker.channels.outcomes import Outcome, Parsed, Prepared, Rejected
from worker.channels.reading import object_at, objects_at, text_at
from worker.channels.transport import Http, HttpRequest, HttpResponse, NoResponse
from worker.media.downloading import Never, NotNow, Place
from worker.settings import WorkerSettings

#: Templates of a page, and pages that are read at most: a business account has 6,000 at most.
_PAGE, _MOST_PAGES = 50, 200


class Meta:
    """WhatsApp through Meta's Cloud API; satisfies `protocols.Channel`, `Uploader` and `ReceiptSender`.

    `graph_url` and `graph_version` make the address ("https://graph.facebook.com", "v23.0"); `phone_number_id` is the
    sender that is probed, and that of messages whose body names none; `upload_within` is in seconds. The client is closed
    by `close`.
    """

    name: str = PROVIDER.name

    def __init__(
        self,
        *,
        graph_url: str,
        graph_version: str,
        access_token: SecretStr,
        phone_number_id: str,
        business_account_id: str = "",
        http: Http,
        files: Files | None = None,
        upload_within: float = 30.0,
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{quote(graph_version, safe='')}"
        self._access_token = access_token
        self._sender = phone_number_id
        self._business_account = business_account_id
        self._http = http
        self._uploads = Uploads(
            files=files, http=http, token=access_token, address=self._address, within=upload_within
        )

    @classmethod
    def open(cls, settings: WorkerSettings, http: Http, files: Files | None) -> Self:
        """Return the channel that the settings describe; without credentials it can only read."""
        return cls(
            graph_url=settings.meta_graph_url,
            graph_version=settings.meta_graph_version,
            access_token=settings.meta_access_token or SecretStr(""),
            phone_number_id=settings.meta_phone_number_id,
            business_account_id=settings.meta_business_account_id,
            http=http,
            files=files,
            upload_within=settings.send_timeout_seconds,
        )

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:  # noqa: ARG002 - Meta has one endpoint
        """Read one webhook body; never raises. `received_at` is in ms since the epoch."""
        return gather(read(body, received_at=received_at, sender=self._sender))

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as messages that Meta can carry, at least one."""
        return render(reply)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply through the sender of its route. Never raises."""
        if not delivery.reply.says_something:
            return Rejected(code="empty", words="nothing is said in this reply")
        attachment = delivery.reply.file
        if attachment is None or attachment.url:
            return await self._send(delivery, None)
        return await self._send_uploaded(delivery, attachment)

    async def _send_uploaded(self, delivery: Delivery, attachment: File) -> Outcome:
        """Upload what a delivery carries unless Meta has it, and send it; upload it again, once, if Meta has lost it."""
        sender, clock = delivery.route.sender or self._sender, asyncio.get_running_loop().time
        began = clock()
        outcome: Outcome = Rejected(code="no-file", words="it was not uploaded")
        for _ in range(2):
            media_id = await self._uploads.id_of(sender, attachment)
            if not isinstance(media_id, str):
                return media_id
            if clock() - began > AT_ONCE:
                return Prepared(words=f"{attachment.kind} uploaded")
            outcome = await self._send(delivery, media_id)
            if not is_unknown_upload(outcome):
                return outcome
            if later := await self._uploads.forget(sender, attachment):
                return later
        return outcome

    async def _send(self, delivery: Delivery, media_id: str | None) -> Outcome:
        answer = await self._post(delivery.route.sender, write(payload_of(delivery, media_id)))
        if not isinstance(answer, HttpResponse):
            return answer
        return discreet(classify(answer.status_code, answer.headers, answer.content), self._token)

    async def has_failed(self, delivery: Delivery, code: str | None) -> None:
        """Upload the file of a delivery again the next time if Meta could not use it. Never raises."""
        attachment = delivery.reply.file
        if attachment and attachment.stored and code == UNUSABLE_UPLOAD:
            await self._uploads.forget(delivery.route.sender or self._sender, attachment)

    async def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Mark a message as read through the sender through which it came; None if Meta accepted it, else why not. Never raises.

        Meta shows the typing until the next message of the business, for 25 seconds at most.
        """
        return self._why_refused(
            await self._post(message.route.sender, write(read_mark(message.id, typing=typing)))
        )

    async def media_at(self, media: Media) -> Place | NotNow | Never:
        """Ask where a medium is. Never raises."""
        if not media.id:
            return Never(why="Meta has given it no id")
        answer = await self._ask("GET", self._address(media.id))
        return place_of(answer, {"Authorization": f"Bearer {self._token}"}, self._base)

    async def definitions(self) -> list[Definition] | str:
        """Ask for the message templates of the business account; why not, in words, if Meta does not tell. Never raises."""
        if not self._business_account:
            return "set META_BUSINESS_ACCOUNT_ID: the templates belong to the business account"
        account, found, after = account_of(self._business_account), list[Definition](), ""
        for _ in range(_MOST_PAGES):
            query = urlencode({"limit": _PAGE} | ({"after": after} if after else {}))
            answer = await self._ask(
                "GET", f"{self._address(self._business_account)}/message_templates?{query}"
            )
            if (words := self._why_refused(answer)) is not None or not isinstance(answer, HttpResponse):
                return words or ""
            page = answer_of(answer.content)
            found += filter(None, (definition_of(item, account=account) for item in objects_at(page, "data")))
            paging = object_at(page, "paging")
            after = text_at(object_at(paging, "cursors"), "after") if text_at(paging, "next") else ""
            if not after:
                break
        return found

    def class_of(self, code: str | None) -> ErrorClass:
        """Return what the code of a failed status asks for; an unknown one has failed for good."""
        return class_of(code)

    async def probe(self) -> str | None:
        """Ask for the default sender; None if Meta returns it, else its code and words."""
        return self._why_refused(await self._ask("GET", f"{self._address(self._sender)}?fields=id"))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _address(self, sender: str) -> str:
        # A dot is quoted too, so that ".." as a sender cannot leave the path.
        return f"{self._base}/{quote(sender, safe='', errors='replace').replace('.', '%2E')}"

    @property
    def _token(self) -> str:
        return self._access_token.get_secret_value()

    async def _post(self, sender: str, content: bytes) -> HttpResponse | NoResponse:
        return await self._ask("POST", f"{self._address(sender or self._sender)}/messages", content)

    async def _ask(self, method: str, url: str, content: bytes = b"") -> HttpResponse | NoResponse:
        headers = {"Authorization": f"Bearer {self._token}"}
        if content:
            headers["Content-Type"] = "application/json"
        return await self._http.exchange(
            HttpRequest(method=method, url=url, headers=headers, content=content)
        )

    def _why_refused(self, answer: HttpResponse | NoResponse) -> str | None:
        if not isinstance(answer, HttpResponse):
            return why_not(answer)
        words = why_refused(answer.status_code, answer.headers, answer.content)
        return words and without(words, self._token)
