"""What the desk says, in the agent's language: sentences in `words_en` and `words_ar`, values in `values`. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import bidirectional

from session.agent_actions import PHONE
from webhook.desk.values import VALUES
from webhook.desk.words_ar import ARABIC
from webhook.desk.words_en import ENGLISH

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {**ENGLISH, **{key: english for key, (english, _) in VALUES.items()}},
    "ar": {**ARABIC, **{key: arabic for key, (_, arabic) in VALUES.items()}},
}
#: Codes of the house before what a failed reply says; others are a provider's, and so are the words behind them.
_OURS = frozenset({"failed", "unknown", "window"})
#: How long a customer has until something must be there: "P3M".
_WITHIN = re.compile(r"P(\d{1,3})([DWMY])", re.ASCII)
#: What stands in the history for something without words: "[image]".
_WORDLESS = re.compile(r"\[(\w+)\]", re.ASCII)
_FEW = 10


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str

    @property
    def direction(self) -> str:
        """Which way it is written: "ltr" or "rtl"."""
        return "rtl" if self.language == "ar" else "ltr"

    @property
    def other(self) -> str:
        """The language to switch to."""
        return "en" if self.language == "ar" else "ar"

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence with its values put in; a key that is none stands for itself."""
        found = LANGUAGES[self.language].get(key)
        if found is None:
            return key
        return found.format(**{name: self._isolated(value) for name, value in values.items()})

    def value(self, kind: str, value: str) -> str:
        """Return a value of the house in words; one that is none of ours stands for itself."""
        if kind == "urgency" and (found := _WITHIN.fullmatch(value)):
            count = int(found[1])
            form = "one" if count == 1 else "few" if count <= _FEW else "many"
            return self(f"within.{found[2]}.{form}", count=count)
        key = f"{kind}.{value}"
        return self(key) if key in VALUES else value

    def reason(self, text: str) -> str:
        """Return why something happened: in words if the house says so, else as an assistant or a provider wrote it."""
        head, colon, rest = text.partition(":")
        words = self.value("reason", head)
        return words if head in _OURS else words + colon + rest

    def said(self, text: str) -> str:
        """Return what was said; what has no words of its own is called what it is."""
        found = _WORDLESS.fullmatch(text)
        return self(f"kind.{found[1]}") if found and f"kind.{found[1]}" in VALUES else text

    def who(self, name: str) -> str:
        """Return a holder as a person calls it: the house has a name of its own for the business' phone."""
        return self("who.phone") if name == PHONE else name

    def wait(self, seconds: int) -> str:
        """Return how long somebody must wait, never less than it is."""
        return self("seconds", count=seconds) if seconds < 60 else self("minutes", count=-(-seconds // 60))  # noqa: PLR2004  (a minute)

    def duration(self, minutes: int) -> str:
        """Return a duration as short as a badge."""
        if minutes < 1:
            return self("now")
        if minutes < 60:  # noqa: PLR2004  (an hour)
            return self("minutes", count=minutes)
        hours = minutes // 60
        return self("hours", count=hours) if hours < 48 else self("days", count=hours // 24)  # noqa: PLR2004  (two days)

    def _isolated(self, value: object) -> object:
        """Return a name so that its own direction of writing does not spill over into the sentence around it."""
        against = ("L",) if self.direction == "rtl" else ("R", "AL")
        if isinstance(value, str) and any(bidirectional(letter) in against for letter in value):
            return f"\u2068{value}\u2069"
        return value
