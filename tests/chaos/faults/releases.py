"""Faults of an upgrade: each program is replaced by the one of the other release, one after the other, in both directions."""

import signal

from tests.chaos.faults.field import Field, Maker
from tests.chaos.strikes import Strike

#: Seconds that a replacement waits for a program before it kills it.
_GRACE = 30


def replace(field: Field) -> Strike:
    """SIGTERM for a worker, the webhook or beat, and the same program of the other release when it has ended."""
    system = field.system
    program = field.dice.choice([*system.workers, *system.workers, system.webhook, system.beats[0]])
    strike = Strike("replace", program.name, 0, lambda: None, lambda: None)

    def begin() -> None:
        program.wanted = False
        program.signal_main(signal.SIGTERM)

    def end() -> None:
        if not program.ends_within(_GRACE):
            strike.target += f", killed after {_GRACE} s"
            program.kill()
        strike.target += f", now {system.swap_release(program)}"
        program.start()
        answers = system.webhook_answers if program is system.webhook else program.is_ready
        system.must(answers, f"{program.name} is ready again")

    strike.begin, strike.end = begin, end
    return strike


MAKERS: dict[str, Maker] = {"replace": replace}
