"""What an examination says: all is well, or what is not and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARN = "warn"
    """It works, but not as it should in production."""
    FAIL = "fail"
    """It does not work, or messages can get lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's."""

    name: str
    verdict: Verdict
    words: str
    mend: str = ""


def well(name: str, words: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name=name, verdict=Verdict.OK, words=words)


def doubtful(name: str, words: str, mend: str) -> Finding:
    """Return a finding that something should be better."""
    return Finding(name=name, verdict=Verdict.WARN, words=words, mend=mend)


def broken(name: str, words: str, mend: str) -> Finding:
    """Return a finding that something does not work."""
    return Finding(name=name, verdict=Verdict.FAIL, words=words, mend=mend)
