"""Checks the values of a send request to Meta, and refuses them as Meta does. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from webhook.simulator.rejections import Rejection


class SendRefused(Exception):
    """Raised for a request that Meta would reject."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


def mapping(value: object, name: str) -> Mapping[str, Any]:
    """Return a value that must be an object."""
    if not isinstance(value, Mapping):
        raise missing(name) if value is None else wrong(f"{name} must be an object")
    return value


def sequence(value: object, name: str) -> Sequence[Any]:
    """Return a value that must be an array."""
    if not isinstance(value, list):
        raise missing(name) if value is None else wrong(f"{name} must be an array")
    return value


def within(value: object, name: str, limit: int, *, least: int = 1, code: int = 131009) -> str:
    """Return a text of `least` to `limit` characters."""
    if value is None:
        raise missing(name)
    if not isinstance(value, str) or not least <= len(value) <= limit:
        message = "Invalid parameter" if code == 100 else "Parameter value is not valid"  # noqa: PLR2004
        raise _refusal(code, message, f"Param {name} must be a string of {least} to {limit} characters")
    return value


def distinct(values: Sequence[str]) -> None:
    """Check that no two options have the same id or title."""
    if len(set(values)) < len(values):
        raise wrong("Two buttons or rows have the same id or title")


def missing(name: str) -> SendRefused:
    """Return the refusal of a request without a parameter."""
    if name == "to":
        return _refusal(100, "Invalid parameter", "The parameter to is required")
    return _refusal(131008, "Required parameter is missing", f"The parameter {name} is missing")


def wrong(details: str) -> SendRefused:
    """Return the refusal of a wrong value."""
    return _refusal(131009, "Parameter value is not valid", details)


def _refusal(code: int, message: str, details: str) -> SendRefused:
    return SendRefused(Rejection(http=400, code=code, message=message, details=details))
