"""What each number of a message counts: rooms, square metres or money.

The unit after it, the cue before it, or its size decides. A down payment is not a budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.assistants.understanding.pieces import Amount, Piece, cues_before, is_correction, is_refused
from worker.assistants.understanding.slots import Extraction
from worker.assistants.understanding.vocabulary import Unit, vocabulary

_ROOMS = ("bedrooms", "bathrooms")
_MOST_ROOMS = 20
#: From here on a number is money even without a unit, a cue or a multiplier; with a bound ("under 5000") from the second.
_SURELY_MONEY, _MONEY_IF_BOUND = 10_000, 1_000
_AREAS = range(15, 20_001)
_IMPLIED = Amount(value=1.0)


def extract_quantities(pieces: Sequence[Piece], extraction: Extraction) -> None:
    """Extract what the numbers of a message say about a property."""
    counted: set[int] = set()
    last = ""
    plan = _PaymentWords(
        rents=any(piece.means("purpose", "rent") for piece in pieces),
        in_parts=any(
            piece.means("aside", "deposit") or piece.means("paymentMethod", "installments")
            for piece in pieces
        ),
    )
    for at, piece in enumerate(pieces):
        if piece.amount is not None:
            last = _Number(pieces, at, extraction, counted, plan).read(last) or last
    for at, piece in enumerate(pieces):
        role = _unit(piece).role if piece.means("count") and at not in counted else ""
        if role in _ROOMS and not is_refused(pieces, at) and not piece.means("name"):
            extraction.put(
                role, int(piece.senses["count"][-1]), rule=f"{role}: said without a number", words=piece.words
            )
        elif role in _ROOMS and piece.means("count", "2"):
            extraction.put(role, 2, rule=f"{role}: dual", words=piece.words)


def _unit(piece: Piece) -> Unit:
    name = piece.meaning("unit")
    return vocabulary().units[name] if name is not None else Unit(role="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _PaymentWords:
    """What the whole message says about payment; determined once, not for each number."""

    rents: bool
    in_parts: bool  #: a deposit, instalments


class _Number:
    """One number among the pieces of a message."""

    def __init__(
        self, pieces: Sequence[Piece], at: int, extraction: Extraction, counted: set[int], plan: _PaymentWords
    ) -> None:
        self._pieces, self._at, self._extraction, self._counted = pieces, at, extraction, counted
        self._payment = plan
        self._cues = cues_before(pieces, at)
        self._unit_at = self._find_unit()
        self._unit = _unit(pieces[self._unit_at]) if self._unit_at is not None else Unit(role="")
        self._end = at + 1 if self._unit_at is None else self._unit_at + 1
        self._instead = is_correction(pieces, at)

    @property
    def _amount(self) -> Amount:
        return self._pieces[self._at].amount or _IMPLIED

    def _find_unit(self) -> int | None:
        """Return the position of the unit: directly after, or with one word between ("3 large bedrooms")."""
        pieces, at = self._pieces, self._at
        for ahead in (at + 1, at + 2):
            if ahead >= len(pieces) or pieces[ahead].after_break:
                return None
            if pieces[ahead].means("unit"):
                near = ahead == at + 1 or (_unit(pieces[ahead]).role in _ROOMS and self._is_few())
                return ahead if near else None
            if not (
                pieces[ahead].unknown
                or pieces[ahead].means("like")
                or pieces[ahead].words in {"master", "full", "separate"}
            ):
                return None
        return None

    def _is_few(self) -> bool:
        return self._amount.scale == 1 and self._amount.value <= _MOST_ROOMS

    def _cued(self, kind: str, *values: str) -> bool:
        return any(cue.means(kind, *values) for cue in self._cues)

    def _bound(self) -> str:
        """Return "max", "min" or "", as said before the number, or directly after it if that does not belong to the next one."""
        for cue in self._cues:
            for bound in ("max", "min"):
                if cue.means("bound", bound) and not (bound == "min" and cue.means("bound", "max")):
                    return bound
        after = self._after()
        if after is not None and not self._next_is_amount(self._end + 1):
            return next((bound for bound in ("max", "min") if after.means("bound", bound)), "")
        return ""

    def _after(self) -> Piece | None:
        piece = self._pieces[self._end] if self._end < len(self._pieces) else None
        return None if piece is None or piece.after_break else piece

    def _next_is_amount(self, at: int) -> bool:
        return (
            at < len(self._pieces)
            and self._pieces[at].amount is not None
            and not self._pieces[at].after_break
        )

    def _words(self) -> str:
        first = self._at - next(
            (n for n, cue in reversed(list(enumerate(self._cues, 1))) if self._is_telling(cue)), 0
        )
        return " ".join(piece.words for piece in self._pieces[first : self._end])

    @staticmethod
    def _is_telling(cue: Piece) -> bool:
        return cue.means("bound", "max", "min") or cue.means("before", "money", "area") or cue.means("unit")

    def read(self, last: str) -> str:
        """Extract what the number says and return its role; a bare number that corrects another has the role of that one."""
        role = self._role()
        if not role and self._instead and last and self._unit_at is None:
            role = last
        if not role:
            return ""
        if is_refused(self._pieces, self._at, number=True):
            if role in {"budget", "area", *_ROOMS}:
                self._extraction.refuse(role, round(self._amount.value), words=self._words())
            return role
        if role == "budget":
            self._put_range("budgetMin", "budget", single="budget", factor=1.0)
        elif role == "area":
            self._put_range("area", "areaMax", single="area", factor=self._unit.factor)
        elif role in _ROOMS:
            self._put_rooms(role)
        return role

    def _role(self) -> str:
        role = self._unit.role
        if self._unit_at is not None:
            self._counted.add(self._unit_at)
        if role in {"percent", "foreign", "other"} or self._cued("unit", "foreign") or self._is_aside():
            return ""
        if role in _ROOMS:
            return role if self._is_few() else ""
        if role == "area":
            after = self._after()
            return "" if after is not None and after.means("each", "metre") else "area"
        if role == "duration" and not (self._amount.value >= _MONEY_IF_BOUND and self._unit.letter == "M"):
            return ""
        return self._bare_role(money=role in {"money", "duration"})

    def _bare_role(self, *, money: bool) -> str:
        before = self._pieces[self._at - 1] if self._at and not self._pieces[self._at].after_break else None
        room = _unit(before).role if before is not None else ""
        if room in _ROOMS and self._at - 1 not in self._counted and self._is_few():
            self._counted.add(self._at - 1)
            return room
        amount = self._amount
        if self._cued("before", "area") and amount.scale == 1 and int(amount.value) in _AREAS:
            return "area"
        after = self._after()
        if after is not None and after.means("each", "metre"):
            return ""
        cued = (
            money
            or self._cued("before", "money")
            or self._cued("unit", "pounds")
            or (after is not None and after.means("each", "month"))
        )
        if amount.scale > 1 or amount.value >= _SURELY_MONEY:
            return "budget"
        if amount.value >= _MONEY_IF_BOUND and (cued or bool(self._bound()) or self._rented()):
            return "budget"
        return ""

    def _rented(self) -> bool:
        return self._payment.rents and self._amount.value % 50 == 0

    def _is_aside(self) -> bool:
        """Return whether this is a first payment or an instalment: so said before it, or after it without another number."""
        if self._cued("aside") and not self._cued("fix"):
            nearest = next(cue for cue in self._cues if cue.means("aside") or cue.means("before", "money"))
            if nearest.means("aside"):
                return True
        after = self._after()
        if after is not None and after.means("each", "month"):
            if self._payment.in_parts:
                return True
            step = self._end + 1
            after = (
                self._pieces[step]
                if step < len(self._pieces) and not self._pieces[step].after_break
                else None
            )
            return after is not None and after.means("aside", "instalment")
        return (
            after is not None and after.means("aside", "deposit") and not self._next_is_amount(self._end + 1)
        )

    def _put_rooms(self, role: str) -> None:
        amount = self._amount
        if self._bound() == "max" and amount.low is None:
            self._put(f"{role}Max", amount.value, rule=f"{role}: at most")
            return
        low = amount.value if amount.low is None else amount.low
        self._put(role, low, rule=f"{role}: number and unit")
        if amount.low is not None:
            self._put(f"{role}Max", amount.value, rule=f"{role}: upper end")

    def _put_range(self, lower: str, upper: str, *, single: str, factor: float) -> None:
        if {single, upper} & self._extraction.entities.keys() and not self._instead:
            return
        low, value = self._amount.low, self._amount.value
        if factor != 1:
            low, value = None if low is None else float(round(low * factor)), float(round(value * factor))
        if low is not None:
            self._put(lower, low, rule=f"{single}: lower end")
            self._put(upper, value, rule=f"{single}: upper end")
            return
        bound = self._bound()
        slot = {"max": upper, "min": lower}.get(bound, single)
        rule = {"max": "at most", "min": "at least"}.get(bound, "value")
        self._put(slot, value, rule=f"{single}: {rule}")

    def _put(self, slot: str, value: float, *, rule: str) -> None:
        self._extraction.put(slot, value, rule=rule, words=self._words(), instead=self._instead)
