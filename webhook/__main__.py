"""`python -m webhook`: reports problems in the settings of webhook, desk and simulator, as JSON. Starts nothing.

The command line uses it to ask which settings the edge reads, because the two do not import each other.
"""

import json
import sys

from session.errors import SettingsError
from session.settings import BaseSettings
from webhook.desk.settings import DeskSettings
from webhook.serving.settings import ServingSettings
from webhook.settings import WebhookSettings
from webhook.simulator.settings import Settings as SimulatorSettings

_PROGRAMS: tuple[type[BaseSettings] | type[SimulatorSettings], ...] = (
    WebhookSettings,
    DeskSettings,
    ServingSettings,
    SimulatorSettings,
)


def main() -> int:
    """Print `{"settings": [names], "problems": [texts]}`; return 1 if there is a problem, else 0."""
    problems: list[str] = []
    for program in (WebhookSettings, DeskSettings, ServingSettings):
        try:
            program.load()
        except SettingsError as error:
            problems += [line.strip() for line in str(error).splitlines()[1:]]
    names = frozenset[str]().union(*(program.names() for program in _PROGRAMS))
    told = {"settings": sorted(names), "problems": list(dict.fromkeys(problems))}
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
