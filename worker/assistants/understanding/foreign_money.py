"""A budget in another currency, in pounds by the rate of the operator. Pure."""

from collections.abc import Callable
from dataclasses import replace

from worker.assistants.understanding.slots import Understanding

#: Currency (ISO 4217) -> the pounds for one unit, None if that is not known.
RateOf = Callable[[str], float | None]
_ENDS = ("budgetMin", "budget")


def in_pounds(understood: Understanding, rate_of: RateOf) -> Understanding:
    """Return what was understood, with a budget in pounds for the amount that is in another currency.

    Without a rate nothing changes, nor if pounds were named too.
    """
    money = understood.foreign
    rate = rate_of(money.currency) if money else None
    if money is None or rate is None or understood.entities.keys() & {*_ENDS}:
        return understood
    ends = zip(_ENDS, (money.low, money.high), strict=True)
    pounds = {slot: round(amount * rate) for slot, amount in ends if amount is not None}
    return replace(understood, entities=understood.entities | pounds)


def needs_a_rate(understood: Understanding) -> bool:
    """Return whether a message names an amount that is not known in pounds."""
    return understood.foreign is not None and not understood.entities.keys() & {*_ENDS}


def amount_of(understood: Understanding) -> str:
    """Return the amount as it was named: "700 USD", "500-700 USD"; "" if there is none."""
    money = understood.foreign
    if money is None:
        return ""
    amounts = [f"{amount:,.10g}" for amount in (money.low, money.high) if amount is not None]
    return f"{'-'.join(amounts)} {money.currency}"
