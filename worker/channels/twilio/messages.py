"""Reads one inbound message of Twilio's webhook."""

import re
from collections.abc import Mapping

from session.channels.twilio import PREFIX, PROVIDER, bare
from session.conversations import whatsapp_customer
from session.messages import Kind, Location, Media, Message, Route
from worker.channels.reading import Malformed, number_at

_MEDIA = re.compile(r"Media(?:Url|ContentType)([0-9]{1,3})")

#: Parameters with a field of their own, and those that repeat another one. All others, new ones included, are kept in
#: `Message.details` under Twilio's names.
_FIELDS = frozenset(
    {
        "AccountSid", "Address", "ApiVersion", "Body", "ButtonPayload", "ButtonText", "From", "Label", "Latitude", "ListId",
        "ListTitle", "Longitude", "MessageSid", "NumMedia", "NumSegments", "OriginalRepliedMessageSid", "ProfileName",
        "SmsMessageSid", "SmsSid", "SmsStatus", "To", "WaId",
    }
)  # fmt: skip

#: WhatsApp uses WebP for stickers only, and vCards for contacts.
_KINDS = {
    "image/webp": Kind.STICKER,
    "text/vcard": Kind.CONTACTS,
    "text/x-vcard": Kind.CONTACTS,
    "text/directory": Kind.CONTACTS,
}
_KINDS_BY_FAMILY = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO}


def message_from(form: Mapping[str, str], *, received_at: int, sender: str) -> Message:
    """Return a form as a `Message`. Twilio sends no time, so the time of receipt (ms) is used.

    Raises `Malformed` without a `MessageSid`, and if it is not from a customer on WhatsApp.
    """
    if not form.get("MessageSid", "").strip():
        raise Malformed("a message without a MessageSid")
    author = form.get("From", "")
    customer = whatsapp_customer(bare(author)) if author.startswith(PREFIX) else None
    if customer is None:
        raise Malformed("a message that is not from a customer on WhatsApp")
    media = _media(form)
    location = _location(form)
    kind = _kind(form, media, location)
    return Message(
        id=form["MessageSid"],
        customer=customer,
        route=Route(
            channel=PROVIDER.name, sender=bare(form.get("To", "")) or sender, address=f"{PREFIX}{customer}"
        ),
        kind=kind,
        text=_text(form, kind),
        sent_at=received_at,
        received_at=received_at,
        name=form.get("ProfileName") or None,
        reply_to=form.get("OriginalRepliedMessageSid") or None,
        payload=_payload(form, kind),
        media=media,
        location=location,
        details={
            name: value for name, value in form.items() if name not in _FIELDS and not _MEDIA.fullmatch(name)
        },
    )


def _kind(form: Mapping[str, str], media: tuple[Media, ...], location: Location | None) -> Kind:
    # Blank parameters are sent too, so their presence says nothing.
    if form.get("ButtonPayload") or form.get("ButtonText"):
        return Kind.BUTTON
    if form.get("ListId") or form.get("ListTitle"):
        return Kind.CHOICE
    if form.get("FlowData") or form.get("InteractiveData"):
        return Kind.FORM
    if location:
        return Kind.LOCATION
    if media:
        return _kind_of_media(media[0].mime_type)
    return Kind.TEXT if form.get("Body") else Kind.UNSUPPORTED


def _kind_of_media(mime_type: str) -> Kind:
    plain = mime_type.partition(";")[0].strip().lower()
    return _KINDS.get(plain) or _KINDS_BY_FAMILY.get(plain.partition("/")[0], Kind.DOCUMENT)


def _text(form: Mapping[str, str], kind: Kind) -> str:
    body = form.get("Body", "")
    match kind:
        case Kind.BUTTON:
            return form.get("ButtonText") or body
        case Kind.CHOICE:
            return form.get("ListTitle") or body
        case Kind.LOCATION:
            return body or "\n".join(filter(None, (form.get("Label"), form.get("Address"))))
    return body


def _payload(form: Mapping[str, str], kind: Kind) -> str | None:
    match kind:
        case Kind.BUTTON:
            return form.get("ButtonPayload") or None
        case Kind.CHOICE:
            return form.get("ListId") or None
        case Kind.FORM:
            return form.get("FlowData") or form.get("InteractiveData")
    return None


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
