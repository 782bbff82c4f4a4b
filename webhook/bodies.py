"""Reads the body of a request, if it is acceptable. It knows neither providers nor the meaning of bodies."""

from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_content_length, get_input_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A rejected request, and the text for the client."""

    status: HTTPStatus
    reason: str


def read_body(request: Request, *, limit: int, types: Container[str]) -> bytes | Refused:
    """Return the bytes of a body: at most `limit`, at least one, of one of the content `types`.

    The size is checked first, so that no work is done for a body that is too large; then the type.
    """
    announced = get_content_length(request.environ)
    if announced is not None and announced > limit:
        return _too_large(limit)
    try:
        stream = get_input_stream(request.environ)
        # A body without a declared size could be endless.
        body = stream.read(limit + 1) if announced is None else stream.read()
    except (HTTPException, OSError):
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="the body did not arrive completely")
    if len(body) > limit:
        return _too_large(limit)
    if request.mimetype not in types:
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="wrong content type")
    if not body:
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="empty body")
    return body


def _too_large(limit: int) -> Refused:
    return Refused(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason=f"the body is larger than {limit} bytes"
    )
