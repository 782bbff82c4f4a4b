"""What customers send as files, for agents who have signed in: one medium of one message.

A customer's file is never a page: only pictures, sound and videos are shown, by types that were told by their content; all else
is saved. Whatever it is, it may do nothing in the browser.
"""

from collections.abc import Iterator
from http import HTTPStatus

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from loguru import logger
from werkzeug.datastructures import ContentRange

from session.content_parts import Media
from session.errors import MediaStoreError, NoSuchMedium
from session.media_work import field_of
from session.printable import mask
from webhook.desk.listing import sessions_of
from webhook.desk.request_checks import error_page
from webhook.desk.services import DeskServices
from webhook.desk.shown_files import ShownFile, is_shown, media_of
from webhook.desk.transcript import TranscriptMessage

_LONGEST_NAME = 150
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}


def add_media(routes: Blueprint, desk: DeskServices) -> None:
    """Add GET /c/<pseudonym>/media/<message>/<n>: the n-th medium of a message, also one that came late.

    The message has a pseudonym too, because ids of Meta contain phone numbers. Under a former name of the customer it leads
    to the present one, as the page does.
    """

    @routes.get("/c/<pseudonym>/media/<message>/<int:n>")
    def medium(pseudonym: str, message: str, n: int) -> ResponseReturnValue:  # noqa: ARG001  (it is checked before)
        id_ = desk.secrets.pseudonyms.decode(message)
        if id_ is None:
            abort(HTTPStatus.NOT_FOUND)
        found = _in_history(desk, id_, n) or _late(desk, id_, n)
        if found is None and (there := desk.run(desk.store.resolve([g.conversation]))[0]) != g.conversation:
            return redirect(_address(desk, there, id_, n), HTTPStatus.SEE_OTHER)
        if found is None or not found.stored:
            abort(HTTPStatus.NOT_FOUND)
        try:
            return _answer(desk, found, found.stored)
        except NoSuchMedium:
            abort(HTTPStatus.NOT_FOUND)
        except MediaStoreError as error:
            logger.error("a medium cannot be shown: {}", error, conversation=mask(g.conversation))
            return error_page("error.unavailable", HTTPStatus.SERVICE_UNAVAILABLE)


def source_of(desk: DeskServices, entry: TranscriptMessage, file: ShownFile) -> str:
    """Return the address of a file of a message, "" if there is none yet."""
    return _address(desk, g.conversation, entry.id, file.n) if file.stored and entry.id else ""


def _address(desk: DeskServices, conversation: str, message: str, n: int) -> str:
    encode = desk.secrets.pseudonyms.encode
    return url_for("desk.medium", pseudonym=encode(conversation), message=encode(message), n=n)


def _in_history(desk: DeskServices, message: str, n: int) -> Media | None:
    """Return a medium of a message in the history, if it has been kept."""
    record = desk.run(desk.store.records([g.conversation])).get(g.conversation, "")
    session = sessions_of({g.conversation: record}).get(g.conversation)
    for entry in session.context.message_history if session else ():
        if entry.message_id == message:
            media = media_of(entry.content)
            return media[n] if n < len(media) and media[n].stored else None
    return None


def _late(desk: DeskServices, message: str, n: int) -> Media | None:
    """Return a medium that came after its message had its turn, or whose message waits for it."""
    known = desk.run(desk.media_work.known(g.conversation, field_of(message, n)))
    return known.media if known else None


def _answer(desk: DeskServices, medium: Media, key: str) -> Response:
    size = desk.media.size(key)
    shown = is_shown(medium.mime_type)
    asked = request.range if request.range and request.range.units == "bytes" else None
    part = asked.range_for_length(size) if asked else None
    if asked and part is None and len(asked.ranges) == 1:
        answer = Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        answer.content_range = ContentRange("bytes", None, None, size)
        return answer
    start, stop = part or (0, size)
    parts = desk.media.read(key, start, stop)
    answer = Response(
        _logged(parts),
        status=HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK,
        content_type=medium.mime_type if shown else "application/octet-stream",
        headers=_HEADERS,
    )
    answer.content_length = stop - start
    if part:
        answer.content_range = ContentRange("bytes", start, stop, size)
    named = {"filename": _name(medium)} if medium.filename else {}
    answer.headers.set("Content-Disposition", "inline" if shown else "attachment", **named)
    return answer


def _logged(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts; an error in the middle ends the answer before its length, which every browser notices."""
    try:
        yield from parts
    except MediaStoreError as error:
        logger.error("a medium cannot be shown to its end: {}", error)
        raise


def _name(medium: Media) -> str:
    """Return the name of a file, as far as it is one: no path, and nothing invisible."""
    name = (medium.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[-_LONGEST_NAME:].lstrip(".") or "file"
