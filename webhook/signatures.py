"""Verifies the signatures of providers. Pure: it does not know Flask."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qs

#: The pairs of a form, decoded as UTF-8 with `surrogateescape`: invalid bytes are signed as they are.
Pairs = Iterable[tuple[str, str]]

_DEFAULT_PORTS = {"http": "80", "https": "443"}


def same(ours: str, theirs: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(ours.encode("utf-8", "replace"), theirs.encode("utf-8", "replace"))


def meta_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `X-Hub-Signature-256` matches the exact bytes of a body."""
    return same("sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), signature)


def twilio_signed(token: str, urls: Iterable[bytes], pairs: Pairs, signature: str) -> bool:
    """Whether `X-Twilio-Signature` matches a form that was posted to one of these URLs."""
    # Twilio's library sorts the values of a repeated name and signs equal ones once.
    form = b"".join((name + value).encode("utf-8", "surrogateescape") for name, value in sorted(set(pairs)))
    return any(same(_twilio_signature(token, url + form), signature) for url in urls)


def twilio_body_signed(query: bytes, body: bytes) -> bool:
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


def _twilio_signature(token: str, signed: bytes) -> str:
    # SHA-1 is what Twilio signs with.
    return base64.b64encode(hmac.new(token.encode(), signed, hashlib.sha1).digest()).decode()
