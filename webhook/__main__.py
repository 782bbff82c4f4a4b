"""`python -m webhook`: what is wrong with the settings of the webhook, the desk and the simulator, as JSON. Starts nothing.

The command line asks this way what the edge reads, since neither of them imports the other.
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
    """Print `{"settings": [names], "problems": [words]}`; returns 1 if there is a problem, else 0."""
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
