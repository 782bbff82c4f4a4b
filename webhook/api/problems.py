"""Errors as RFC 9457 describes them: what every request that fails is answered with."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, Field, ValidationError

CONTENT_TYPE = "application/problem+json"
#: What the types of our own problems begin with.
_OURS = "urn:inturn:problem:"
#: Faults of one request that are told.
_MOST = 20


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="The field, its parts separated by dots.")
    what: str


class Problem(BaseModel):
    """Why a request failed."""

    type: str = Field(
        description="`about:blank`, or a name of ours that does not change: `urn:inturn:problem:opted-out`"
    )
    title: str
    status: int
    detail: str | None = None
    errors: list[Fault] | None = None


def problem(
    status: HTTPStatus,
    kind: str = "",
    detail: str = "",
    *,
    errors: list[Fault] | None = None,
    retry_after: int = 0,
) -> Response:
    """Return the answer for a request that fails; `kind` is the last part of its type, "" for none of ours.

    `retry_after` are seconds.
    """
    found = Problem(
        type=f"{_OURS}{kind}" if kind else "about:blank",
        title=status.phrase,
        status=status,
        detail=detail or None,
        errors=errors,
    )
    answer = Response(found.model_dump_json(exclude_none=True), status, content_type=CONTENT_TYPE)
    if retry_after:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def invalid(error: ValidationError) -> Response:
    """Return the answer for a request with wrong values. It repeats none of them."""
    found = [
        Fault(where=".".join(map(str, one["loc"])), what=one["msg"].removeprefix("Value error, "))
        for one in error.errors(include_input=False, include_url=False, include_context=False)[:_MOST]
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the request has wrong values", errors=found)


def documented(*statuses: HTTPStatus) -> ResponseDict:
    """Return the descriptions of these problems for the document."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {"description": status.phrase, "content": {CONTENT_TYPE: {"schema": dict(schema)}}}
        for status in statuses
    }
