"""How a server is told that an application cannot be made: in one line, and with a status that it takes for final."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from session.errors import SettingsError, SimulatorMissing, WrongClock

#: gunicorn ends with it, where it would start other processes again and again; to the rest any but 0 is the same.
_CANNOT_BE_LOADED = 4


@contextmanager
def in_one_line() -> Iterator[None]:
    """Say what is wrong with the settings, or with the clock of this machine, in one line, and end the process; raises `SystemExit`."""
    try:
        yield
    except (SettingsError, SimulatorMissing, WrongClock) as error:
        what, *details = (line.strip() for line in str(error).splitlines())
        sys.stderr.write(f"inturn: {': '.join([what, '; '.join(details)] if details else [what])}\n")
        raise SystemExit(_CANNOT_BE_LOADED) from None
