"""What a business answers about itself, as assistants read it: its address, its hours, its commission. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

#: In which languages an answer is looked for, by the customer's: those whose readers understand it come first.
_INSTEAD: Final = {
    "ar": ("ar", "franco", "en"),
    "franco": ("franco", "ar", "en"),
    "en": ("en", "ar", "franco"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    """One subject that customers ask about."""

    id: str
    questions: Mapping[str, Sequence[str]]  #: language -> questions that it answers
    answers: Mapping[str, str]  #: language -> the answer; at least one

    def answer(self, language: str | None) -> str:
        """Return the answer in a language, in the nearest one that it has if it has none in this."""
        known = (*_INSTEAD.get(language or "en", _INSTEAD["en"]), *self.answers)
        return next(self.answers[one] for one in known if one in self.answers)


class Faq(Protocol):
    """The questions and answers of a sender."""

    def find(self, text: str) -> FaqEntry | None:
        """Return the entry that answers a text; None if none surely does."""

    def near(self, text: str, *, most: int = 3) -> Sequence[FaqEntry]:
        """Return the entries that may have to do with a text, the nearest first."""


class _NoFaq:
    """The questions and answers of a sender without any."""

    def find(self, text: str) -> FaqEntry | None:  # noqa: ARG002  (see `Faq`)
        return None

    def near(self, text: str, *, most: int = 3) -> Sequence[FaqEntry]:  # noqa: ARG002
        return ()


NO_FAQ: Final[Faq] = _NoFaq()
