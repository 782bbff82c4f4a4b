"""What each number of a message counts: rooms, square metres or money.

The unit after it, the cue before it, or its size decides. A down payment is not a budget, nor is another currency.
"""

from collections.abc import Sequence

from worker.assistants.understanding.number_context import ROOMS, NumberInContext, Topic, unit_of
from worker.assistants.understanding.pieces import Piece, is_refused
from worker.assistants.understanding.slots import Extraction, Foreign

#: From here on a number is money even without a unit, a cue or a multiplier; with a bound ("under 5000") from the second.
_SURELY_MONEY, _MONEY_IF_BOUND = 10_000, 1_000
_AREAS = range(15, 20_001)
#: A bare number that goes with "bigger" or "smaller": square metres.
_SIZES = range(30, 2_001)
#: Before a price: "b 7".
_AT = frozenset({"b", "be", "bi", "ب"})
#: "Until 2028" is no price.
_YEARS = range(2024, 2041)
#: "Budget 3.5" is millions, "budget 750" is thousands; a rent is in thousands.
_MILLIONS_UP_TO, _THOUSANDS_UP_TO = 100, 1_000
#: "Rent up to 25" is thousands, "up to 3" may be rooms.
_LEAST_THOUSANDS = 4
_MILLION, _THOUSAND = 1_000_000.0, 1_000.0


def extract_quantities(pieces: Sequence[Piece], extraction: Extraction) -> None:
    """Extract what the numbers of a message say about a property."""
    counted: set[int] = set()
    last = ""
    topic = Topic.of(pieces)
    for at, piece in enumerate(pieces):
        if piece.amount is not None:
            last = _Quantity(NumberInContext(pieces, at, topic), extraction, counted, last).read() or last
    for at, piece in enumerate(pieces):
        role = unit_of(piece).role if piece.means("count") and at not in counted else ""
        if role not in ROOMS or (at and pieces[at - 1].means("query", "count")):
            continue
        if not is_refused(pieces, at) and not piece.means("name"):
            count = int(piece.senses["count"][-1])
            if count == 1 and piece.has_article:
                continue  # "the room" is no number of rooms
            extraction.put(role, count, rule=f"{role}: said without a number", words=piece.words)
        elif piece.means("count", "2"):
            extraction.put(role, 2, rule=f"{role}: dual", words=piece.words)


class _Quantity:
    """What one number counts."""

    def __init__(self, number: NumberInContext, extraction: Extraction, counted: set[int], last: str) -> None:
        self._number, self._extraction, self._counted, self._last = number, extraction, counted, last

    def read(self) -> str:
        """Extract what the number says and return its role; a bare number that corrects another has the role of that one."""
        number = self._number
        role = self._role()
        if not role and number.unit_at is None and self._last and (number.corrects or self._is_other_end()):
            role = self._last
        if not role:
            return ""
        begin = number.at - 1 if role in ROOMS and number.unit_at is None else number.at
        if is_refused(number.pieces, begin, number=True):
            if role in {"budget", "area", *ROOMS}:
                self._extraction.refuse(role, round(number.amount.value), words=number.words())
            return role
        if role == "budget":
            self._put_range("budgetMin", "budget", single="budget", factor=self._implied_scale())
        elif role == "foreign":
            self._put_foreign()
        elif role == "area":
            self._put_range("area", "areaMax", single="area", factor=number.unit.factor)
        elif role in ROOMS:
            self._put_rooms(role)
        return role

    def _is_other_end(self) -> bool:
        """Return whether it bounds the same thing as the number before: "less than 120 sqm, more than 90"."""
        amount = self._number.amount
        return bool(
            self._last == "area"
            and self._number.bound
            and amount.scale == 1
            and int(amount.value) in _AREAS
            and not (self._number.after and self._number.after.means("type"))
        )

    def _role(self) -> str:
        number = self._number
        role = number.unit.role
        if number.unit_at is not None:
            self._counted.add(number.unit_at)
        if role in {"percent", "other"} or number.is_no_quantity():
            return ""
        if role == "foreign" or (role not in {"area", *ROOMS} and number.cued("foreign")):
            return "foreign"
        if role in ROOMS:
            return role if number.is_few() else ""
        if role == "area":
            after = number.after
            return "" if after is not None and after.means("each", "metre") else "area"
        if role == "duration" and not (number.amount.value >= _MONEY_IF_BOUND and number.unit.letter == "M"):
            return ""
        return self._bare_role(money=role in {"money", "duration"})

    def _bare_role(self, *, money: bool) -> str:
        number, amount, after = self._number, self._number.amount, self._number.after
        before = number.before
        room = unit_of(before).role if before is not None else ""
        if room in ROOMS and number.at - 1 not in self._counted and number.is_few():
            self._counted.add(number.at - 1)
            return room
        whole = int(amount.value) if amount.scale == 1 else 0
        if room == "area" and number.at - 1 not in self._counted and whole in _AREAS and not money:
            self._counted.add(number.at - 1)
            return "area"  # "sqm 150"
        if number.cued("before", "area") and whole in _AREAS:
            return "area"
        if after is not None and after.means("each", "metre"):
            return ""
        if number.topic.resizes and whole in _SIZES and not money and not number.cued("before", "money"):
            return "area"
        cued = (
            money
            or number.cued("before", "money")
            or number.cued("unit", "pounds")
            or (after is not None and after.means("each", "month"))
        )
        if amount.scale > 1 or amount.value >= _SURELY_MONEY or self._implied_scale() > 1:
            return "budget"
        bounded = bool(number.bound) and not (amount.digits and whole in _YEARS)
        if amount.value >= _MONEY_IF_BOUND and (cued or bounded or self._is_rent()):
            return "budget"
        return ""

    def _is_rent(self) -> bool:
        return self._number.topic.rents and self._number.amount.value % 50 == 0

    def _implied_scale(self) -> float:
        """Return what "budget 3.5" leaves out; 1 if the number is complete, or nobody speaks of a budget."""
        number, amount = self._number, self._number.amount
        if amount.scale > 1 or number.unit_at is not None:
            return 1.0
        # Nothing else that is counted here comes in halves: "villa in zayed 8.5" is a price.
        fraction = not amount.value.is_integer()
        placed = number.after is not None and number.after.place is not None  # "rent 6 october"
        before = number.before
        lets = before is not None and (before.means("purpose", "rent") or before.words in _AT)
        let = (lets or amount.low is not None) and not placed  # "ايجار ٥", "egar men 8 le 10"
        rent = number.topic.rents and (let or number.bound == "max") and amount.value >= _LEAST_THOUSANDS
        # "Price from 5 to 7", "I can pay up to 4"
        span = number.cued("before", "money") and (amount.low is not None or number.bound == "max")
        if not (fraction or rent or span or number.cued("before", "budget")):
            return 1.0
        if number.topic.rents:
            return _THOUSAND if amount.value < _THOUSANDS_UP_TO else 1.0
        if amount.value <= _MILLIONS_UP_TO:
            return _MILLION
        return _THOUSAND if amount.value < _THOUSANDS_UP_TO else 1.0

    def _put_rooms(self, role: str) -> None:
        amount = self._number.amount
        if self._number.bound == "max" and amount.low is None:
            self._put(f"{role}Max", amount.value, rule=f"{role}: at most")
            return
        low = amount.value if amount.low is None else amount.low
        self._put(role, low, rule=f"{role}: number and unit")
        if amount.low is not None:
            self._put(f"{role}Max", amount.value, rule=f"{role}: upper end")

    def _put_range(self, lower: str, upper: str, *, single: str, factor: float) -> None:
        taken = (
            {single, lower, upper} & self._extraction.entities.keys() if not self._number.corrects else set()
        )
        low, value = self._number.amount.low, self._number.amount.value
        if factor != 1:
            low, value = None if low is None else float(round(low * factor)), float(round(value * factor))
        bound = self._number.bound
        slot = {"max": upper, "min": lower}.get(bound, single)
        rule = {"max": "at most", "min": "at least"}.get(bound, "value")
        if low is not None and not taken:
            self._put(lower, low, rule=f"{single}: lower end")
            self._put(upper, value, rule=f"{single}: upper end")
        elif low is None and slot not in taken and (bound or not taken - {lower}):
            self._put(slot, value, rule=f"{single}: {rule}")

    def _put_foreign(self) -> None:
        number = self._number
        low, high = number.amount.low, number.amount.value
        money = number.pieces[number.unit_at] if number.unit_at is not None else number.cue("foreign")
        code = money.meaning("foreign") if money is not None else None
        if code is None or self._extraction.foreign is not None:
            return
        at_least = low is None and number.bound == "min"
        ends = (high, None) if at_least else (low, high)
        self._extraction.put_foreign(Foreign(low=ends[0], high=ends[1], currency=code), words=number.words())

    def _put(self, slot: str, value: float, *, rule: str) -> None:
        number = self._number
        self._extraction.put(slot, value, rule=rule, words=number.words(), instead=number.corrects)
