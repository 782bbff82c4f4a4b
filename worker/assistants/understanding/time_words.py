"""The words of times in a message: which phrase begins where, and what it means. Pure; the words are in `data/times.toml`."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

from worker.assistants.understanding.phrases import Phrases
from worker.assistants.understanding.tokens import Token
from worker.assistants.understanding.vocabulary import put_senses, read, time_phrases, vocabulary

_Senses = dict[str, tuple[str, ...]]
#: What a number counts if one of these follows it: "5 million", "3 bedrooms", "2 villas".
_COUNTED = ("unit", "times", "type")
#: Without a word of these kinds and without one of these signs a message names no time.
_TELLING = frozenset(
    {"ahead", "weekday", "weekend", "day", "part", "at", "after", "half", "oclock", "month", "within"}
)
_SIGNS = "/:"
#: What may follow a day of the month and an hour.
_BESIDE = (
    "at",
    "after",
    "about",
    "part",
    "half",
    "day",
    "ahead",
    "weekday",
    "next",
    "week",
    "and",
    "to",
    "fix",
    "refuse",
)


class TimeLine:
    """The words of one message with what they mean as words of a time."""

    def __init__(self, plain: str, tokens: Sequence[Token]) -> None:
        """Take a text in its normal spelling, and its words."""
        self.plain, self.tokens = plain, tokens
        phrases = _phrases()
        self._phrases = [phrases.longest(tokens, at) for at in range(len(tokens))]

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.tokens)

    @property
    def says_nothing(self) -> bool:
        """Whether no word is one of a time only: most messages."""
        return not any(
            phrase is not None and not _TELLING.isdisjoint(phrase[1]) for phrase in self._phrases
        ) and not any(sign in self.plain for sign in _SIGNS)

    def token(self, at: int) -> Token | None:
        """Return the word at a position, None behind the end."""
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def meaning(self, at: int, kind: str) -> str | None:
        """Return the meaning of a kind that the phrase at a position has, None if it has none."""
        phrase = self._phrases[at] if 0 <= at < len(self._phrases) else None
        senses = phrase[1].get(kind) if phrase else None
        return senses[0] if senses else None

    def means(self, at: int, *kinds: str) -> bool:
        """Return whether the phrase at a position has a meaning of one of these kinds."""
        phrase = self._phrases[at] if 0 <= at < len(self._phrases) else None
        return phrase is not None and not phrase[1].keys().isdisjoint(kinds)

    def knows(self, at: int) -> bool:
        """Return whether something that belongs to a time can begin at a position: a phrase or a number."""
        token = self.tokens[at]
        return self._phrases[at] is not None or "0" <= token.text[0] <= "9"

    def is_last(self, at: int) -> bool:
        """Return whether nothing follows that a number before a position could count, but the end or a word of a time."""
        return self.ends(at) or self.means(at, *_BESIDE)

    def after(self, at: int) -> int:
        """Return the position behind the phrase at a position."""
        phrase = self._phrases[at] if at < len(self._phrases) else None
        return at + (phrase[0] if phrase else 1)

    def skip(self, at: int, *kinds: str) -> int:
        """Return the position behind a phrase with a meaning of one of these kinds; the same if there is none."""
        return self.after(at) if self.means(at, *kinds) else at

    def whole(self, at: int, least: int, most: int) -> int | None:
        """Return the whole number at a position, None if there is none within these bounds."""
        token = self.token(at)
        number = token.number if token else None
        if number is None or not least <= number <= most or not number.is_integer():
            return None
        return int(number)

    def joined_by(self, at: int) -> str:
        """Return what is written between a word and the next one."""
        before, after = self.token(at), self.token(at + 1)
        return self.plain[before.end : after.start] if before and after else ""

    def ends(self, at: int) -> bool:
        """Return whether the message or a part of it ends before a position."""
        token = self.token(at)
        return token is None or token.after_break

    def is_counted(self, at: int) -> bool:
        """Return whether a number before a position counts something: "5 million", "3 bedrooms"."""
        if self.ends(at):
            return False
        found = vocabulary().phrases.longest(self.tokens, at)
        return found is not None and any(kind in found[1] for kind in _COUNTED)

    @staticmethod
    def is_place(day: int, month: int) -> bool:
        """Return whether a date is the name of a place as well: 6 October."""
        return str(day) in _places().get(str(month), ())


@cache
def _phrases() -> Phrases[_Senses]:
    phrases: Phrases[_Senses] = Phrases()
    for kind, value, language, phrase in time_phrases():
        put_senses(phrases, phrase, language, [(kind, value)])
    return phrases


@cache
def _places() -> Mapping[str, Sequence[str]]:
    return {month: table["days"] for month, table in read("times.toml")["place"].items()}


def month_of(tokens: Sequence[Token], phrases: Phrases[dict[str, tuple[str, ...]]]) -> tuple[str, ...] | None:
    """Return the month of a date with a year: "1st of March 2027"."""
    for token, after in pairwise(tokens):
        month = (phrases.exact.get(token.text) or {}).get("month")
        if month and after.number in _YEARS:
            return (f"{after.number:.0f}-{month[0]}",)
    return None


_MONTHS = frozenset({"october", "اكتوبر", "oktober", "oktobar"})
_MONTH_AFTER = frozenset(
    {
        "by",
        "before",
        "until",
        "till",
        "of",
        "شهر",
        "shahr",
        "قبل",
        "2abl",
        "end",
        "اخر",
        "late",
        "early",
        "mid",
    }
)
_YEARS = range(2000, 2100)


def is_month(tokens: Sequence[Token], at: int, length: int) -> bool:
    """Return whether "October" means the month here, and not the city."""
    if length != 1 or tokens[at].text not in _MONTHS:
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is not None and after.number in _YEARS:
        return True
    return at > 0 and tokens[at - 1].text in _MONTH_AFTER
