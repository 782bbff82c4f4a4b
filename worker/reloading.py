"""Reloads the operator's assistant when one of its files is saved. Only with `ASSISTANT_RELOAD`.

Nothing is restarted, so nothing is lost: a turn in progress ends with the old code, the next one uses the new code. A
file that cannot be imported only causes a log line. Threads and connections that a module started at its import stay
until the process ends.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib import invalidate_caches
from importlib.util import cache_from_source
from inspect import iscoroutinefunction
from pathlib import Path
from threading import Thread
from types import FunctionType, ModuleType
from typing import Any

from loguru import logger

from session.consulting import is_async
from session.errors import SettingsError
from session.facts import FactsModel, KnownFacts
from worker.tables import Stamp, stamp_of

#: Seconds between two checks. A file is loaded after two equal checks, so that no half-written file is read.
_EVERY = 0.2
_OURS = ("session", "worker", "webhook", "__main__", "__mp_main__")

#: Loads the object that a setting names: dotted, setting. Raises `SettingsError`.
Load = Callable[[str, str], Any]


class _Current:
    """Stands for the object that a setting names, always the one loaded last."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load
        self.found = load()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.found(*args, **kwargs)

    @property
    def is_async(self) -> bool:
        """Whether the object is a coroutine function now."""
        return is_async(self.found)

    @property
    def known_facts(self) -> FactsModel:
        """The model of the facts that the assistant remembers."""
        found: FactsModel = getattr(self.found, "known_facts", KnownFacts)
        return found

    @property
    def while_waiting(self) -> bool:
        """Whether the assistant may be asked while a person is awaited."""
        return bool(getattr(self.found, "while_waiting", False))

    async def close(self) -> None:
        """Close what the assistant has opened, if it can be closed."""
        if iscoroutinefunction(close := getattr(self.found, "close", None)):
            await close()


class Reloader:
    """Loads objects that settings name, and reloads them when an imported file in `folder` changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._inside = f"{folder}{os.sep}"
        self._current: list[_Current] = []
        self._taken: dict[Path, Stamp] = {}
        self._before: dict[Path, Stamp] = {}
        self._failed = False

    def both(self, assistants: Load, catalogues: Load, *, reloads: bool) -> tuple[Load, Load]:
        """Return the loaders of assistants and catalogues, whose results follow their files if it `reloads`."""
        if not reloads:
            return assistants, catalogues
        # A catalogue object may offer more than the search function.
        return self.loads(assistants), self.loads(catalogues, only=FunctionType)

    def loads(self, load: Load, only: type = object) -> Load:
        """Return a loader whose results, all or those of the type `only`, follow their files."""

        def follow(dotted: str, setting: str) -> Any:
            current = _Current(lambda: load(dotted, setting))
            module = sys.modules.get(dotted.partition(":")[0])
            if module is None or self._file_of(module) is None or not isinstance(current.found, only):
                return current.found
            self._current.append(current)
            self._taken = self._before = self._stamps()
            return current

        return follow

    def watch(self) -> None:
        """Check forever, in a separate thread; not at all if nothing was loaded from the folder."""
        if self._current:
            Thread(target=self._watch, daemon=True, name="reloader").start()

    def look(self) -> None:
        """Check once."""
        stamps = self._stamps()
        settled, self._before = stamps == self._before, stamps
        known = {file: stamp for file, stamp in stamps.items() if file in self._taken}
        changed = {file for file, stamp in known.items() if stamp != self._taken[file]}
        if changed and settled:
            self._taken = stamps
            self._load_anew(changed)
        elif not changed:
            # Modules imported since, for example during a turn.
            self._taken = stamps

    def _watch(self) -> None:
        while True:
            time.sleep(_EVERY)
            self.look()

    def _load_anew(self, changed: set[Path]) -> None:
        saved = ", ".join(sorted(str(file.relative_to(self._folder)) for file in changed))
        for file in changed:
            # Compiled files are recognised by seconds only, and two files of one size may be saved within one.
            Path(cache_from_source(str(file))).unlink(missing_ok=True)
        invalidate_caches()
        before = self._modules()
        for name in before:
            del sys.modules[name]
        try:
            fresh = [current.load() for current in self._current]
        except SettingsError as error:
            for name in self._modules():
                del sys.modules[name]
            sys.modules.update(before)
            self._failed = True
            logger.error("{} was saved but cannot be loaded; the assistant stays unchanged. {}", saved, error)
            return
        for current, found in zip(self._current, fresh, strict=True):
            current.found = found
        self._failed = False
        self._taken = self._before = self._stamps()
        logger.info("{} was saved; the assistant is reloaded", saved)

    def _modules(self) -> Mapping[str, ModuleType]:
        return {name: module for name, module in list(sys.modules.items()) if self._file_of(module)}

    def _stamps(self) -> dict[Path, Stamp]:
        """Return the stamps of all files that are or were imported.

        After a failure also of the files beside them: the cause may be a file that has never been imported.
        """
        files = {file for module in self._modules().values() if (file := self._file_of(module))}
        files |= self._taken.keys()
        if self._failed:
            files |= {beside for folder in {file.parent for file in files} for beside in folder.glob("*.py")}
        return {file: stamp_of(file) for file in files}

    def _file_of(self, module: ModuleType) -> Path | None:
        """Return the file of a module of the operator; None for any other module."""
        # Not by `getattr`: some modules load themselves at any access.
        known = getattr(module, "__dict__", {})
        name, file = str(known.get("__name__")), str(known.get("__file__"))
        inside = file.startswith(self._inside) and file.endswith(".py") and "site-packages" not in file
        return Path(file) if inside and name.partition(".")[0] not in _OURS else None
