"""Before and after every request of the API: whose it is, what it may contain, and problems in the place of errors."""

import inspect
import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from http import HTTPStatus
from math import ceil
from typing import Any

from flask import Flask, Response, abort, g, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from loguru import logger
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from session.api_tokens import ApiToken, Right, token_of
from session.errors import StoreError
from session.printable import mask
from webhook.api.problems import problem
from webhook.api.services import ApiServices
from webhook.faults import place_of

#: Bytes of a body: the longest text in four languages and a list of options, escaped.
LARGEST_BODY = 256 * 1024
#: Characters of a token that are looked at.
_LONGEST = 1024
#: Seconds after which a client may try again when Redis did not answer.
_RETRY_AFTER = 5
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class StrictJson(DefaultJSONProvider):
    """Reads only JSON that can be written again: no NaN, no half of a surrogate pair, nothing too deep."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return a value. Raises `ValueError`."""
        try:
            found = super().loads(s, **kwargs)
            json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
        except RecursionError:
            raise ValueError("too deep") from None
        return found


def add_request_checks(app: Flask, api: ApiServices, *, public: str) -> None:
    """Check every request of the application, and add headers to every answer; the endpoint `public` needs no token."""
    app.json = StrictJson(app)
    # What is longer is cut where its length is not announced, so one byte more shows that it is.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1

    @cache
    def checked(endpoint: str) -> Callable[[], Response | None] | None:
        takes = inspect.unwrap(app.view_functions[endpoint]).__annotations__
        if "raw" in takes:
            return partial(_file_problem, takes["raw"].mimetypes)
        return _body_problem if "body" in takes else None

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint == public:
            return None
        found = _authenticated(api)
        if isinstance(found, Response):
            return found
        g.token = found
        if request.content_length is not None and request.content_length > LARGEST_BODY:
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail=_too_large())
        look = checked(request.endpoint) if request.endpoint else None
        return look() if look else None

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.errorhandler(StoreError)
    def unavailable(error: StoreError) -> Response:
        logger.error("the API cannot reach Redis", error=type(error.__cause__ or error).__name__)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, retry_after=_RETRY_AFTER)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response  # one of ours
        answered = problem(HTTPStatus(error.code or 500))
        for name, value in error.get_headers():
            if name == "Allow":
                answered.headers[name] = value
        return answered

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        logger.error("internal error of the API", error=type(error).__name__, at=place_of(error))
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR)


def needs(*rights: Right) -> None:
    """End the request unless its token has one of these rights."""
    token: ApiToken = g.token
    if token.rights.isdisjoint(rights):
        named = " or ".join(rights)
        abort(problem(HTTPStatus.FORBIDDEN, "right", f"the token has no right to {named}"))


def answer(found: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a model as an answer."""
    return Response(found.model_dump_json(), status, content_type="application/json")


def _authenticated(api: ApiServices) -> ApiToken | Response:
    """Return the token of the request, or why it has none that is known."""
    address = request.remote_addr or "unknown"
    if wait := api.guesses.wait_of(address):
        return _wait(wait.total_seconds())
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()[:_LONGEST]
    if scheme.lower() != "bearer" or not secret:
        return _unauthorized()
    token = token_of(secret, api.tokens)
    if token is not None:
        return token
    if wait := api.guesses.count(address, secret):
        return _wait(wait.total_seconds())
    logger.warning("a token of the API that nobody has", address=mask(address))
    return _unauthorized()


def _unauthorized() -> Response:
    answered = problem(HTTPStatus.UNAUTHORIZED, detail="send `Authorization: Bearer <token>`")
    answered.headers["WWW-Authenticate"] = "Bearer"
    return answered


def _wait(seconds: float) -> Response:
    why = "too many wrong tokens came from this address"
    return problem(HTTPStatus.TOO_MANY_REQUESTS, "guesses", why, retry_after=ceil(seconds))


def _file_problem(types: Sequence[str]) -> Response | None:
    """Return what is wrong with a file of one of these types before it is looked at."""
    if request.mimetype not in types:
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail=f"the body is {' or '.join(types)}")
    if len(request.get_data()) > LARGEST_BODY:
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail=_too_large())
    return None


def _body_problem() -> Response | None:
    """Return what is wrong with a body of JSON before its fields are looked at."""
    try:
        if wrong := _file_problem(["application/json"]):
            return wrong
        is_object = isinstance(request.get_json(), dict)
    except (ValueError, HTTPException):
        return problem(HTTPStatus.BAD_REQUEST, detail="the body is not JSON that can be read")
    return None if is_object else problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the body is no object")


def _too_large() -> str:
    return f"a body has {LARGEST_BODY:,} bytes at most"
