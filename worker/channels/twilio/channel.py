"""WhatsApp through Twilio: connects the pure modules of this folder with an HTTP client and an account."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import SecretStr

from session.channels.twilio import PROVIDER, bare, contents_in
from session.content_parts import Media
from session.files import File
from session.messages import Delivery
from session.pseudonyms import Pseudonyms
from session.replies import Reply
from session.template_definitions import Definition
from worker.channels.error_classes import ErrorClass, answer_of, discreet, is_success, why_not, without
from worker.channels.files import Files
from worker.channels.gathering import gather
from worker.channels.outcomes import Outcome, Parsed, Rejected, Stopped
from worker.channels.reading import object_at, objects_at, text_at, word_at
from worker.channels.transport import Http, HttpRequest, HttpResponse, NoResponse
from worker.channels.twilio.contents import wrong_with
from worker.channels.twilio.errors import class_of, classify, why_refused
from worker.channels.twilio.parsing import read
from worker.channels.twilio.sending import form_of, render
from worker.channels.twilio.templates import content_of_template, definition_of
from worker.media.downloading import Never, NotNow, Place
from worker.settings import WorkerSettings

_API_HOST = "api.twilio.com"
#: Contents of a page, and pages that are read at most.
_PAGE, _MOST_PAGES = 100, 200
#: Twilio's code for a sid that names nothing.
_NO_CONTENT = "21655"
#: The host of the API; templates are on another one. At any other address they are asked for where messages are sent to.
_API = re.compile(r"https://api\.((?:[a-z0-9-]+\.){0,2}twilio\.com)")
#: Twilio's code for what is not in the account.
_NO_SUCH_THING = "20404"
_MEDIA_HOSTS = (".twilio.com", ".twiliocdn.com", "s3-external-1.amazonaws.com")


class Twilio:
    """WhatsApp through Twilio's Messages API; satisfies `protocols.Channel`.

    `api_url` is "https://api.twilio.com"; `sender` ("+E164", with or without "whatsapp:", or a messaging service "MG…")
    is used when a route names none; `status_callback` is the public URL of our status webhook, None for none (then an
    unknown delivery can never be settled), in which `pseudonyms` hide the customer from the logs on the way; `shows_files`
    says whether Twilio can fetch ours; `sids` has the sids of the Content templates. The client is closed by `close`.
    """

    name: str = PROVIDER.name

    def __init__(
        self,
        *,
        api_url: str,
        account_sid: str,
        auth_token: SecretStr,
        sender: str,
        status_callback: str | None,
        http: Http,
        pseudonyms: Pseudonyms | None = None,
        files: Files | None = None,
        shows_files: bool = True,
        sids: Mapping[str, str] | None = None,
    ) -> None:
        urlsplit(status_callback or "")  # an impossible address fails here, and not in every send
        account = quote(account_sid, safe="").replace(".", "%2E")
        self._account = f"{api_url.rstrip('/')}/2010-04-01/Accounts/{account}"
        self._contents = _API.sub(r"https://content.\1", api_url.rstrip("/")) + "/v1"
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._sender = bare(sender)
        self._status_callback = status_callback
        self._http = http
        self._pseudonyms = pseudonyms
        self._files = files
        self._shows_files = shows_files
        self._sids = sids or {}

    @classmethod
    def open(
        cls, settings: WorkerSettings, http: Http, files: Files | None, pseudonyms: Pseudonyms | None
    ) -> Self:
        """Return the channel that the settings describe; without credentials it can only read."""
        return cls(
            api_url=settings.twilio_api_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token or SecretStr(""),
            sender=settings.twilio_from,
            status_callback=f"{settings.public_url}{PROVIDER.path}/status" if settings.public_url else None,
            http=http,
            pseudonyms=pseudonyms,
            files=files,
            shows_files=bool(settings.public_url),
            sids=contents_in(settings.twilio_content_sids),
        )

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        """Read one form body of the endpoint `source`; never raises. `received_at` is in ms since the epoch."""
        decode = self._pseudonyms.decode if self._pseudonyms else lambda _: None
        return gather(read(body, source=source, received_at=received_at, sender=self._sender, decode=decode))

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as messages that Twilio can carry, at least one; options without a template become numbered lines."""
        return render(reply, shows_files=self._shows_files, sids=self._sids)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply from the sender of its route. Never raises."""
        template = delivery.reply.template
        attachment, address = delivery.reply.file, None
        if not delivery.reply.says_something:
            return Rejected(code="empty", words="nothing is said in this reply")
        encode = self._pseudonyms.encode if self._pseudonyms else str
        if attachment:
            address = attachment.url or self._address_of(attachment, delivery)
            if not address:
                return Rejected(code="no-address", words="Twilio fetches files: set PUBLIC_URL")
        if template and content_of_template(template, self._sids, address) is None:
            return Rejected(
                code="no-content", words=f"its Content is not known, or does not fit: {template.name}"
            )
        form = form_of(
            delivery,
            sender=self._sender,
            status_callback=self._status_callback,
            encode=encode,
            media_url=address,
            sids=self._sids,
        )
        answer = await self._ask(
            "POST", f"{self._account}/Messages.json", content=urlencode(form).encode("ascii")
        )
        if not isinstance(answer, HttpResponse):
            return answer
        outcome = discreet(classify(answer.status_code, answer.headers, answer.content), *self._secrets)
        if template and isinstance(outcome, Stopped) and outcome.code == _NO_CONTENT:
            # One template is missing; the sender has others, and everything else.
            return Rejected(code=outcome.code, words=outcome.words)
        return outcome

    async def definitions(self) -> list[Definition] | str:
        """Ask for all Contents that are templates; why not, in words, if Twilio does not tell. Never raises."""
        account = f"{self.name}:{self._account_sid}"
        found: list[Definition] = []
        url = f"{self._contents}/ContentAndApprovals?PageSize={_PAGE}"
        for _ in range(_MOST_PAGES):
            answer = await self._ask("GET", url)
            if not isinstance(answer, HttpResponse):
                return why_not(answer) or ""
            if words := why_refused(answer.status_code, answer.headers, answer.content):
                return without(words, *self._secrets)
            page = answer_of(answer.content)
            found += filter(
                None, (definition_of(item, account=account) for item in objects_at(page, "contents"))
            )
            following = urlsplit(text_at(object_at(page, "meta"), "next_page_url")).query
            if not following:
                break
            # Only its query: the credentials stay with the configured address.
            url = f"{self._contents}/ContentAndApprovals?{following}"
        return found

    async def media_at(self, media: Media) -> Place | NotNow | Never:
        """Return where a medium is: where its body says, if that is at Twilio. Never raises.

        Twilio redirects to hosts of its own and to its bucket, which get no credentials. Source:
        www.twilio.com/docs/messaging/api/media-resource.
        """
        if not media.url:
            return Never(why="Twilio has given it no address")
        headers = {"Authorization": f"Basic {self._secrets[1]}"}
        return Place(
            url=media.url, headers=headers, origin=self._account, hosts=_MEDIA_HOSTS, knows_us=(_API_HOST,)
        )

    def class_of(self, code: str | None) -> ErrorClass:
        """Return what the code of a failed status asks for; an unknown one has failed for good."""
        return class_of(code)

    async def probe(self) -> str | None:
        """Ask for the account and the Content templates; None if they are as the settings say, else what is wrong."""
        answer = await self._ask("GET", f"{self._account}.json")
        if not isinstance(answer, HttpResponse):
            return why_not(answer)
        if words := why_refused(answer.status_code, answer.headers, answer.content):
            return without(words, *self._secrets)
        wrong = await asyncio.gather(*(self._wrong_with(*content) for content in self._sids.items()))
        return "; ".join(filter(None, wrong)) or None

    async def _wrong_with(self, shape: str, sid: str) -> str | None:
        answer = await self._ask("GET", f"{self._contents}/Content/{sid}")
        if not isinstance(answer, HttpResponse):
            return None
        told = answer_of(answer.content)
        why = wrong_with(shape, told) if is_success(answer.status_code) else None
        if word_at(told, "code") == _NO_SUCH_THING:
            why = "there is no such template"
        return why and f"TWILIO_CONTENT_SIDS, {shape}={sid}: {why}"

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    @property
    def _secrets(self) -> tuple[str, str]:
        """The token, and account and token together as in the header."""
        token = self._auth_token.get_secret_value()
        return token, b64encode(f"{self._account_sid}:{token}".encode("utf-8", "replace")).decode("ascii")

    def _address_of(self, attachment: File, delivery: Delivery) -> str | None:
        return self._files.address_of(attachment, queued_at=delivery.queued_at) if self._files else None

    async def _ask(self, method: str, url: str, content: bytes = b"") -> HttpResponse | NoResponse:
        headers = {"Authorization": f"Basic {self._secrets[1]}"}
        if content:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self._http.exchange(
            HttpRequest(method=method, url=url, headers=headers, content=content)
        )
