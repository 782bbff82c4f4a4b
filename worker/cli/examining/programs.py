"""Examines what the operator has written: the assistant and the catalogue."""

import sys
from collections.abc import Callable, Iterator

from session.errors import InturnError
from worker.cli.examining.finding import Finding, broken, well
from worker.settings import WorkerSettings

#: Loads what a setting names; takes both. Raises `InturnError`.
Load = Callable[[str, str], object]


def examine_programs(settings: WorkerSettings, *, assistant: Load, catalogue: Load) -> Iterator[Finding]:
    """Yield whether the assistant, and the catalogue if there is one, can be loaded; each has its loader."""
    # The workers find modules in the folder that they are started in, a console script does not.
    if "" not in sys.path:
        sys.path.insert(0, "")
    for setting, dotted, load in (
        ("ASSISTANT", settings.assistant, assistant),
        ("CATALOGUE", settings.catalogue, catalogue),
    ):
        if not dotted:
            continue
        try:
            load(dotted, setting)
        except InturnError as error:
            yield broken(
                setting.lower(), str(error), f"correct {setting}, or start in the folder of its module"
            )
        else:
            yield well(setting.lower(), dotted)
