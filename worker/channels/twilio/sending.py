"""Fits a reply to what a message through Twilio can carry, and writes the form of a send. Pure.

Without a Content template for them (`contents`), options are numbered lines, and a number is understood as a tap.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from session.channels.twilio import PREFIX, bare, sid_of
from session.content_parts import Location
from session.messages import Delivery
from session.replies import Reply
from session.templates import Template, UnusableTemplate
from worker.channels.reading import wellformed
from worker.channels.texts import as_text, in_parts, in_words, split, units
from worker.channels.twilio.contents import Content, content_of
from worker.channels.twilio.parsing import callback_for
from worker.channels.twilio.templates import content_of_template

#: Twilio refuses a longer `Body` with error 21617. In UTF-16 code units, see `texts`.
TEXT_LIMIT = 1600
#: WhatsApp cuts a longer text of a medium.
CAPTION_LIMIT = 1024
#: Bytes of the largest file that Twilio takes for WhatsApp.
LARGEST_FILE = 16 * 1024 * 1024
#: The kinds of media with a text of their own.
_CAPTIONED = frozenset({"image", "video", "document"})

#: The sid of a messaging service, which selects one of its own senders, begins with this.
_SERVICE = "MG"

_NO_SIDS: Mapping[str, str] = MappingProxyType({})


def render(
    reply: Reply, *, shows_files: bool = True, sids: Mapping[str, str] = _NO_SIDS
) -> tuple[Reply, ...]:
    """Return the reply as messages within the limits, at least one; what Twilio has no message for becomes text.

    Twilio cannot quote a message, so `reply_to` is dropped. `shows_files` says whether Twilio can fetch files that have no
    public address of their own; if not, their names are written. `sids` has the Content templates: a reply that fits one
    keeps its options. Raises `UnusableTemplate` for a message template whose sid is not known.
    """
    if reply.template:
        _check(reply.template, sids)
        return (reply,)
    stripped = reply.model_copy(update={"text": reply.text.strip(), "reply_to": None})
    # As one text it must fit too, because the template may be gone when it is sent.
    if content_of(stripped, sids) and units(_in_full(stripped)) <= TEXT_LIMIT:
        return (stripped,)
    media = reply.media
    if media and not media.url and (not shows_files or (media.size or 0) > LARGEST_FILE):
        return _texts(f"{as_text(reply)}\n\n{in_words(reply)}")
    if media is None:
        words = in_words(reply)
        place = (Reply(text=_name(reply.location), location=reply.location),) if reply.location else ()
        return (*_texts(f"{as_text(reply)}\n\n{words}", needed=not place), *place)
    carried = Reply(media=media)
    text = "\n\n".join(filter(None, (as_text(reply).strip(), _link(reply))))
    if media.kind not in _CAPTIONED or not text:
        return (*_texts(text, needed=False), carried)
    # The options stay together: what is too long for a caption goes ahead.
    *ahead, last = split(text, CAPTION_LIMIT)
    before = tuple(Reply(text=part) for part in split("\n\n".join(ahead), TEXT_LIMIT))
    return (*before, carried.model_copy(update={"text": last}))


def _check(template: Template, sids: Mapping[str, str]) -> None:
    why = ""
    if template.id is None and sid_of(sids, template.name, template.language) is None:
        named = f"{template.name}.{template.language}"
        why = f"its ContentSid is not known: {named}=HX... in TWILIO_CONTENT_SIDS, or `inturn templates pull`"
    elif template.file and template.variables is None:
        why = "the file in its header needs its definition: `inturn templates pull`"
    if why:
        raise UnusableTemplate(template.name, template.language, why)


def _texts(text: str, *, needed: bool = True) -> tuple[Reply, ...]:
    return in_parts(Reply(), text.strip(), TEXT_LIMIT) if needed or text.strip() else ()


def _in_full(reply: Reply) -> str:
    """Return the text of a message with its options and its link in words."""
    return "\n\n".join(filter(None, (as_text(reply), _link(reply))))


def _link(reply: Reply) -> str:
    return f"{reply.link.title}: {reply.link.url}" if reply.link else ""


def _name(place: Location) -> str:
    """Return what stands above a place; Twilio demands something."""
    return wellformed(place.name or place.address or f"{place.latitude}, {place.longitude}")


def form_of(
    delivery: Delivery,
    *,
    sender: str,
    status_callback: str | None,
    encode: Callable[[str], str] = str,
    media_url: str | None = None,
    sids: Mapping[str, str] = _NO_SIDS,
) -> dict[str, str]:
    """Return what `POST …/Messages.json` takes for one rendered reply; `sender` is used for a route that names none.

    Options whose template is no longer in `sids` are sent as numbered lines.
    """
    template = delivery.reply.template
    content = content_of_template(template, sids, media_url) if template else content_of(delivery.reply, sids)
    sender = bare(delivery.route.sender) or sender
    form = {
        "To": delivery.route.address,
        **({"MessagingServiceSid": sender} if sender.startswith(_SERVICE) else {"From": f"{PREFIX}{sender}"}),
        **(_said_by(content) if content else _body(delivery.reply, media_url)),
        **({"MediaUrl": media_url} if media_url and not template else {}),
        **({"PersistentAction": _geo(delivery.reply.location)} if delivery.reply.location else {}),
    }
    if status_callback:
        form["StatusCallback"] = callback_for(
            status_callback, conversation=encode(delivery.conversation), delivery=delivery.id
        )
    return {name: wellformed(value) for name, value in form.items()}


def _said_by(content: Content) -> dict[str, str]:
    return {"ContentSid": content.sid, "ContentVariables": content.variables}


def _body(reply: Reply, media_url: str | None) -> dict[str, str]:
    text = _in_full(reply)
    return {"Body": text} if text or not media_url else {}


def _geo(place: Location) -> str:
    label = place.address or place.name
    return f"geo:{place.latitude:f},{place.longitude:f}{f'|{label}' if label else ''}"
