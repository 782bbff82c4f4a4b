"""Checks the operator's code: the assistant and the catalogue."""

from collections.abc import Callable, Iterator
from pathlib import Path

from session.errors import InturnError
from worker.cli.examining.finding import Finding, broken, doubtful, well
from worker.cli.folder import namesakes
from worker.settings import WorkerSettings

#: Loads the object that a setting names; takes both. Raises `InturnError`.
Load = Callable[[str, str], object]


def examine_programs(settings: WorkerSettings, *, assistant: Load, catalogue: Load) -> Iterator[Finding]:
    """Yield whether the assistant, and the catalogue if there is one, can be loaded; each has its loader."""
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
    shadows = namesakes(Path.cwd())
    if shadows:
        yield doubtful(
            "folder",
            f"{', '.join(shadows)} in this folder: inturn finds its own module with that name, other programs find yours",
            "rename it",
        )
