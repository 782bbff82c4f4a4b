"""WhatsApp through Twilio: connects the pure modules of this folder with an HTTP client and an account."""

from base64 import b64encode
from collections.abc import Callable
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import SecretStr

from session.channels.twilio import PREFIX, PROVIDER, bare
from session.messages import Delivery, Reply
from session.pseudonyms import Pseudonyms
from worker.channels.error_classes import ErrorClass, discreet, why_not, without
from worker.channels.gathering import gather
from worker.channels.outcomes import Outcome, Parsed, Rejected
from worker.channels.reading import wellformed
from worker.channels.texts import as_text, in_parts
from worker.channels.transport import Http, HttpRequest, HttpResponse, NoResponse
from worker.channels.twilio.errors import class_of, classify, why_refused
from worker.channels.twilio.parsing import callback_for, read
from worker.settings import WorkerSettings

#: Twilio refuses a longer `Body` with error 21617. In UTF-16 code units, see `texts`.
TEXT_LIMIT = 1600

#: The sid of a messaging service, which selects one of its own senders, begins with this.
_SERVICE = "MG"


class Twilio:
    """WhatsApp through Twilio's Messages API; satisfies `protocols.Channel`.

    `api_url` is "https://api.twilio.com"; `sender` ("+E164", with or without "whatsapp:", or a messaging service "MG…")
    is used when a route names none; `status_callback` is the public URL of our status webhook, None for none (then an
    unknown delivery can never be settled), in which `pseudonyms` hide the customer from the logs on the way. The client is closed by `close`.
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
    ) -> None:
        urlsplit(status_callback or "")  # an impossible address fails here, and not in every send
        account = quote(account_sid, safe="").replace(".", "%2E")
        self._account = f"{api_url.rstrip('/')}/2010-04-01/Accounts/{account}"
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._sender = bare(sender)
        self._status_callback = status_callback
        self._http = http
        self._pseudonyms = pseudonyms

    @classmethod
    def open(cls, settings: WorkerSettings, http: Http, pseudonyms: Pseudonyms | None) -> Self:
        """Return the channel that the settings describe; without credentials it can only read."""
        return cls(
            api_url=settings.twilio_api_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token or SecretStr(""),
            sender=settings.twilio_from,
            status_callback=f"{settings.public_url}{PROVIDER.path}/status" if settings.public_url else None,
            http=http,
            pseudonyms=pseudonyms,
        )

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        """Read one form body of the endpoint `source`; never raises. `received_at` is in ms since the epoch."""
        decode = self._pseudonyms.decode if self._pseudonyms else lambda _: None
        return gather(read(body, source=source, received_at=received_at, sender=self._sender, decode=decode))

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as texts that Twilio can carry, at least one; options become numbered lines."""
        return render(reply)

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply from the sender of its route. Never raises."""
        if not delivery.reply.text.strip():
            return Rejected(code="empty", words="nothing is said in this reply")
        encode = self._pseudonyms.encode if self._pseudonyms else str
        form = form_of(delivery, sender=self._sender, status_callback=self._status_callback, encode=encode)
        answer = await self._ask(
            "POST", f"{self._account}/Messages.json", content=urlencode(form).encode("ascii")
        )
        if not isinstance(answer, HttpResponse):
            return answer
        return discreet(classify(answer.status_code, answer.headers, answer.content), *self._secrets)

    def class_of(self, code: str | None) -> ErrorClass:
        """Return what the code of a failed status asks for; an unknown one has failed for good."""
        return class_of(code)

    async def probe(self) -> str | None:
        """Ask for the account; None if Twilio returns it, else its code and words."""
        answer = await self._ask("GET", f"{self._account}.json")
        if not isinstance(answer, HttpResponse):
            return why_not(answer)
        words = why_refused(answer.status_code, answer.headers, answer.content)
        return words and without(words, *self._secrets)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    @property
    def _secrets(self) -> tuple[str, str]:
        """The token, and account and token together as in the header."""
        token = self._auth_token.get_secret_value()
        return token, b64encode(f"{self._account_sid}:{token}".encode("utf-8", "replace")).decode("ascii")

    async def _ask(self, method: str, url: str, content: bytes = b"") -> HttpResponse | NoResponse:
        headers = {"Authorization": f"Basic {self._secrets[1]}"}
        if content:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self._http.exchange(
            HttpRequest(method=method, url=url, headers=headers, content=content)
        )


def render(reply: Reply) -> tuple[Reply, ...]:
    """Return the reply as texts within the limit, at least one; options become numbered lines below it.

    Twilio cannot quote a message, so `reply_to` is dropped.
    """
    return in_parts(reply.model_copy(update={"reply_to": None}), as_text(reply), TEXT_LIMIT)


def form_of(
    delivery: Delivery,
    *,
    sender: str,
    status_callback: str | None,
    encode: Callable[[str], str] = str,
) -> dict[str, str]:
    """Return what `POST …/Messages.json` takes for one rendered reply; `sender` is used for a route that names none."""
    sender = bare(delivery.route.sender) or sender
    form = {
        "To": delivery.route.address,
        **({"MessagingServiceSid": sender} if sender.startswith(_SERVICE) else {"From": f"{PREFIX}{sender}"}),
        "Body": delivery.reply.text,
    }
    if status_callback:
        form["StatusCallback"] = callback_for(
            status_callback, conversation=encode(delivery.conversation), delivery=delivery.id
        )
    return {name: wellformed(value) for name, value in form.items()}
