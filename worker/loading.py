"""Loads the object that a setting names as `package.module:name`: the operator's assistant, a catalogue, what reads media."""

import sysconfig
import traceback
from importlib import import_module
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, signature
from pathlib import Path
from typing import Any

from session.errors import SettingsError

_LIBRARY = Path(sysconfig.get_path("stdlib"))
_CALLED = "__call__"
#: Packages that have moved: old names in settings still work.
_MOVED = {
    "worker.catalogue": "worker.assistants.catalogue",
    "worker.understanding": "worker.assistants.understanding",
}


def load_named(dotted: str, setting: str = "the setting") -> Any:
    """Return the object named by `package.module:name`.

    Raises `SettingsError`, which names the setting: there is no such module, its import fails (with its own error, file
    and line), it has no such name, or the object cannot be called. An `async def` and a generator count as not callable,
    because their results would never be awaited.
    """
    found = _load(dotted, setting)
    if any(map(iscoroutinefunction, _called(found))):
        raise SettingsError(
            f"{setting}={dotted}: it is an async def, which is not supported; write a plain def"
        )
    return found


def _load(dotted: str, setting: str) -> Any:
    module_name, _, name = dotted.partition(":")
    module_name = _moved(module_name)
    try:
        module = import_module(module_name)
    except SettingsError:
        raise
    except (Exception, SystemExit) as error:
        if is_missing(error, module_name):
            raise SettingsError(f"{setting}={dotted}: there is no module {module_name}") from error
        raise SettingsError(f"{setting}={dotted}: importing {module_name} failed\n{told(error)}") from error
    try:
        found = getattr(module, name)
    except AttributeError:
        raise SettingsError(f"{setting}={dotted}: {module_name} has no {name}") from None
    if wrong := _is_never_called(found):
        raise SettingsError(f"{setting}={dotted}: {wrong}")
    return found


def load_assistant(dotted: str, setting: str = "ASSISTANT") -> Any:
    """Return the assistant named by `package.module:name`; a function, an `async def`, or an object that is called like one.

    Raises `SettingsError` like `load_named`, and if it cannot be called with one turn: a class, or a function with other
    arguments. Otherwise every message would fail.
    """
    return _load_for(dotted, setting, "the turn")


def load_hook(dotted: str, setting: str) -> Any:
    """Return the object named by `package.module:name`, which reads a medium: a function, or an `async def`.

    Raises `SettingsError` like `load_assistant`.
    """
    return _load_for(dotted, setting, "the medium")


def _load_for(dotted: str, setting: str, argument: str) -> Any:
    """Return an object that can be called with one argument, which people call so."""
    found = _load(dotted, setting)
    if wrong := _does_not_take(found, argument):
        raise SettingsError(f"{setting}={dotted}: {wrong}")
    return found


def _moved(module_name: str) -> str:
    """Return the current place of a module."""
    for old, new in _MOVED.items():
        if f"{module_name}.".startswith(f"{old}."):
            return new + module_name.removeprefix(old)
    return module_name


def is_missing(error: BaseException, module_name: str) -> bool:
    """Whether an import failed because the module itself, or a parent package, does not exist."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return missing is not None and f"{module_name}.".startswith(f"{missing}.")


def told(error: BaseException) -> str:
    """Return an error of the operator's code in two lines: file and line, and its message.

    The place is the last one outside of Python's library and of installed packages, where it can be fixed.
    """
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        code = (error.text or "").strip()
        return f"  {error.filename}, line {error.lineno}: {code}\n  {type(error).__name__}: {error.msg}"
    passed = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and frame.filename != __file__
    ]
    own = [frame for frame in passed if not _is_library(frame.filename)] or passed
    if not own:
        return f"  {words}"
    return f"  {own[-1].filename}, line {own[-1].lineno}: {own[-1].line or ''}\n  {words}"


def _is_library(filename: str) -> bool:
    return "site-packages" in filename or Path(filename).is_relative_to(_LIBRARY)


def _is_never_called(found: Any) -> str:
    if not callable(found):
        return "it cannot be called"
    if any(isasyncgenfunction(called) or isgeneratorfunction(called) for called in _called(found)):
        return "it contains a yield, which is not supported; use turn.reply for several replies"
    return ""


def _called(found: Any) -> tuple[Any, Any]:
    return found, getattr(found, _CALLED, None)


def _does_not_take(found: Any, argument: str) -> str:
    if isinstance(found, type):
        return "it is a class; name a function, or an object that can be called"
    try:
        signature(found).bind(None)
    except TypeError as error:
        return f"it must take one argument, {argument} ({error})"
    except ValueError:
        pass  # objects written in C have no signature
    return ""
