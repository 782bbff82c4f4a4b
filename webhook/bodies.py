"""Reads the body of a request, if it is one that may be kept. Must not know providers, nor what bodies mean."""

from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_content_length, get_input_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that was not kept, and what the client is told."""

    status: HTTPStatus
    reason: str


def read_body(request: Request, *, limit: int, types: Container[str]) -> bytes | Refused:
    """Return the bytes of a body: at most `limit`, at least one, of one of the content `types`.

    The size is looked at first, so that nothing is done for a body that is too large; then the type.
    """
    announced = get_content_length(request.environ)
    if announced is not None and announced > limit:
        return _too_large(limit)
    try:
        stream = get_input_stream(request.environ)
        # A body that announces no size could go on for ever.
        body = stream.read(limit + 1) if announced is None else stream.read()
    except (HTTPException, OSError):
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="the body did not arrive")
    if len(body) > limit:
        return _too_large(limit)
    if request.mimetype not in types:
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="wrong content type")
    if not body:
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="empty body")
    return body


def _too_large(limit: int) -> Refused:
    return Refused(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason=f"more than {limit} bytes")
