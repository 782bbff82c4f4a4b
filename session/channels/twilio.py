"""What both sides of Twilio share: the settings, and the signature of a form. Pure."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from session.addresses import Url
from session.channels.provider import WHATSAPP, Provider, Simulated

#: How an address of Twilio's begins on WhatsApp.
PREFIX = "whatsapp:"

#: Twilio's own form of the sid of a messaging service is MG and 32 digits.
_SENDER = re.compile(rf"({PREFIX})?\+[1-9][0-9]{{6,14}}|MG[0-9a-fA-F]{{32}}")

#: What a template of Twilio is for, or its name, also with its language, and its sid.
_CONTENT = re.compile(
    r"(buttons-[1-3]|list-(?:[1-9]|10)|link-[a-z0-9.-]+(?::\d+)?|[a-z0-9_]{1,512}(?:\.[a-z]{2,3}(?:_[A-Za-z0-9]{2,8})?)?)"
    r"=(HX[0-9a-fA-F]{32})"
)

_SIMULATED = "+15005550006"

PROVIDER = Provider(
    name="twilio",
    titles=("Twilio", "تويليو"),
    namespace=WHATSAPP,
    needs=("twilio_account_sid", "twilio_auth_token", "twilio_from"),
    sends_with=("twilio_account_sid", "twilio_auth_token"),
    secrets=("twilio_auth_token",),
    api_url="twilio_api_url",
    path="/webhook/twilio",
    bills_messages=True,
    own_sender=lambda settings: bare(getattr(settings, "twilio_from", "")),
    address_of=lambda customer: f"{PREFIX}{customer}",
    simulated=Simulated(
        sender=_SIMULATED,
        customer="+919840930854",
        settings={"twilio_account_sid": "AC" + "0" * 31 + "1", "twilio_from": _SIMULATED},
    ),
    signs_public_url=True,
    senders_are_numbers=True,
)


def _sender(value: str) -> str:
    if value and not _SENDER.fullmatch(value):
        raise ValueError(
            "must be a number with country code and without spaces, +14155238886, or a messaging service, MG..."
        )
    return value


def _contents(value: str) -> str:
    contents_in(value)
    return value


def contents_in(value: str) -> dict[str, str]:
    """Return the sid of the Content template for each shape, "buttons-3", "list-10", "link-shop.example.com", or name.

    `value` is `shape=sid,name=sid,name.language=sid`, as in the settings. Raises `ValueError` for anything else, or what is
    named twice.
    """
    sids: dict[str, str] = {}
    for entry in filter(None, map(str.strip, value.split(","))):
        found = _CONTENT.fullmatch(entry)
        if not found or found[1] in sids:
            raise ValueError(
                "must be buttons-1=HX...,list-4=HX...,link-shop.example.com=HX...,order_ready.en=HX... (buttons 1 to 3, "
                f"lists 1 to 10, names of templates, each once); wrong is {entry[:80]!r}"
            )
        sids[found[1]] = found[2]
    return sids


class TwilioWebhookSettings(BaseModel):
    """What the webhook verifies with; the workers send with the same account."""

    twilio_account_sid: str = (
        ""  #: the account whose requests are accepted; "" accepts every account with the token
    )
    twilio_auth_token: SecretStr | None = Field(None, min_length=1)


class TwilioSettings(TwilioWebhookSettings):
    """What the workers send with."""

    twilio_from: Annotated[str, AfterValidator(_sender)] = ""
    twilio_api_url: Url = "https://api.twilio.com"
    twilio_content_sids: Annotated[str, AfterValidator(_contents)] = ""


def sid_of(sids: Mapping[str, str], name: str, language: str) -> str | None:
    """Return the sid of a named template: that of its language, else the one without a language."""
    return sids.get(f"{name}.{language}") or sids.get(name)


def bare(address: str) -> str:
    """Return an address without Twilio's "whatsapp:"."""
    return address.removeprefix(PREFIX)


def twilio_signature(token: str, url: bytes, pairs: Iterable[tuple[str, str]] = ()) -> str:
    """Return what the header `X-Twilio-Signature` says of a form that is posted to a URL.

    The URL has its query and no fragment. Bytes of the form that are no UTF-8 are escaped with `surrogateescape`.
    """
    # Twilio's library sorts the values of a repeated name and signs equal ones once.
    form = b"".join((name + value).encode("utf-8", "surrogateescape") for name, value in sorted(set(pairs)))
    # SHA-1 is what Twilio signs with.
    return base64.b64encode(hmac.new(token.encode(), url + form, hashlib.sha1).digest()).decode()
