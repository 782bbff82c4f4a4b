"""Signed bodies as the providers post them: single messages, and several of several customers in one."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from json import dumps
from urllib.parse import parse_qsl, urlencode

from session.channels.meta import meta_signature
from session.channels.twilio import twilio_signature
from session.content_parts import Kind
from session.replies import Button
from session.waiting import BACK
from tests.chaos.ledger import BACK_TITLE, Post, Wish
from tests.chaos.people import Saying
from webhook.simulator.inbound import CustomerMessage
from webhook.simulator.meta_envelopes import envelope, message_envelope
from webhook.simulator.meta_reports import Preference
from webhook.simulator.twilio_forms import message_form

META, TWILIO = "/webhook/meta", "/webhook/twilio"


class Signer:
    """Makes bodies and their headers with the secrets of a run."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets

    def meta(self, posts: Sequence[Post], dice: random.Random) -> bytes:
        """Return one body with all these messages in their order: in one change, in several, or in several entries."""
        return _in_one([self._envelope(post) for post in posts], dice)

    def people(self, said: Sequence[Saying], dice: random.Random) -> bytes:
        """Return one body with all these messages of one person."""
        return _in_one([self._saying(one) for one in said], dice)

    def wish(self, customer: str, wish: Wish) -> bytes:
        """Return the body that tells what a customer of Meta wishes about marketing messages."""
        told = Preference(field="user_preferences", value="stop" if wish.stops else "resume")
        value = told.change_value(customer, datetime.fromtimestamp(wish.began_at, UTC))
        sender = self._secrets["META_PHONE_NUMBER_ID"]
        return dumps(envelope(value, sender, field=told.field), separators=(",", ":")).encode()

    def twilio(self, post: Post) -> bytes:
        """Return the form of one message."""
        form = message_form(
            CustomerMessage(channel="twilio", text=post.text),
            customer=post.customer,
            message_id=post.id,
            account=self._secrets["TWILIO_ACCOUNT_SID"],
            sender=self._secrets["TWILIO_FROM"],
        )
        return urlencode(form).encode()

    def headers(self, path: str, body: bytes) -> dict[str, str]:
        """Return what proves that a body is genuine."""
        if path == META:
            signature = meta_signature(self._secrets["META_APP_SECRET"], body)
            return {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        form = dict(_pairs(body))
        url = self._secrets["PUBLIC_URL"] + path
        signature = twilio_signature(self._secrets["TWILIO_AUTH_TOKEN"], url.encode(), form.items())
        return {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}

    def _envelope(self, post: Post) -> dict:
        return _pictured(
            message_envelope(
                _said(post),
                customer=post.customer,
                message_id=post.id,
                at=datetime.now(UTC),
                sender=self._secrets["META_PHONE_NUMBER_ID"],
            ),
            post,
        )

    def _saying(self, saying: Saying) -> dict:
        first, *more = saying.names
        message = CustomerMessage(text=saying.text, user_id=more[0] if more else None)
        if saying.moved_to:
            change = {"type": "user_changed_number", "wa_id": saying.moved_to[1:], "body": "changed"}
            message = CustomerMessage(kind=Kind.SYSTEM, details=change)
        return _pictured(
            message_envelope(
                message,
                customer=first,
                message_id=saying.id,
                at=datetime.fromtimestamp(saying.began_at, UTC),
                sender=self._secrets["META_PHONE_NUMBER_ID"],
            ),
            saying,
        )


def _said(post: Post) -> CustomerMessage:
    if post.word == BACK_TITLE:
        return CustomerMessage(kind=Kind.BUTTON, button=Button(id=BACK, title=BACK_TITLE))
    return CustomerMessage(text=post.text)


def _pictured(envelope: dict, post: Post) -> dict:
    """Return the body of a message as that of a picture with its text, if it is one."""
    if post.medium:
        (message,) = envelope["entry"][0]["changes"][0]["value"]["messages"]
        image = {"id": post.medium, "mime_type": "image/png", "caption": message.pop("text")["body"]}
        message |= {"type": "image", "image": image}
    return envelope


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(), keep_blank_values=True)


def _in_one(envelopes: Sequence[dict], dice: random.Random) -> bytes:
    """Return bodies as one: with one change, with several, or with several entries."""
    whole, form = envelopes[0], dice.randrange(3)
    for other in envelopes[1:]:
        if form == 0:
            whole["entry"] += other["entry"]
        elif form == 1:
            whole["entry"][0]["changes"] += other["entry"][0]["changes"]
        else:
            mine, theirs = (one["entry"][0]["changes"][0]["value"] for one in (whole, other))
            mine["messages"] += theirs["messages"]
            mine["contacts"] = [*mine.get("contacts", ()), *theirs.get("contacts", ())]
    return dumps(whole, separators=(",", ":")).encode()
