"""Runs any program with the settings of the running stack.

`python -m worker.cli.running.beside PROGRAM ...` becomes that program, here the one that watches the tasks.
"""

import os
import sys

from session.errors import InturnError
from worker.cli.running.settings import RunSettings, inherited_environment
from worker.cli.running.stack import running_stack


def main(argv: list[str]) -> None:
    """Become the program. A Redis that the settings name is the one that is meant."""
    try:
        stack = None if RunSettings.load().redis_is_named else running_stack()
    except InturnError as error:
        sys.exit(str(error))
    own = stack.environment if stack else {}
    os.execvpe(argv[0], argv, {**inherited_environment(), **own})  # noqa: S606  (the caller's own words)


if __name__ == "__main__":
    main(sys.argv[1:])
