"""Meta's WhatsApp Cloud API: connects the pure modules of this folder with an HTTP client and an access token."""

from typing import Self
from urllib.parse import quote

from pydantic import SecretStr

from session.channels.meta import PROVIDER
from session.messages import Delivery, Message, Reply
from session.pseudonyms import Pseudonyms
from worker.channels.error_classes import ErrorClass, discreet, why_not, without
from worker.channels.gathering import gather
from worker.channels.meta.errors import class_of, classify, why_refused
from worker.channels.meta.parsing import read
from worker.channels.meta.rendering import MENU_LABEL, render
from worker.channels.meta.sending import payload_of, read_mark, write
from worker.channels.outcomes import Outcome, Parsed, Rejected
from worker.channels.transport import Http, HttpRequest, HttpResponse, NoResponse
from worker.settings import WorkerSettings


class Meta:
    """WhatsApp through Meta's Cloud API; satisfies `protocols.Channel` and `protocols.ReceiptSender`.

    `graph_url` and `graph_version` make the address ("https://graph.facebook.com", "v23.0"); `phone_number_id` is the
    sender that is probed, and that of messages whose body names none; `menu_label` opens a list that was made of more
    buttons than a message can carry. The client is closed by `close`.
    """

    name: str = PROVIDER.name

    def __init__(
        self,
        *,
        graph_url: str,
        graph_version: str,
        access_token: SecretStr,
        phone_number_id: str,
        http: Http,
        menu_label: str = MENU_LABEL,
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{quote(graph_version, safe='')}"
        self._access_token = access_token
        self._sender = phone_number_id
        self._http = http
        self._menu_label = menu_label

    @classmethod
    def open(cls, settings: WorkerSettings, http: Http, pseudonyms: Pseudonyms | None = None) -> Self:  # noqa: ARG003
        """Return the channel that the settings describe; without credentials it can only read."""
        return cls(
            graph_url=settings.meta_graph_url,
            graph_version=settings.meta_graph_version,
            access_token=settings.meta_access_token or SecretStr(""),
            phone_number_id=settings.meta_phone_number_id,
            http=http,
        )

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:  # noqa: ARG002 - Meta has one endpoint
        """Read one webhook body; never raises. `received_at` is in ms since the epoch."""
        return gather(read(body, received_at=received_at, sender=self._sender))

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as messages that Meta can carry, at least one."""
        return render(reply, menu_label=self._menu_label)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply through the sender of its route. Never raises."""
        if not delivery.reply.text.strip():
            return Rejected(code="empty", words="nothing is said in this reply")
        answer = await self._post(delivery.route.sender, write(payload_of(delivery)))
        if not isinstance(answer, HttpResponse):
            return answer
        return discreet(classify(answer.status_code, answer.headers, answer.content), self._token)

    async def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Mark a message as read through the sender through which it came; None if Meta accepted it, else why not. Never raises.

        Meta shows the typing until the next message of the business, for 25 seconds at most.
        """
        return self._why_refused(
            await self._post(message.route.sender, write(read_mark(message.id, typing=typing)))
        )

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
