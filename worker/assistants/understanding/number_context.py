"""One number of a message and what stands around it: its unit, the cues before it, a bound, what follows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from worker.assistants.understanding.pieces import Amount, Piece, cues_before, is_correction, is_refused
from worker.assistants.understanding.vocabulary import Unit, vocabulary

ROOMS = ("bedrooms", "bathrooms")
_MOST_ROOMS = 20
_LAST_DAY = 31
#: Nobody has as many halls or floors: "4000 hall and room".
_UNCOUNTED = 1_000
_OPPOSITE = {"max": "min", "min": "max"}
_IMPLIED = Amount(value=1.0)


def unit_of(piece: Piece) -> Unit:
    """Return the unit that a piece names; one without a role if it names none."""
    name = piece.meaning("unit")
    return vocabulary().units[name] if name is not None else Unit(role="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What the whole message says about payment and size; determined once, not for each number."""

    rents: bool
    in_parts: bool  #: a deposit, instalments
    resizes: bool  #: bigger, smaller
    rest_later: bool  #: the rest is paid later

    @staticmethod
    def of(pieces: Sequence[Piece]) -> "Topic":
        """Return the topic of a message."""
        return Topic(
            rents=any(
                piece.means("purpose", "rent")
                or piece.means("each", "month")
                or piece.means("finishing", "furnished")
                for piece in pieces
            ),
            in_parts=any(
                piece.means("aside", "deposit") or piece.means("paymentMethod", "installments")
                for piece in pieces
            ),
            resizes=any(piece.means("like", "bigger", "smaller") for piece in pieces),
            rest_later=any(piece.means("aside", "rest") for piece in pieces)
            and any(piece.means("paymentMethod") or piece.means("before", "spread") for piece in pieces),
        )


class NumberInContext:
    """One number among the pieces of a message."""

    def __init__(self, pieces: Sequence[Piece], at: int, topic: Topic) -> None:
        self.pieces, self.at, self.topic = pieces, at, topic
        self._cues = cues_before(pieces, at)
        self.unit_at = self._find_unit()
        self.unit = unit_of(pieces[self.unit_at]) if self.unit_at is not None else Unit(role="")
        self._end = at + 1 if self.unit_at is None else self.unit_at + 1
        self.corrects = is_correction(pieces, at)

    @property
    def amount(self) -> Amount:
        """The number itself."""
        return self.pieces[self.at].amount or _IMPLIED

    def _find_unit(self) -> int | None:
        """Return the position of the unit: directly after, or with one word between ("3 large bedrooms")."""
        pieces, at = self.pieces, self.at
        for ahead in (at + 1, at + 2):
            if ahead >= len(pieces) or pieces[ahead].after_break:
                return None
            if unit_of(pieces[ahead]).role == "other" and self.amount.value >= _UNCOUNTED:
                return None
            if pieces[ahead].means("unit"):
                near = (
                    pieces[ahead - 1].words == "ish"
                    or ahead == at + 1
                    or (unit_of(pieces[ahead]).role in ROOMS and self.is_few())
                )
                return ahead if near else None
            if not (
                pieces[ahead].unknown
                or pieces[ahead].means("like")
                or pieces[ahead].words in {"master", "full", "separate"}
            ):
                return None
        return None

    def is_few(self) -> bool:
        """Return whether it can be a number of rooms."""
        return self.amount.scale == 1 and self.amount.value <= _MOST_ROOMS

    def cued(self, kind: str, *values: str) -> bool:
        """Return whether a cue before it has one of these meanings."""
        return any(cue.means(kind, *values) for cue in self._cues)

    @cached_property
    def bound(self) -> str:
        """The bound "max" or "min", or "": as said before the number, or directly after it if that does not belong to the next one."""
        for back, cue in enumerate(self._cues, start=1):
            for bound in ("max", "min"):
                if cue.means("bound", bound) and not (bound == "min" and cue.means("bound", "max")):
                    cue_at = self.at - back
                    # "ولا تزيد عن", "I don't want anything above 8 million", "مقدرش ادفع اكتر من"
                    refused = cue_at > 0 and self.pieces[cue_at - 1].means("refuse", "no", "bound")
                    refused = refused or is_refused(self.pieces, cue_at, bound=True)
                    return _OPPOSITE[bound] if refused else bound
        after = self.after
        if after is not None and not self._next_is_amount(self._end + 1):
            return next((bound for bound in ("max", "min") if after.means("bound", bound)), "")
        return ""

    def cue(self, kind: str) -> Piece | None:
        """Return the nearest cue of a kind before it."""
        return next((cue for cue in self._cues if cue.means(kind)), None)

    @property
    def before(self) -> Piece | None:
        """What directly precedes the number."""
        return self.pieces[self.at - 1] if self.at and not self.pieces[self.at].after_break else None

    @cached_property
    def after(self) -> Piece | None:
        """What directly follows the number and its unit."""
        piece = self.pieces[self._end] if self._end < len(self.pieces) else None
        return None if piece is None or piece.after_break else piece

    def _next_is_amount(self, at: int) -> bool:
        return (
            at < len(self.pieces) and self.pieces[at].amount is not None and not self.pieces[at].after_break
        )

    def words(self) -> str:
        """Return the number as written, with its unit and the cues that tell what it is."""
        first = self.at - next(
            (n for n, cue in reversed(list(enumerate(self._cues, 1))) if self._is_telling(cue)), 0
        )
        return " ".join(piece.words for piece in self.pieces[first : self._end])

    @staticmethod
    def _is_telling(cue: Piece) -> bool:
        return cue.means("bound", "max", "min") or cue.means("before", "money", "area") or cue.means("unit")

    def is_no_quantity(self) -> bool:
        """Return whether it counts nothing that is sought: a first payment, what is asked, a date, or a part of a name."""
        return self.is_aside() or self.is_asked() or self.is_date() or self.is_name()

    def is_name(self) -> bool:
        """Return whether an institution is called so: "57357 hospital", "مستشفى 57357"."""
        beside = any(piece is not None and piece.means("named") for piece in (self.before, self.after))
        return beside and self.unit_at is None and self.amount.digits and self.amount.scale == 1

    def is_aside(self) -> bool:
        """Return whether this is a first payment or an instalment: so said before it, or after it without another number."""
        if self.cued("aside") and not self.cued("fix"):
            nearest = next(cue for cue in self._cues if cue.means("aside") or cue.means("before", "money"))
            if nearest.means("aside"):
                return True
        owned = self.cued("before", "money") and not (self.cued("before", "budget") or self.bound)
        if self.topic.rest_later and owned:
            return True
        if self.before is not None and self.before.words == "by" and self.cued("before", "money"):
            return True  # "raise the budget by 500k"
        after = self.after
        if after is not None and after.means("each", "quarter"):
            return True
        if after is not None and after.words in {"as", "ك"} and self._end + 1 < len(self.pieces):
            after = self.pieces[self._end + 1]
        then = self.pieces[self._end + 1] if self._end + 1 < len(self.pieces) else None
        then = None if then is None or then.after_break else then
        if after is not None and after.means("each", "month"):
            return self.topic.in_parts or (then is not None and then.means("aside", "instalment"))
        if after is not None and after.means("aside", "instalment"):
            return then is not None and then.means("each", "month")  # "25k instalment every month"
        return (
            after is not None and after.means("aside", "deposit") and not self._next_is_amount(self._end + 1)
        )

    def is_date(self) -> bool:
        """Return whether it is the day of a month: "till 15 march"."""
        near = (self.before, self.after)
        month = any(piece is not None and piece.means("month") for piece in near)
        return (
            month
            and self.unit.role not in ROOMS
            and self.amount.scale == 1
            and self.amount.value <= _LAST_DAY
        )

    def is_asked(self) -> bool:
        """Return whether it is one of two amounts between which the customer asks: "the price is 4 million, or 4.5?"."""
        for link, other in ((self.at - 1, self.at - 2), (self._end, self._end + 1)):
            if 0 <= other < len(self.pieces) and 0 <= link < len(self.pieces):
                near = self.pieces[other] if other > self.at else self.pieces[max(0, link - 1)]
                if self.pieces[link].means("link", "whether") and (
                    near.amount is not None or near.means("unit")
                ):
                    large = self.amount.value > _MOST_ROOMS
                    return large or bool(near.amount and near.amount.scale > 1)
        return False
