"""Limits the size of requests before anything is read, reads bodies, and says which are acceptable.

It knows neither providers nor the meaning of bodies.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from flask import Flask, Request, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import get_content_length, get_input_stream

#: Bytes of the largest form that a page submits: a long answer, in which each letter takes twelve bytes.
LARGEST_FORM = 64 * 1024
#: Far more than any of our forms has; each field costs time, even an empty one.
_MOST_FIELDS = 1000
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A rejected request, and the text for the client."""

    status: HTTPStatus
    reason: str


BROKEN_OFF = Refused(status=HTTPStatus.BAD_REQUEST, reason="the body did not arrive completely")


def too_large(limit: int) -> Refused:
    """Return why a body of more than `limit` bytes is refused."""
    return Refused(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason=f"the body is larger than {limit:,} bytes"
    )


def read_body(request: Request, *, limit: int) -> bytes | Refused:
    """Return the bytes of a body, at most one more than `limit`; or why it was not read."""
    announced = get_content_length(request.environ)
    if announced is not None and announced > limit:
        return too_large(limit)
    try:
        stream = get_input_stream(request.environ)
        # A body without a declared size could be endless.
        return stream.read(limit + 1) if announced is None else stream.read()
    except (HTTPException, OSError):
        return BROKEN_OFF


def acceptable(body: bytes, mimetype: str, *, limit: int, types: Container[str]) -> bytes | Refused:
    """Return a body that has at most `limit` bytes, at least one, and one of the content `types`.

    The size is checked first, then the type.
    """
    if len(body) > limit:
        return too_large(limit)
    if mimetype not in types:
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="wrong content type")
    if not body:
        return Refused(status=HTTPStatus.BAD_REQUEST, reason="empty body")
    return body


def limited_app(
    name: str,
    *,
    body_bytes: int,
    own_limits: Container[str] = (),
    larger: Mapping[str, int] = MappingProxyType({}),
) -> Flask:
    """Return an application without routes, which answers 413 to bodies, forms and files that are too large.

    `own_limits` names the blueprints that read bodies themselves, with their own limit; `larger` has the bytes of the
    endpoints that take files.
    """
    app = Flask(name, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = body_bytes
    # Forms stay in memory, so that no unverified data is written to disk.
    app.config["MAX_FORM_MEMORY_SIZE"] = body_bytes
    app.config["MAX_FORM_PARTS"] = _MOST_FIELDS

    @app.before_request
    def look() -> ResponseReturnValue | None:
        if request.blueprint in own_limits:
            return None
        # A form of this type is read into memory, and has no files.
        most = body_bytes if request.mimetype == _FORM else larger.get(request.endpoint or "", body_bytes)
        request.max_content_length = most
        try:
            return None if _is_within(most) else _too_large()
        except RequestEntityTooLarge:
            return _too_large()
        except HTTPException:
            return jsonify(error=BROKEN_OFF.reason), BROKEN_OFF.status

    return app


def _is_within(body_bytes: int) -> bool:
    announced = request.content_length
    if announced is not None and announced > body_bytes:
        return False
    if request.mimetype != _FORM:
        return True
    # Stored by the request, which parses the form from it afterwards.
    return request.get_data(parse_form_data=False).count(b"&") < _MOST_FIELDS


def _too_large() -> ResponseReturnValue:
    return jsonify(error="the request is too large"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
