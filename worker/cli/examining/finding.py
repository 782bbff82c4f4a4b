"""The result of a check: all is well, or a problem and how to fix it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    WARN = "warn"
    """It works, but not as it should in production."""
    FAIL = "fail"
    """It does not work, or messages can get lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report."""

    name: str
    verdict: Severity
    words: str
    mend: str = ""


def ok(name: str, words: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name=name, verdict=Severity.OK, words=words)


def warning(name: str, words: str, mend: str) -> Finding:
    """Return a finding of something that should be improved."""
    return Finding(name=name, verdict=Severity.WARN, words=words, mend=mend)


def failure(name: str, words: str, mend: str) -> Finding:
    """Return a finding of something that does not work."""
    return Finding(name=name, verdict=Severity.FAIL, words=words, mend=mend)
