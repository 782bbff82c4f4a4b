"""The channel `twilio`: joins the pure parts of this folder to one HTTP client and one account."""

from base64 import b64encode
from urllib.parse import quote, urlencode, urlsplit

import httpx
from pydantic import SecretStr

from session.messages import Delivery, Reply
from session.pseudonyms import Pseudonyms
from worker.channels.error_classes import discreet, why_not, without
from worker.channels.gathering import gather
from worker.channels.outcomes import Outcome, Parsed, Rejected
from worker.channels.transport import Answer, Call, NoAnswer, exchange
from worker.channels.twilio.errors import classify, why_refused
from worker.channels.twilio.messages import bare
from worker.channels.twilio.parsing import read
from worker.channels.twilio.rendering import render
from worker.channels.twilio.sending import form_of


class Twilio:
    """WhatsApp through Twilio's Messages API; satisfies `outcomes.Channel`.

    `api_url` is "https://api.twilio.com"; `sender` ("+E164", with or without "whatsapp:", or a messaging service "MG…")
    is used when a route names none; `status_callback` is the public URL of our status webhook, None for none (then an
    unknown delivery can never be settled), in which `pseudonyms` hide the customer from the logs on the way. The client is closed by `close`.
    """

    name: str = "twilio"

    def __init__(
        self,
        *,
        api_url: str,
        account_sid: str,
        auth_token: SecretStr,
        sender: str,
        status_callback: str | None,
        http: httpx.Client,
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

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        """Read one form body of the endpoint `source`; never raises. `received_at` is in ms since the epoch."""
        show = self._pseudonyms.decode if self._pseudonyms else lambda _: None
        return gather(read(body, source=source, received_at=received_at, sender=self._sender, show=show))

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Return the reply as texts that Twilio can carry, at least one; options become numbered lines."""
        return render(reply)

    def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply from the sender of its route. Never raises."""
        if not delivery.reply.text.strip():
            return Rejected(code="empty", words="nothing is said in this reply")
        hide = self._pseudonyms.encode if self._pseudonyms else str
        form = form_of(delivery, sender=self._sender, status_callback=self._status_callback, hide=hide)
        answer = self._ask("POST", f"{self._account}/Messages.json", content=urlencode(form).encode("ascii"))
        if not isinstance(answer, Answer):
            return answer
        return discreet(classify(answer.status_code, answer.headers, answer.content), *self._secrets)

    def probe(self) -> str | None:
        """Ask for the account; None if Twilio shows it to us, else its code and words."""
        answer = self._ask("GET", f"{self._account}.json")
        if not isinstance(answer, Answer):
            return why_not(answer)
        words = why_refused(answer.status_code, answer.headers, answer.content)
        return words and without(words, *self._secrets)

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    @property
    def _secrets(self) -> tuple[str, str]:
        """The token, and the pair of account and token as a header carries it."""
        token = self._auth_token.get_secret_value()
        return token, b64encode(f"{self._account_sid}:{token}".encode("utf-8", "replace")).decode("ascii")

    def _ask(self, method: str, url: str, content: bytes = b"") -> Answer | NoAnswer:
        headers = {"Authorization": f"Basic {self._secrets[1]}"}
        if content:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return exchange(self._http, Call(method=method, url=url, headers=headers, content=content))
