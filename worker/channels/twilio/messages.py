"""Reads one inbound message of Twilio's webhook."""

import re
from collections.abc import Mapping

from session.authors import names_of_form
from session.channels.twilio import PREFIX, PROVIDER, bare
from session.content_parts import Kind, Location, Media
from session.contents import (
    Attachment,
    AttachmentKind,
    Contacts,
    Content,
    Form,
    Place,
    Tap,
    Text,
    Unsupported,
)
from session.messages import Forwarded, Message, Referral, Route
from worker.channels.reading import Malformed, number_at

_MEDIA = re.compile(r"Media(?:Url|ContentType)([0-9]{1,3})")

#: Parameters with a field of their own, and those that repeat another one. All others, new ones included, are kept in
#: `Message.details` under Twilio's names.
_FIELDS = frozenset(
    {
        "AccountSid", "Address", "ApiVersion", "Body", "ButtonPayload", "ButtonText", "From", "Label", "Latitude", "ListId",
        "ListTitle", "Longitude", "MessageSid", "NumMedia", "NumSegments", "OriginalRepliedMessageSid", "ProfileName",
        "Forwarded", "FrequentlyForwarded", "ReferralBody", "ReferralCtwaClid", "ReferralHeadline", "ReferralMediaUrl",
        "ReferralSourceId", "ReferralSourceType", "ReferralSourceUrl", "SmsMessageSid", "SmsSid", "SmsStatus", "To", "WaId",
    }
)  # fmt: skip

#: vCards.
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_KINDS_BY_FAMILY: Mapping[str, AttachmentKind] = {
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "audio": Kind.AUDIO,
}


def message_from(form: Mapping[str, str], *, received_at: int, sender: str) -> Message:
    """Return a form as a `Message`. Twilio sends no time, so the time of receipt (ms) is used.

    Raises `Malformed` without a `MessageSid`, and if it is not from a customer on WhatsApp.
    """
    if not form.get("MessageSid", "").strip():
        raise Malformed("a message without a MessageSid")
    names = names_of_form(form)
    if names is None:
        raise Malformed("a message that is not from a customer on WhatsApp")
    return Message(
        id=form["MessageSid"],
        customer=names.customer,
        also=names.also,
        route=Route(
            channel=PROVIDER.name,
            sender=bare(form.get("To", "")) or sender,
            address=f"{PREFIX}{names.reached_at}",
        ),
        content=_content(form),
        sent_at=received_at,
        received_at=received_at,
        name=form.get("ProfileName") or None,
        reply_to=form.get("OriginalRepliedMessageSid") or None,
        referral=_referral(form),
        forwarded=_forwarded(form),
        details={
            name: value for name, value in form.items() if name not in _FIELDS and not _MEDIA.fullmatch(name)
        },
    )


def _forwarded(form: Mapping[str, str]) -> Forwarded | None:
    often, once = (form.get(name, "").lower() == "true" for name in ("FrequentlyForwarded", "Forwarded"))
    return "often" if often else "once" if once else None


def _referral(form: Mapping[str, str]) -> Referral | None:
    found = {
        name: form.get(f"Referral{told}") or None
        for name, told in (
            ("headline", "Headline"),
            ("body", "Body"),
            ("source_url", "SourceUrl"),
            ("source_id", "SourceId"),
            ("source_type", "SourceType"),
            ("ctwa_clid", "CtwaClid"),
            ("media_url", "MediaUrl"),
        )
    }
    return Referral(**found) if any(found.values()) else None


def _content(form: Mapping[str, str]) -> Content:
    # Blank parameters are sent too, so their presence says nothing.
    body = form.get("Body", "")
    if form.get("ButtonPayload") or form.get("ButtonText"):
        payload = form.get("ButtonPayload") or None
        return Tap(kind=Kind.BUTTON, text=form.get("ButtonText") or body, payload=payload)
    if form.get("ListId") or form.get("ListTitle"):
        payload = form.get("ListId") or None
        return Tap(kind=Kind.CHOICE, text=form.get("ListTitle") or body, payload=payload)
    if answers := form.get("FlowData") or form.get("InteractiveData"):
        return Form(text=body, payload=answers)
    if location := _location(form):
        text = body or "\n".join(filter(None, (location.name, location.address)))
        return Place(text=text, location=location)
    media = _media(form)
    if not media:
        return Text(text=body) if body else Unsupported()
    plain = media[0].mime_type.partition(";")[0].strip().lower()
    if plain in _CARDS:
        return Contacts(text=body, media=media)
    return Attachment(kind=_kind_of_media(plain), text=body, media=media)


def _kind_of_media(plain: str) -> AttachmentKind:
    # WhatsApp uses WebP for stickers only.
    return (
        Kind.STICKER
        if plain == "image/webp"
        else _KINDS_BY_FAMILY.get(plain.partition("/")[0], Kind.DOCUMENT)
    )


def _media(form: Mapping[str, str]) -> tuple[Media, ...]:
    """Return the attachments in their order. `NumMedia` is not used: it may name more than there are."""
    numbers = sorted({int(match[1]) for match in map(_MEDIA.fullmatch, form) if match})
    return tuple(
        Media(mime_type=form.get(f"MediaContentType{number}", ""), url=form.get(f"MediaUrl{number}") or None)
        for number in numbers
        if form.get(f"MediaUrl{number}")
    )


def _location(form: Mapping[str, str]) -> Location | None:
    latitude, longitude = number_at(form, "Latitude"), number_at(form, "Longitude")
    if latitude is None or longitude is None:
        return None
    name, address = form.get("Label") or None, form.get("Address") or None
    return Location(latitude=latitude, longitude=longitude, name=name, address=address)
