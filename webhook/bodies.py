"""Reads the body of a request, if it is one that may be kept. Must not know providers, nor what bodies mean."""

from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that was not kept, and what its sender is told."""

    status: HTTPStatus
    reason: str


def read_body(request: Request, *, limit: int, types: Container[str]) -> bytes | Refused:
    """Return the bytes of a body: at most `limit`, at least one, of one of the content `types`.

    The size is looked at first, so that nothing is done for a body that is too large; then the type.
    """
    # Werkzeug cuts a chunked body off at its limit and says nothing, so it is allowed one byte more than we are.
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _too_large(limit)
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
