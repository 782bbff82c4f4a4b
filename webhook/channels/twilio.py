"""The endpoints of Twilio: messages, statuses, and the fallback for messages that the first one could not store.

Of a form it only reads the customer: the forms of one customer stay in order.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from string import punctuation
from urllib.parse import parse_qs, parse_qsl, quote
from xml.sax.saxutils import escape

from loguru import logger
from pydantic import SecretStr

from session.authors import ordering_key
from session.channels.twilio import PROVIDER, twilio_signature
from session.phrases import apology
from webhook.lanes import Part
from webhook.receiver import Answer, Endpoint, Posted, VerifiedRequest, Verify
from webhook.settings import WebhookSettings
from webhook.signatures import same

_FORM = "application/x-www-form-urlencoded"
_TYPES = frozenset({_FORM, "application/json"})
#: Far more than Twilio sends; sorting and hashing more would be work for an unverified client.
_MOST_FIELDS = 1000
#: A text of 4,096 characters takes 50,000 bytes at most. A form is read before its signature is checked, and a larger
#: one could take a second.
_MOST_BYTES = 128 * 1024

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ACCOUNT = "AccountSid"
_XML = "text/xml; charset=utf-8"
_NOTHING = Answer(HTTPStatus.OK, _XML, b"<Response/>")
_APOLOGY = Answer(
    HTTPStatus.OK, _XML, f"<Response><Message>{escape(apology(None))}</Message></Response>".encode()
)


def twilio_endpoints(settings: WebhookSettings) -> list[Endpoint]:
    """Return POST /webhook/twilio, /webhook/twilio/status and /webhook/twilio/fallback; nothing without an auth token.

    Twilio signs `public_url` and what follows it. Without one the address is used under which we were reached,
    which is another one behind a proxy. A form of another account than `twilio_account_sid` is refused like one that is
    not signed.
    """
    if settings.twilio_auth_token is None:
        return []
    ours = _Signed(
        token=settings.twilio_auth_token,
        account=settings.twilio_account_sid,
        public_url=settings.public_url,
    )
    inbound = _verifier(ours, kept_as=lambda _request: PROVIDER.name, customer="From")
    status = _verifier(ours, kept_as=_status_source, customer="To")

    def endpoint(path: str, verify: Verify, unavailable: Answer | None = None) -> Endpoint:
        return Endpoint(
            path=PROVIDER.path + path,
            types=_TYPES,
            verify=verify,
            accepted=_NOTHING,
            at_most=_MOST_BYTES,
            unavailable=unavailable,
        )

    return [endpoint("", inbound), endpoint("/status", status), endpoint("/fallback", inbound, _APOLOGY)]


def _status_source(request: Posted) -> str:
    """Return the source of a status, with the query that the sender of the message added to identify it."""
    # Bytes that are invalid in a query are escaped, so that the result can be stored as text.
    query = quote(request.query_string, safe=punctuation)
    return f"twilio-status?{query}" if query else "twilio-status"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """The secret and the URLs that Twilio signs with."""

    token: SecretStr
    account: str
    public_url: str


def _verifier(ours: _Signed, *, kept_as: Callable[[Posted], str], customer: str) -> Verify:
    def verify(request: Posted, body: bytes) -> VerifiedRequest | None:
        urls = twilio_urls(
            ours.public_url or request.root_url.rstrip("/"), request.path, request.query_string
        )
        pairs: list[tuple[str, str]] = []
        if request.mimetype == _FORM:
            try:
                pairs = _pairs(body)
            except ValueError:
                return None
        elif not _body_is_signed(request.query_string, body):
            return None
        signature = request.headers.get("X-Twilio-Signature", "")
        if not twilio_signed(ours.token.get_secret_value(), urls, pairs, signature):
            return None
        if ours.account and any(name == _ACCOUNT and value != ours.account for name, value in pairs):
            logger.warning("the form belongs to another account than TWILIO_ACCOUNT_SID")
            return None
        key = _ordering_key(dict(pairs).get(customer, ""))
        return VerifiedRequest(source=kept_as(request), parts=(Part(key, body),))

    return verify


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """Return every name and value, blank ones too; raises `ValueError` if there are too many."""
    return parse_qsl(
        body.decode("utf-8", "surrogateescape"),
        keep_blank_values=True,
        errors="surrogateescape",
        max_num_fields=_MOST_FIELDS,
    )


def _ordering_key(customer: str) -> str:
    return ordering_key(customer.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def twilio_signed(
    token: str, urls: Iterable[bytes], pairs: Collection[tuple[str, str]], signature: str
) -> bool:
    """Whether `X-Twilio-Signature` matches a form that was posted to one of these URLs."""
    return any(same(twilio_signature(token, url, pairs), signature) for url in urls)


def _body_is_signed(query: bytes, body: bytes) -> bool:
    """Whether a query, which is signed with the URL, contains the hash of this body; so bodies other than forms are signed."""
    hashes = parse_qs(query.decode("latin-1")).get("bodySHA256", [""])
    return same(hashlib.sha256(body).hexdigest(), hashes[0])


def twilio_urls(root: str, path: str, query: bytes) -> tuple[bytes, ...]:
    """Return the URLs that Twilio may have signed: it is inconsistent about the port."""
    scheme, _, rest = root.partition("://")
    authority, slash, prefix = rest.partition("/")
    host, colon, port = authority.rpartition(":")
    if not (colon and port.isdecimal()):
        host, port = authority, _DEFAULT_PORTS.get(scheme, "")
    tail = f"{slash}{prefix}{path}".encode("utf-8", "replace") + (b"?" + query if query else b"")
    return tuple(f"{scheme}://{name}".encode("utf-8", "replace") + tail for name in (host, f"{host}:{port}"))
