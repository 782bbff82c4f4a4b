"""What customers send, as a text for a model. Pure.

It comes from customers, so it is information for the model and never an order to it.
"""

from collections.abc import Collection, Sequence

from session.content_parts import Quoted, Role
from session.contents import Attachment, Contacts, Form, Order, Place, Text, Timer
from session.messages import Message, Referral
from worker.assistants.llm.guard import without_contacts

#: Characters of a quoted message, and of a part of an ad.
_EXCERPT, _PART_OF_AD = 200, 300
_AUTHORS = {Role.USER: "the customer", Role.ASSISTANT: "you", Role.AGENT: "a colleague of yours, a person,"}


def text_of(messages: Sequence[Message], *, seen: Collection[str] = ()) -> str | None:
    """Return what the messages of a turn say, with what they quote; None if one of them says nothing in words.

    `seen` are the pictures that the model gets as they are, by their keys in the media store. A tap stands for something
    that the fallback has offered, and is left to it.
    """
    texts = [_text(message, seen) for message in messages]
    return "\n".join(map(str, texts)) if all(texts) else None


def whole_text_of(messages: Sequence[Message]) -> str:
    """Return what the messages of a turn say; what says nothing in words is named by its kind, a tap by what was tapped."""
    said = ((one, _text(one, ()) or one.text) for one in messages)
    return "\n".join(text or f"[{_AN.get(one.kind, one.kind)}, without words]" for one, text in said)


def _text(message: Message, seen: Collection[str]) -> str | None:
    said = _said(message, seen)
    return f"{about(message.quoted)}{said}" if said and message.quoted else said


def _said(message: Message, seen: Collection[str]) -> str | None:
    match message.content:
        case Text(text=text, product=product):
            return f"[about the product {product.id}] {text}" if text and product else text
        case Attachment() as attachment:
            return _attached(attachment, seen)
        case Form() as form:
            return f"[the answers of a form:]\n{form}" if form.answers else None
        case Order() as order:
            return f"[an order:]\n{order}"
        case Place() as place:
            return f"[a place:] {place}" if place.location else None
        case Timer(name=name, text=text):
            # The assistant's own words; what it says of itself is checked when it is planned.
            return text or name
        case Contacts(cards=cards) as contacts:
            return f"[the card of a contact:] {contacts}" if cards else None
    return None


def _attached(attachment: Attachment, seen: Collection[str]) -> str | None:
    a_file, caption = _AN[attachment.kind], attachment.text
    if any(one.stored in seen for one in attachment.media):
        return f"[with {a_file} that you see] {caption}".strip()
    words = [one.words for one in attachment.media if one.words]
    if words:
        return "\n".join([f"[the words of {a_file}:]", *dict.fromkeys(filter(None, [caption, *words]))])
    return f"[under {a_file} that you cannot see:] {caption}" if caption else None


#: A kind of attachment in words.
_AN = {
    "image": "a picture",
    "video": "a video",
    "document": "a document",
    "audio": "a recording",
    "voice": "a voice note",
    "sticker": "a sticker",
}


def about(quoted: Quoted) -> str:
    """Return the line that says what a text is about; "" if the quoted message is not known."""
    if not quoted.text or quoted.role is None:
        return ""
    text = quoted.text[:_EXCERPT]
    said = text if quoted.role is Role.USER else without_contacts(text)
    return f"[about this, which {_AUTHORS[quoted.role]} wrote: {' '.join(said.split())}]\n"


def ad_of(referral: Referral | None) -> dict[str, str]:
    """Return what an ad says, without links; empty if none has brought the customer."""
    parts = {"headline": referral.headline, "text": referral.body} if referral else {}
    return {name: without_contacts(text[:_PART_OF_AD]) for name, text in parts.items() if text}
