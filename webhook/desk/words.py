"""The texts of the desk in the agent's language. Pure: sentences are in `words_en` and `words_ar`, values in `values`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import bidirectional

from session.agent_actions import CAMPAIGN, CLIENT, RESERVED, is_reserved
from session.models import Session
from webhook.desk.values import VALUES
from webhook.desk.words_ar import ARABIC
from webhook.desk.words_en import ENGLISH

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {**ENGLISH, **{key: english for key, (english, _) in VALUES.items()}},
    "ar": {**ARABIC, **{key: arabic for key, (_, arabic) in VALUES.items()}},
}
#: Known facts that have a label, in the order in which they are shown.
LABELLED = (
    "purpose",
    "property_type",
    "location",
    "or_location",
    "compound",
    "budget",
    "budget_min",
    "bedrooms",
    "bedrooms_max",
    "bathrooms",
    "bathrooms_max",
    "area",
    "area_max",
    "finishing",
    "profession",
    "name",
    "urgency",
    "payment_method",
    "not_property_type",
    "not_location",
    "not_profession",
)
_UNITS = {"budget": "money", "budget_min": "money", "area": "area", "area_max": "area"}
#: The worker's own codes of failed replies. Any other code is a provider's, with the provider's text behind it.
_OWN_CODES = frozenset({"failed", "unknown", "window"})
#: A duration within which the customer needs something: "P3M".
_WITHIN = re.compile(r"P(\d{1,3})([DWMY])", re.ASCII)
#: What the history has for a message without text: "[image]".
_WITHOUT_TEXT = re.compile(r"\[(\w+)\]", re.ASCII)
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FEW = 10


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates keys and values into one language."""

    language: str

    @property
    def direction(self) -> str:
        """The direction of writing: "ltr" or "rtl"."""
        return "rtl" if self.language == "ar" else "ltr"

    @property
    def other(self) -> str:
        """The language to switch to."""
        return "en" if self.language == "ar" else "ar"

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of a key with its values; an unknown key is returned unchanged."""
        found = LANGUAGES[self.language].get(key)
        if found is None:
            return key
        return found.format(**{name: self._isolated(value) for name, value in values.items()})

    def value(self, kind: str, value: str) -> str:
        """Return a value of the system in words; any other is returned unchanged."""
        if kind == "urgency" and (found := _WITHIN.fullmatch(value)):
            count = int(found[1])
            form = "one" if count == 1 else "few" if count <= _FEW else "many"
            return self(f"within.{found[2]}.{form}", count=count)
        key = f"{kind}.{value}"
        return self(key) if key in VALUES else value

    def reason(self, text: str) -> str:
        """Return a reason: the system's own in words, any other as the assistant or the provider wrote it."""
        head, colon, rest = text.partition(":")
        words = self.value("reason", head)
        return words if head in _OWN_CODES else words + colon + rest

    def number(self, count: int) -> str:
        """Return a whole number as it is read: "12,500"."""
        return f"{count:,}"

    def outcome_reason(self, reason: str) -> str:
        """Return why a message of a campaign was not sent: a rule's in words, the code of a provider unchanged."""
        key = "outcome.taken_over" if reason == "taken_over" else f"declined.{reason}"
        return self(key) if key in ENGLISH else reason

    def text(self, text: str) -> str:
        """Return the text of a message; for a message without one, its kind."""
        found = _WITHOUT_TEXT.fullmatch(text)
        return self(f"kind.{found[1]}") if found and f"kind.{found[1]}" in VALUES else text

    def holder(self, name: str) -> str:
        """Return the name of who has a conversation, or wrote; what is no person is stored under a name of its own."""
        if name.startswith(CAMPAIGN):
            return self("who.campaign", name=name.removeprefix(CAMPAIGN))
        if name.startswith(CLIENT):
            return self("who.program", name=name.removeprefix(CLIENT))
        return self(f"who.{name}") if name in RESERVED else name

    def author(self, role: str, by: str | None) -> str:
        """Return who wrote, for a list: the role, or what is no person."""
        return self.holder(by) if by and is_reserved(by) else self(f"who.{role}")

    def wait(self, seconds: int) -> str:
        """Return how long somebody must wait, rounded up."""
        return self("seconds", count=seconds) if seconds < 60 else self("minutes", count=-(-seconds // 60))  # noqa: PLR2004  (a minute)

    def duration(self, minutes: int) -> str:
        """Return a duration that is short enough for a badge."""
        if minutes < 1:
            return self("now")
        if minutes < 60:  # noqa: PLR2004  (an hour)
            return self("minutes", count=minutes)
        hours = minutes // 60
        return self("hours", count=hours) if hours < 48 else self("days", count=hours // 24)  # noqa: PLR2004  (two days)

    def _isolated(self, value: object) -> object:
        """Return a name so that its direction of writing does not change the sentence around it."""
        against = ("L",) if self.direction == "rtl" else ("R", "AL")
        if isinstance(value, str) and any(bidirectional(letter) in against for letter in value):
            return f"\u2068{value}\u2069"
        return value


def known_facts(session: Session, translate: Translator) -> Iterator[tuple[str, str]]:
    """Yield label and value of the known facts. A fact without a label has the name that the assistant gave it.

    Structured values are left out: they are internal to an assistant.
    """
    known = session.context.extracted_info.model_dump(exclude_none=True)
    # Facts of an assistant's own are usually named in the style of JSON.
    plain = {_CAMEL_CASE.sub("_", name).lower(): value for name, value in known.items()}
    order = {name: number for number, name in enumerate(LABELLED)}
    for name in sorted(plain, key=lambda name: (order.get(name, len(order)), name)):
        if value := _fact(plain[name], name.removeprefix("not_"), translate):
            label = translate(f"fact.{name}") if name in order else name.replace("_", " ").capitalize()
            yield label, translate(f"unit.{_UNITS[name]}", value=value) if name in _UNITS else value


def _fact(value: Any, kind: str, translate: Translator) -> str:
    match value:
        case bool():
            return "✓" if value else "✗"
        case int() | float():
            return f"{value:,.0f}" if value == int(value) else f"{value:,}"
        case str():
            return translate.value(kind, value.strip())
        case list() | tuple() if all(isinstance(one, str | int | float) for one in value):
            return translate("comma").join(translate.value(kind, str(one)) for one in value)
    return ""
