"""The folder in which a command is called. The operator's modules are found there, but never replace ours."""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

#: Our packages. A module of the operator with one of these names is never found.
OURS = ("session", "worker", "webhook")

#: Starts one of our modules as a program, without the operator's folder in front of the path.
PYTHON = (sys.executable, "-P", "-m")


def append_folder() -> None:
    """Move the folder to the end of the path."""
    here = str(Path.cwd())
    sys.path[:] = [*(place for place in sys.path if place not in ("", here)), here]


def written_settings() -> Mapping[str, str | None]:
    """Return the settings in the folder's `.env`; nothing if it is unreadable, because reading the settings reports that."""
    try:
        return dotenv_values(".env")
    except UnicodeError:
        return {}


def repeated_settings() -> Sequence[str]:
    """Return the names that stand in the folder's `.env` more than once, in capitals; nothing if it is unreadable."""
    try:
        with Path(".env").open(encoding="utf-8") as file:
            found = Counter(line.key.upper() for line in parse_stream(file) if line.key)
    except (OSError, UnicodeError):
        return []
    return sorted(name for name, count in found.items() if count > 1)


def namesakes(folder: Path) -> Sequence[str]:
    """Return the modules in a folder that have the name of one of our packages."""
    # Other programs may put the folder first, and find these modules instead of ours.
    places = [place for name in OURS for place in (folder / f"{name}.py", folder / name / "__init__.py")]
    return [str(place.relative_to(folder)) for place in places if place.exists() and not _is_ours(place)]


def _is_ours(place: Path) -> bool:
    return place.name == "__init__.py" and (place.parent / "py.typed").exists()


def become(*argv: str) -> None:
    """Replace this process by another program; does not return."""
    os.execv(argv[0], argv)  # noqa: S606  (our own program)
