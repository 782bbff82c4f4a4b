"""Faults of a machine's clock: it is set ahead, set back, or jumps, while its program works."""

from collections.abc import Callable

from tests.chaos.faults.field import Field, Maker
from tests.chaos.strikes import Strike

#: Seconds by which a clock is wrong. Everything has to happen in much less.
_AHEAD, _BEHIND = 300, -30


def _set_by(kind: str, seconds: Callable[[Field], int]) -> Maker:
    def make(field: Field) -> Strike:
        name = field.dice.choice(sorted(field.system.clocks))
        clock, wrong = field.system.clocks[name], seconds(field)
        hold = field.dice.uniform(4, 10)
        return Strike(kind, f"{name} {wrong:+d} s", hold, lambda: clock.set(wrong), lambda: clock.set(0))

    return make


MAKERS: dict[str, Maker] = {
    "clock-ahead": _set_by("clock-ahead", lambda _: _AHEAD),
    "clock-behind": _set_by("clock-behind", lambda _: _BEHIND),
    "clock-jump": _set_by("clock-jump", lambda field: field.dice.choice([-3600, -300, 60, 86_400])),
}
