"""`python -m webhook`: prints the names of all settings here, and the problems of the settings, as JSON. Starts nothing.

The command line gets them this way, because it must not import the webhook.
"""

import json
import sys
from importlib.util import find_spec

from session.errors import SettingsError
from session.settings import BaseSettings
from webhook.api.settings import ApiSettings
from webhook.desk.settings import DeskSettings
from webhook.serving.settings import ServingSettings
from webhook.settings import WebhookSettings

_PROGRAMS: tuple[type[BaseSettings], ...] = (WebhookSettings, DeskSettings, ApiSettings, ServingSettings)


def main() -> int:
    """Print `{"settings": [names], "problems": [texts]}`; return 1 if there is a problem, else 0."""
    problems: list[str] = []
    for program in _PROGRAMS:
        try:
            program.load()
        except SettingsError as error:
            problems += [line.strip() for line in str(error).splitlines()[1:]]
    names = frozenset[str]().union(*(program.names() for program in (*_PROGRAMS, *_installed())))
    result = {"settings": sorted(names), "problems": list(dict.fromkeys(problems))}
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if problems else 0


def _installed() -> tuple[type[BaseSettings], ...]:
    """Return the settings of the simulator, which an extra installs."""
    if find_spec("webhook.simulator") is None:
        return ()
    from webhook.simulator.settings import Settings  # noqa: PLC0415

    return (Settings,)


if __name__ == "__main__":
    sys.exit(main())
