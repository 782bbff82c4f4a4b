"""The operator's folder: the one in which a command is called. Its modules are found there, but never in the place of ours."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values

#: Our packages. A module of the operator by one of these names is never found.
OURS = ("session", "worker", "webhook")

#: Starts a module of ours as a program, without the operator's folder before it on the path.
PYTHON = (sys.executable, "-P", "-m")


def append_folder() -> None:
    """Put the folder at the end of the path, wherever it stood before."""
    here = str(Path.cwd())
    sys.path[:] = [*(place for place in sys.path if place not in ("", here)), here]


def written_settings() -> Mapping[str, str | None]:
    """Return what the folder's `.env` sets; nothing if it is no text, which whoever reads the settings then says."""
    try:
        return dotenv_values(".env")
    except UnicodeError:
        return {}


def namesakes(folder: Path) -> Sequence[str]:
    """Return the modules in a folder that have the name of a package of ours, and are not it."""
    # Other programs may put the folder first, and find them in the place of ours.
    places = [place for name in OURS for place in (folder / f"{name}.py", folder / name / "__init__.py")]
    return [str(place.relative_to(folder)) for place in places if place.exists() and not _is_ours(place)]


def _is_ours(place: Path) -> bool:
    return place.name == "__init__.py" and (place.parent / "py.typed").exists()


def become(*argv: str) -> None:
    """Become another program; does not return."""
    os.execv(argv[0], argv)  # noqa: S606  (our own program)
