"""Reports to a server that an application cannot be created: with one line, and an exit status that it treats as final."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from session.errors import SettingsError, SimulatorMissing

#: gunicorn exits with this status; with another one it would restart processes endlessly. Other servers accept any but 0.
_CANNOT_BE_LOADED = 4


@contextmanager
def in_one_line() -> Iterator[None]:
    """Report invalid settings in one line, and end the process; raises `SystemExit`."""
    try:
        yield
    except (SettingsError, SimulatorMissing) as error:
        what, *details = (line.strip() for line in str(error).splitlines())
        sys.stderr.write(f"inturn: {': '.join([what, '; '.join(details)] if details else [what])}\n")
        raise SystemExit(_CANNOT_BE_LOADED) from None
