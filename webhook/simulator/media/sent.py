"""What the business sends as a file: an upload is found, an address of ours is fetched, as the provider does it."""

from dataclasses import dataclass

from werkzeug.http import parse_options_header

from webhook.simulator.ledger import SentContent, SentMedia
from webhook.simulator.media.files import UPLOADED_FOR, File, number_of
from webhook.simulator.rejections import Rejection
from webhook.simulator.simulator import Simulator
from webhook.simulator.webhook_client import WebhookUnreachable

_OK = 200
#: What a provider reports of a medium that it could not fetch, or whose type is not that of the message.
UNUSABLE = {"meta": 131053, "twilio": 63019}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A content with what is known of its medium, and the code with which it fails later."""

    content: SentContent
    fails: int | None = None


def carried(simulator: Simulator, content: SentContent, *, channel: str) -> Carried | Rejection:
    """Return the content as the customer gets it; why it is rejected if its upload is unknown.

    Only addresses of the business' own webhook are fetched: this process opens no others.
    """
    media = content.media
    if media is None:
        return Carried(content=content)
    if media.id is not None:
        file = simulator.files.find(media.id)
        if file is None:
            message = f"Param {media.kind}['id'] is not a valid whatsapp business account media attachment ID"
            return Rejection(http=400, code=100, message=message)
        return _with(content, media, file, channel)
    if not (media.link or "").startswith(simulator.settings.public_url):
        return Carried(content=content)
    fetched = _fetched(simulator, media.link or "")
    if fetched is None:
        return Carried(content=content, fails=UNUSABLE[channel])
    return _with(content, media, fetched, channel)


def _with(content: SentContent, media: SentMedia, file: File, channel: str) -> Carried:
    known = media.model_copy(
        update={
            "mime_type": file.mime_type,
            "size": len(file.content),
            "file": file.id,
            "filename": media.filename or file.filename,
        }
    )
    family = file.mime_type.partition("/")[0]
    fits = media.kind not in {"image", "video", "audio"} or family == media.kind
    return Carried(
        content=content.model_copy(update={"media": known}), fails=None if fits else UNUSABLE[channel]
    )


def _fetched(simulator: Simulator, link: str) -> File | None:
    try:
        answer = simulator.webhook.fetch(link)
    except WebhookUnreachable:
        return None
    if answer.status_code != _OK:
        return None
    return simulator.files.keep(
        number_of(simulator.new_id()),
        answer.content,
        answer.headers.get("Content-Type", "application/octet-stream"),
        filename=_name_in(answer.headers.get("Content-Disposition", "")),
        lives=UPLOADED_FOR,
    )


def _name_in(disposition: str) -> str | None:
    return parse_options_header(disposition)[1].get("filename")
